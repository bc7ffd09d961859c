"""Widgets: each shows one thing and reports what the user did with signals."""
