"""Comments on deals."""
