"""Photos looked at large, one or two side by side."""
