"""Exact Hamming ranking over arrays in memory; pure NumPy."""
