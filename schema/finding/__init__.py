"""The search over all nouns, in the API."""
