"""Registrations as rules see them, read for one or for many; only those that the viewer may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import orjson

from app import models
from app.database import Transaction
from app.database.sql import Slot, Statement, all_of, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.tables import columns_of
from app.outcomes import Refused, outdated, refused
from app.registrations import rules
from app.registrations.policy import COLUMNS as POLICY_COLUMNS
from app.registrations.policy import Policy, policy_of
from app.vocabulary import DealType, ErrorCode, PartnerTier, Permission, RegistrationStatus

IDS, PERSON = Slot("registration_ids"), Slot("person")
NO_SUCH = "There is no such registration."
_ATTEMPTS = 5
_POLICIES = f"SELECT {POLICY_COLUMNS} FROM registration_policy WHERE id = ANY ($1::uuid[])"  # noqa: S608 (constants)


@dataclass(frozen=True)
class StoredRegistration:
    """`row`: by column, and besides what rules ask: `tier`, `region`, `extended` (times), `pending_extension`, and
    whether the viewer `contributed`."""

    row: Mapping[str, Any]
    policy: Policy

    @property
    def id(self) -> UUID:
        id: UUID = self.row["id"]
        return id

    @property
    def version(self) -> int:
        version: int = self.row["version"]
        return version

    @property
    def status(self) -> RegistrationStatus:
        return RegistrationStatus(self.row["status"])

    @property
    def partner_id(self) -> UUID:
        partner: UUID = self.row["partner_id"]
        return partner

    @property
    def opportunity_id(self) -> UUID | None:
        deal: UUID | None = self.row["opportunity_id"]
        return deal

    @property
    def tier(self) -> PartnerTier | None:
        return self.row["tier"] and PartnerTier(self.row["tier"])

    @property
    def deal_type(self) -> DealType:
        return DealType(self.row["deal_type"])

    @property
    def protected_until(self) -> datetime | None:
        until: datetime | None = self.row["protected_until"]
        return until

    @cached_property
    def answers(self) -> Mapping[str, str]:
        answers: Mapping[str, str] = orjson.loads(self.row["answers"])
        return answers

    @cached_property
    def filled(self) -> Mapping[str, Any]:
        """As `app.registrations.values.is_filled` asks for it."""
        return {**self.row, "answers": self.answers}

    @property
    def extensions_left(self) -> int:
        return max(0, self.policy.max_extensions - int(self.row["extended"]))

    def state(self) -> rules.State:
        submissions, most = self.row["submissions"], self.policy.max_resubmissions
        return rules.State(
            self.status,
            pending_extension=self.row["pending_extension"],
            extensions_left=self.extensions_left,
            submissions=submissions,
            resubmissions_left=None if most is None else max(0, most + 1 - submissions),
        )

    def actor(self, viewer: Viewer) -> rules.Actor:
        return rules.Actor(
            registers=viewer.may(Permission.REGISTER_DEALS),
            reviews=viewer.may(Permission.REVIEW_REGISTRATIONS),
            is_vendor=viewer.is_vendor,
            contributed=self.row["contributed"],
        )


@lru_cache(maxsize=8)
def _statement(scope: VisibilityScope) -> Statement:
    columns = ", ".join(f"r.{column}" for column in sorted(columns_of(models.DealRegistration)))
    return sql(
        f"SELECT {columns}, g.tier, g.region, g.name AS partner_name, g.partner_kind, g.industries,"  # noqa: S608 (constants)
        " (SELECT count(*) FROM registration_extension x WHERE x.registration_id = r.id AND x.status = 'GRANTED')"
        "  AS extended,"
        " EXISTS (SELECT FROM registration_extension x WHERE x.registration_id = r.id AND x.status = 'PENDING')"
        "  AS pending_extension,"
        " EXISTS (SELECT FROM registration_step s WHERE s.registration_id = r.id AND s.actor_id = {}"
        "  AND s.kind IN ('SAVE', 'SUBMIT')) AS contributed"
        " FROM deal_registration r JOIN organization g ON g.id = r.partner_id WHERE {}",
        PERSON,
        all_of([sql("r.id = ANY ({}::uuid[])", IDS), visible(scope, "deal_registration", "r")]),
    ).statement()


async def registrations(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, StoredRegistration]:
    """The visible ones among `ids`; two statements."""
    statement = _statement(scope_of(viewer))
    slots = {**slots_of(viewer), IDS.name: list(ids), PERSON.name: viewer.user_id}
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    policies = await policies_by_id(db, {row["policy_id"] for row in rows})
    return {row["id"]: StoredRegistration(row, policies[row["policy_id"]]) for row in rows}


async def policies_by_id(db: Reader, ids: set[UUID]) -> Mapping[UUID, Policy]:
    return {row["id"]: policy_of(row) for row in await db.fetch(_POLICIES, list(ids))} if ids else {}


@lru_cache(maxsize=8)
def _locating(scope: VisibilityScope) -> Statement:
    seen = visible(scope, "deal_registration", "r")
    return sql("SELECT r.opportunity_id FROM deal_registration r WHERE r.id = {} AND {}", IDS, seen).statement()


async def deal_of(tx: Transaction, viewer: Viewer, id: UUID) -> UUID | None:
    statement = _locating(scope_of(viewer))
    row = await tx.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), IDS.name: id}))
    return row["opportunity_id"] if row else None


async def locked(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    expected: int | None,
    *,
    also_deal: UUID | None = None,
    path: str = "registrationId",
) -> StoredRegistration | Refused:
    """The registration, and its deal before it, locked until the transaction ends: whoever changes a deal that has one
    locks them in the same order. `also_deal`: another deal to lock."""
    statement, slots = _locating(scope_of(viewer)), {**slots_of(viewer), IDS.name: id}
    for _ in range(_ATTEMPTS):
        row = await tx.fetchrow(statement.text, *statement.arguments(slots))
        if row is None:
            return refused(ErrorCode.NOT_FOUND, NO_SUCH, path)
        deals = sorted({deal for deal in (row["opportunity_id"], also_deal) if deal is not None})
        await tx.fetch("SELECT FROM opportunity WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", deals)
        held = await tx.fetchrow("SELECT opportunity_id FROM deal_registration WHERE id = $1 FOR UPDATE", id)
        if held is not None and held["opportunity_id"] == row["opportunity_id"]:
            break
    found = (await registrations(tx, viewer, [id])).get(id)
    if found is None:
        return refused(ErrorCode.NOT_FOUND, NO_SUCH, path)
    if expected not in (None, found.version):
        message = f"The registration is at version {found.version} now; read it again and retry."
        return outdated(found.id, message, "expectedVersion")
    return found
