"""The policies that there are, found by playbook."""

from uuid import UUID

from app.database import Transaction
from app.database.sql import Slot, sql
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.playbook import takes_deals_of
from app.outcomes import Refused, refused
from app.registrations.policy import COLUMNS, Policy, policy_of
from app.vocabulary import ErrorCode

_PARTNER = Slot("partner")


async def policy_for(tx: Transaction, viewer: Viewer, playbook_key: str | None, partner: UUID) -> Policy | Refused:
    """The policy of the playbook that is named, else the only one there is for the partner."""
    published = sql(
        "EXISTS (SELECT FROM playbook p WHERE p.key = rp.playbook_key AND p.status = 'PUBLISHED' AND {})",
        takes_deals_of(sql("p"), _PARTNER),
    )
    columns = ", ".join(f"rp.{column}" for column in COLUMNS.split(", "))
    statement = sql(
        f"SELECT {columns} FROM registration_policy rp WHERE {{}} AND {{}} ORDER BY rp.playbook_key",  # noqa: S608
        published,
        visible(scope_of(viewer), "registration_policy", "rp"),
    ).statement()
    rows = await tx.fetch(statement.text, *statement.arguments({**slots_of(viewer), _PARTNER.name: partner}))
    named = [row for row in rows if playbook_key in (None, row["playbook_key"])]
    if len(named) == 1:
        return policy_of(named[0])
    listed = ", ".join(row["playbook_key"] for row in rows) or "there are none yet"
    return refused(ErrorCode.INVALID, f"Name a playbook on which deals are registered: {listed}.", "playbookKey")
