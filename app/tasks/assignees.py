"""People who may be given a task: somebody active whom the viewer sees, and who sees what it is of."""

from uuid import UUID

from app.database import Transaction
from app.database.connection import as_house
from app.database.sql import sql
from app.deals.seeing import seen_by
from app.identity.scopes import scope_of, slots_of
from app.identity.users import person_within
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode


async def assignee(
    tx: Transaction, viewer: Viewer, user_id: UUID, opportunity_id: UUID | None, registration_id: UUID | None
) -> Viewer | Refused:
    if not await _is_seen(tx, viewer, user_id):
        return refused(ErrorCode.NOT_FOUND, "There is no such user.", "assigneeId")
    async with as_house(tx):
        person = await person_within(tx, user_id)
        if person is None:
            return refused(ErrorCode.INVALID, "Name somebody who is active.", "assigneeId")
        if not await sees(tx, person, opportunity_id, registration_id):
            what = "deal" if opportunity_id else "registration"
            message = f"They don't see the {what}: name somebody who does, or put them on its team first."
            return refused(ErrorCode.INVALID, message, "assigneeId")
        if opportunity_id is None and registration_id is None and not _are_colleagues(viewer, person):
            message = "A task that is of no deal and no registration is for your own people: name one of them."
            return refused(ErrorCode.INVALID, message, "assigneeId")
    return person


async def sees(tx: Transaction, person: Viewer, opportunity_id: UUID | None, registration_id: UUID | None) -> bool:
    for table, id in (("opportunity", opportunity_id), ("deal_registration", registration_id)):
        if id is not None and not await seen_by(tx, person, table, [id]):
            return False
    return True


def _are_colleagues(viewer: Viewer, person: Viewer) -> bool:
    return viewer.is_vendor or person.organization_id == viewer.organization_id


async def _is_seen(tx: Transaction, viewer: Viewer, user_id: UUID) -> bool:
    statement = sql(
        "SELECT u.id FROM user_account u WHERE u.id = {} AND NOT u.api_client AND {}",
        user_id,
        visible(scope_of(viewer), "user_account", "u"),
    ).statement()
    return await tx.fetchrow(statement.text, *statement.arguments(slots_of(viewer))) is not None
