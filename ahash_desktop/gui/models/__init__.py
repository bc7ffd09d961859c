"""Qt models: photos, bits, problems and folders as rows."""
