"""Figures over the deals of all partners: measured once a day, for partners' eyes."""
