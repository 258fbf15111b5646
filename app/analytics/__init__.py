"""Figures over many deals, over time: deals as they stood at a moment of the past, the changes of the pipeline since,
what becomes of them stage by stage, how long that takes, where a programme loses, and sums that are kept."""
