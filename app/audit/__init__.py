"""The audit log: who did what, append-only, chained by hash."""

from app.audit.entries import Entry, add, doing

__all__ = ["Entry", "add", "doing"]
