"""Search your own photos by example and see what each bit of the match saw."""

__version__ = "0.1.0"
