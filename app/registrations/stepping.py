"""A step that somebody takes on a registration: the frame that all steps have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict
from uuid import UUID

from app.database import Transaction
from app.deals.editing import within
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.registrations import rules
from app.registrations.recording import Stepped, Taken, record
from app.registrations.refusals import refusal_of
from app.registrations.stored import StoredRegistration, locked
from app.vocabulary import RegistrationStatus, RegistrationStepKind


class Circumstances(TypedDict, total=False):
    """Of any step. `at`: now by default. `tx`: the caller's transaction, else one of the step's own."""

    expected_version: int | None
    at: datetime | None
    tx: Transaction | None


@dataclass(frozen=True, slots=True)
class Step:
    """One that the rules allow. `found`: locked; `status`: the one it leads to."""

    tx: Transaction
    viewer: Viewer
    found: StoredRegistration
    status: RegistrationStatus
    at: datetime

    async def record(self, taken: Taken) -> Stepped:
        return await record(self.tx, self.viewer, self.found, taken, self.at)


@asynccontextmanager
async def stepping(
    viewer: Viewer,
    registration_id: UUID,
    kind: RegistrationStepKind,
    *,
    also_deal: UUID | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> AsyncIterator[Step | Refused]:
    """In one transaction: the step, or why it can't be taken. `also_deal`: another deal to lock."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await locked(own, viewer, registration_id, expected_version, also_deal=also_deal)
        yield found if isinstance(found, Refused) else _step(own, viewer, found, kind, when)


def _step(
    tx: Transaction, viewer: Viewer, found: StoredRegistration, kind: RegistrationStepKind, at: datetime
) -> Step | Refused:
    status = rules.decide(found.state(), kind, found.actor(viewer))
    return refusal_of(found, status) if isinstance(status, rules.Refusal) else Step(tx, viewer, found, status, at)
