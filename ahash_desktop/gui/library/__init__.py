"""The library as the window sees it: its folders, updates, problems and missing photos."""
