"""How the shipped default is made: views and targets, distillation, and the hash layer over it."""
