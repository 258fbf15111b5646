"""Tasks of people: made by them, by automations and from advice. See `docs/tasks.md`."""
