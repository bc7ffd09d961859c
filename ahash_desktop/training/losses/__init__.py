"""What is minimised: the objective, and the losses it is made of, one a module."""
