"""What another ranking would have been worth, from the log of drawn orders alone."""
