"""Deals from other systems: exports in CSV, read by a mapping, written set by set in one transaction."""
