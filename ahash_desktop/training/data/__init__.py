"""Pictures and tables as arrays: decoding, squares, views, batches, attributes."""
