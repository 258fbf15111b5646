"""Conflicts of a registration with registrations and deals of others."""

from collections.abc import Sequence
from typing import Protocol

from app.database import Transaction
from app.registrations.stored import StoredRegistration


class Conflict(Protocol):
    """`blocks`: it has to be resolved or overridden before the registration is approved."""

    @property
    def blocks(self) -> bool: ...


async def at_submission(tx: Transaction, registration: StoredRegistration) -> Sequence[Conflict]:  # noqa: ARG001
    """Those found and noted now that it is submitted, in whose transaction this runs. Never shown to its partner."""
    return ()


async def at_approval(tx: Transaction, registration: StoredRegistration) -> Sequence[Conflict]:  # noqa: ARG001
    """Those that stand now that it is about to be approved."""
    return ()
