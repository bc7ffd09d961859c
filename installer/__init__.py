"""Makes what people install: the program as a folder without Python, packed for each system."""
