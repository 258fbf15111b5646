"""Reasons for which the server ends a subscription."""

from app.events.cursors import LOG


class SubscriptionEnded(Exception):
    """Resume after `cursor`, the last event delivered or passed over at the start; 0: the log was empty. None: there is
    nothing to resume, it begins with how things stand. `scope`: the sequence that the cursor is of."""

    def __init__(self, cursor: int | None, scope: str = LOG) -> None:
        super().__init__(f"subscription ended after event {cursor}")
        self.cursor = cursor
        self.scope = scope


class SubscriptionOverflow(SubscriptionEnded):
    """More events waited for this subscriber than it may leave waiting."""


class TailStopped(SubscriptionEnded):
    """The server is shutting down."""
