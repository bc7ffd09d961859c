"""Plain values every layer shares: standard library and NumPy only."""
