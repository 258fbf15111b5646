"""Registering deals: drafts, review, protection, and the policies that rule them."""
