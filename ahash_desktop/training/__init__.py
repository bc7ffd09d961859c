"""Learning and judging networks on labelled photos."""
