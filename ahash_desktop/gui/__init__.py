"""The window: thin views over the services."""
