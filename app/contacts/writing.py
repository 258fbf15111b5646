"""Word of changes of contacts, for the log. It holds ids and names of fields, nothing of the person."""

from collections.abc import Iterable
from uuid import UUID

from app import audit
from app.contacts.values import FIELDS
from app.database import Transaction
from app.deals.fields import names
from app.identity.viewer import Viewer


async def announce_change(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    account_id: UUID,
    partner_id: UUID | None,  # noqa: ARG001
    changed: Iterable[str],
    *,
    version: int,
) -> None:
    detail = {"accountId": str(account_id), "fields": names(FIELDS, changed), "version": version}
    await audit.add(tx, audit.Entry("CONTACT_SAVED", viewer.user_id, f"con_{id}", detail))


async def announce_removal(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    account_id: UUID,
    partner_id: UUID | None,  # noqa: ARG001
) -> None:
    detail = {"accountId": str(account_id)}
    await audit.add(tx, audit.Entry("CONTACT_REMOVED", viewer.user_id, f"con_{id}", detail))
