"""Evaluation of the advice on golden cases without a database: `python -m guidance.evaluation`."""
