"""Predictions of what becomes of deals, as the API shows them."""
