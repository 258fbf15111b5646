"""Registrations of deals, as the API shows them."""
