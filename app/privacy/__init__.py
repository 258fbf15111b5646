"""Exporting and erasing all that is known of a person."""
