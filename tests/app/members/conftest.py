"""A vendor and two partners, as the programme's people and commands make them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from app.database import Database
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.members.admins import create_admin
from app.members.partners import PartnerSaved, upsert_partner
from app.members.users import UserSaved, upsert_user
from app.models.columns import new_id
from app.outcomes import Refused
from app.vocabulary import Role

PLAYBOOK = """
WITH play AS (
  INSERT INTO playbook (id, key, name, version, status, description) VALUES ($1, 'play', 'Play', 1, 'PUBLISHED', '')
  RETURNING id
)
INSERT INTO stage
  (id, playbook_id, key, name, definition, position, kind, win_probability, forecast_category, published)
SELECT $2, id, 'work', 'Work', '', 0, 'OPEN', 0.5, 'PIPELINE', TRUE FROM play
"""
ACCOUNT = "INSERT INTO account (id, name) VALUES ($1, 'Customer')"
DEAL = """
INSERT INTO opportunity (id, name, account_id, partner_id, owner_id, source, playbook_id, stage_id, entered_stage_at,
  created_at, updated_at, status, version, closed_at)
VALUES ($1, 'Deal', $2, $3, $4, 'PARTNER', $5, $6, now(), now(), now(), $7::text, 1,
  CASE WHEN $7::text <> 'OPEN' THEN now() END)
"""


@dataclass
class Programme:
    """`play`: a playbook and its stage, once there is a deal."""

    database: Database
    admin: UUID
    alpine: UUID
    bright: UUID
    play: tuple[UUID, UUID, UUID] | None = None
    known: dict[str, UUID] = field(default_factory=dict)

    async def invited(self, name: str, role: Role = Role.PARTNER_SELLER, at: UUID | None = None) -> UUID:
        """At a partner, or (None) at the vendor; their address is `name@example.com`, in lower case."""
        given = {"name": name, "email": f"{name.lower()}@example.com", "role": role, "partner_id": at}
        return saved(await upsert_user(None, given)).user_id

    async def viewer(self, user_id: UUID) -> Viewer:
        found = await viewer_of(str(user_id))
        assert found is not None
        return found

    async def deal(self, owner: UUID, partner: UUID | None, status: str = "OPEN") -> UUID:
        if self.play is None:
            self.play = new_id(), new_id(), new_id()
            await self.database.fetch(PLAYBOOK, *self.play[:2])
            await self.database.fetch(ACCOUNT, self.play[2])
        playbook, stage, account = self.play
        id = new_id()
        await self.database.fetch(DEAL, id, account, partner, owner, playbook, stage, status)
        return id

    async def row(self, user_id: UUID) -> dict[str, Any]:
        found = await self.database.fetchrow("SELECT * FROM user_account WHERE id = $1", user_id)
        assert found is not None
        return dict(found)

    async def owner(self, deal: UUID) -> UUID | None:
        found = await self.database.fetchrow("SELECT owner_id FROM opportunity WHERE id = $1", deal)
        assert found is not None
        owner: UUID | None = found["owner_id"]
        return owner

    async def actions(self) -> list[str]:
        """Of the audit log, in order."""
        return [row["action"] for row in await self.database.fetch("SELECT action FROM audit_entry ORDER BY seq")]


def saved(outcome: UserSaved | Refused) -> UserSaved:
    assert isinstance(outcome, UserSaved), outcome
    return outcome


def codes(outcome: object) -> list[tuple[str, tuple[str, ...]]]:
    """Code and path of each error."""
    assert isinstance(outcome, Refused), outcome
    return [(error.code.value, error.path) for error in outcome.errors]


@pytest.fixture
async def programme(database: Database) -> Programme:
    made = saved(await create_admin({"name": "Ada", "email": "ada@example.com"}, vendor_name="Northwind"))
    partners = []
    for name in ("Alpine IT", "Bright Water"):
        taken_in = await upsert_partner(None, {"name": name})
        assert isinstance(taken_in, PartnerSaved)
        partners.append(taken_in.partner_id)
    alpine, bright = partners
    return Programme(database, made.user_id, alpine, bright)
