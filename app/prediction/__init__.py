"""Predictions of whether and when open deals are won: features, models as data, their training and their back-test.

Pure parts: `deal`, `features`, `norms`, `stage_rates`, `model`, `explaining`. Training needs scikit-learn and runs in a
process of its own; what it makes is data, which is scored here by plain Python, stored, and served as columns.
"""
