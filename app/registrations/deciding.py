"""Decisions that a policy takes by itself after a submission: a job, so that the submission's own answer and time are
the same whether or not others have registered the customer."""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction
from app.deals.editing import within
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.users import viewer_by_id
from app.jobs import defer, jobs
from app.outcomes import Refused
from app.registrations import conflicts, rules
from app.registrations.approving import approve_by_itself
from app.registrations.conditions import NEVER
from app.registrations.eligibility import approves_itself
from app.registrations.stored import StoredRegistration, locked

DECIDE = "decide_registration"


async def decide_later(tx: Transaction, found: StoredRegistration) -> None:
    """When the transaction has committed. Nothing is looked up that others' registrations have a part in."""
    if found.policy.auto_approve.strip() != NEVER:
        await defer(tx, DECIDE, lock=f"{DECIDE}/{found.id}", registration_id=str(found.id))


async def decide(registration_id: UUID, at: datetime) -> bool:
    """Approve it if its policy says so and nothing is in the way; whether it was approved."""
    async with within(None) as tx:
        found = await locked(tx, SYSTEM_VIEWER, registration_id, None)
        if isinstance(found, Refused) or found.status not in rules.UNDECIDED or not approves_itself(found, at):
            return False
        submitter = await viewer_by_id(found.row["submitted_by_id"])
        if submitter is None or await conflicts.at_approval(tx, found):
            return False
        return not isinstance(await approve_by_itself(tx, submitter, found, at), Refused)


@jobs.task(name=DECIDE)
async def decide_now(registration_id: str) -> None:
    await decide(UUID(registration_id), datetime.now(UTC))
