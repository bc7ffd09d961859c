"""Runs: built, taught, kept, resumed, and made into bundles."""
