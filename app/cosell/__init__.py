"""Selling together: the team of a deal, the partners that take part in it, and their shares."""
