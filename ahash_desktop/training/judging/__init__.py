"""How good a network is, what its bits mean, and where they look."""
