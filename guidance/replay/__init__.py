"""The value that another ranking would have had, estimated from the log of drawn orders alone."""
