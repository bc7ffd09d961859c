"""The map of the library."""
