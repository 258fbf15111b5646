"""Outgoing webhooks: what happens is told to URLs of organisations, signed as Standard Webhooks.
See `docs/webhooks.md`."""
