"""The library and the results of a search, narrowed by filters."""
