"""The model in use, its engine, and changing to another one."""
