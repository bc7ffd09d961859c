"""What each bit means: the gallery of bits and the page of one."""
