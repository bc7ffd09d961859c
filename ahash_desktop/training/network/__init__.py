"""The network while it learns, and what is passed through it."""
