"""API clients of organisations: their names, scopes and secrets."""
