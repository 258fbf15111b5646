"""Forecasts: what is to be won in a period, by category, weighted and modelled, beside targets and submissions."""
