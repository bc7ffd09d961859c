"""The program without a window: one module a group of commands."""
