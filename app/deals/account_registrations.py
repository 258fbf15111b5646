"""Registrations of deals with an account that has changed: of whom they speak is the account's to say.

Those that the editor sees follow at once, in the editor's transaction; a colleague's in a job, which that enqueues.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.registered import FOLLOWING, take_over
from app.events import wake
from app.identity.viewer import Viewer
from app.jobs import defer, jobs
from app.vocabulary import OrganizationKind, Role

FOLLOW = "follow_account_in_registrations"
_SAID: Mapping[str, str] = {
    "name": "account_name",
    "domain": "account_domain",
    "registration_number": "account_registration_number",
    "country": "account_country",
    "industry": "account_industry",
}
"""Columns of the account, and those of a registration that say the same."""
_REGISTERED = """
SELECT id, registration_id FROM opportunity
WHERE account_id = $1 AND registration_id IS NOT NULL AND registration_status = ANY ($2::text[])
ORDER BY id FOR NO KEY UPDATE
"""


async def follow(tx: Transaction, viewer: Viewer, account_id: UUID, changed: Collection[str], at: datetime) -> None:
    """After columns of the account, which is locked, were written."""
    columns = [_SAID[column] for column in sorted(changed) if column in _SAID]
    if not columns:
        return
    await _follow(tx, viewer, account_id, columns, at)
    if not viewer.is_vendor:
        by, at_home = viewer.user_id, viewer.organization_id
        await defer(tx, FOLLOW, account_id=account_id, actor_id=by, organization_id=at_home, columns=columns)


@jobs.task(name=FOLLOW)
async def follow_later(account_id: str, actor_id: str, organization_id: str, columns: list[str]) -> None:
    """What has followed already says the same, so nothing happens to it."""
    editor = Viewer(UUID(actor_id), UUID(organization_id), OrganizationKind.PARTNER, Role.PARTNER_MANAGER)
    async with transaction() as tx:
        await _follow(tx, editor, UUID(account_id), columns, datetime.now(UTC))
    wake()


async def _follow(tx: Transaction, viewer: Viewer, account_id: UUID, columns: Collection[str], at: datetime) -> None:
    for row in await tx.fetch(_REGISTERED, account_id, [status.value for status in FOLLOWING]):
        await take_over(tx, viewer, row["id"], row["registration_id"], {"account": columns}, at)
