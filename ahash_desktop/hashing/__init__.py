"""The network that turns pictures into codes, and the bundles it is kept in."""
