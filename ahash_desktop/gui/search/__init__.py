"""Searching: what is asked, how it came in, and what came of it."""
