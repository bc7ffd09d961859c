"""What is asked of a training and told of it, without torch: the window may import this."""
