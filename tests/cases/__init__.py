"""Inputs after public bug reports of other systems, each with what is right: `make cases`."""
