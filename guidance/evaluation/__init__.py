"""How good the advice is, measured on golden cases without a database: `python -m guidance.evaluation`."""
