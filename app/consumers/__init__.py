"""Consumers of the event log: what happens because something has happened. See `docs/consumers.md`."""
