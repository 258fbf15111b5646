"""Reasons for which the server ends a subscription."""


class SubscriptionEnded(Exception):
    """Resume after `cursor`, the last event delivered or passed over at the start; 0: the log was empty. None: there is
    nothing to resume, it begins with how things stand."""

    def __init__(self, cursor: int | None) -> None:
        super().__init__(f"subscription ended after event {cursor}")
        self.cursor = cursor


class SubscriptionOverflow(SubscriptionEnded):
    """More events waited for this subscriber than it may leave waiting."""


class TailStopped(SubscriptionEnded):
    """The server is shutting down."""
