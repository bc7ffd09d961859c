"""The losses that recipes are made of, one a module."""
