"""The checks: `python3 -m tests` runs all of them."""
