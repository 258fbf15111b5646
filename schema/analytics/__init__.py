"""Figures over many opportunities."""
