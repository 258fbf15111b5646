"""Automations: what happens by itself when something has happened. See `docs/automation.md`."""
