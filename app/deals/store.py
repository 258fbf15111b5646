"""Deals as the stage machine sees them, read for one or for many; only those the viewer may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.database.sql import Slot, Statement, all_of, sql
from app.deals import rules
from app.deals.conditions import (
    AccountFacts,
    PartnerFacts,
    RegistrationFacts,
    Subject,
    deal_variables,
    stored_condition,
)
from app.deals.names import name_key
from app.deals.opportunity_fields import FIELDS
from app.deals.plays import Play, plays
from app.deals.stalling import days_in_stage
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import Uuid
from app.nouns.participation import edits
from app.vocabulary import (
    ActivityStatus,
    ConfirmedBy,
    CriterionCheck,
    DealType,
    OpportunitySource,
    OpportunityStatus,
    PartnerTier,
    RegistrationStatus,
)

IDS = Slot("opportunity_ids")
_STATUSES = {status.value: status for status in ActivityStatus}
_CONFIRMED = {who.value: who for who in ConfirmedBy}
"""A call of the enumeration takes ten times as long, and a page of deals has a thousand."""


@dataclass(frozen=True, slots=True)
class Mark:
    criterion_id: UUID
    met: bool
    marked_at: datetime
    marked_by: UUID | None
    evidence: str | None
    confirmed_as: ConfirmedBy
    wording: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    activity_id: UUID
    status: ActivityStatus
    completed_at: datetime | None
    completed_by: UUID | None
    note: str | None
    confirmed_as: ConfirmedBy


@dataclass(frozen=True, slots=True)
class Answer:
    question_key: str
    answer: str
    answered_at: datetime
    answered_by: UUID | None


@dataclass(frozen=True)
class StoredDeal:
    """A deal with all that a decision about it may rest on; what a decision doesn't ask for is never taken apart.

    `settled`: conditions that were decided beforehand, by their texts.
    """

    row: Mapping[str, Any]
    play: Play
    settled: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def marks(self) -> Mapping[UUID, Mark]:
        marks = [
            Mark(Uuid(criterion), met, datetime.fromisoformat(at), by and Uuid(by), evidence, _CONFIRMED[said], wording)
            for criterion, met, at, by, evidence, said, wording in _rows(self.row["marks"])
        ]
        return {mark.criterion_id: mark for mark in marks}

    @cached_property
    def activities(self) -> Mapping[UUID, ActivityRecord]:
        records = [
            ActivityRecord(
                Uuid(activity),
                _STATUSES[status],
                at and datetime.fromisoformat(at),
                by and Uuid(by),
                note,
                _CONFIRMED[said],
            )
            for activity, status, at, by, note, said in _rows(self.row["activities"])
        ]
        return {record.activity_id: record for record in records}

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        answers = [
            Answer(key, answer, datetime.fromisoformat(at), by and Uuid(by))
            for key, answer, at, by in _rows(self.row["answers"])
        ]
        return {answer.question_key: answer for answer in answers}

    @property
    def id(self) -> UUID:
        id: UUID = self.row["id"]
        return id

    @property
    def version(self) -> int:
        version: int = self.row["version"]
        return version

    @property
    def may_edit(self) -> bool:
        """Whether whoever it was read for may change it."""
        edits: bool = self.row["edits"]
        return edits

    @property
    def status(self) -> OpportunityStatus:
        return OpportunityStatus(self.row["status"])

    @property
    def entered_stage_at(self) -> datetime:
        at: datetime = self.row["entered_stage_at"]
        return at

    @property
    def partner_id(self) -> UUID | None:
        partner: UUID | None = self.row["partner_id"]
        return partner

    @cached_property
    def stage(self) -> rules.Stage:
        return self.play.stage(self.row["stage_id"])

    def variables(self, at: datetime) -> dict[str, Any]:
        """The `deal` of a condition."""
        row = self.row
        partner = PartnerFacts(row["partner_name"], row["tier"] and PartnerTier(row["tier"]))
        return deal_variables(
            name=row["name"],
            amount=row["amount"],
            currency=row["currency"],
            close_date=row["expected_close_date"],
            next_step=row["next_step"],
            notes=row["notes"],
            source=OpportunitySource(row["source"]),
            status=self.status,
            stage=self.stage.key,
            days_in_stage=days_in_stage(self.entered_stage_at, at),
            account=AccountFacts(row["account_name"], row["industry"], row["country"], row["employees"]),
            partner=partner if row["partner_name"] else None,
            owner=row["owner_name"],
            qualification={key: answer.answer for key, answer in self.answers.items()},
            today=at.date(),
            registration=self._registration(),
        )

    def _registration(self) -> RegistrationFacts | None:
        row = self.row
        if row["registration_status"] is None:
            return None
        kind = row["deal_type"] and DealType(row["deal_type"])
        return RegistrationFacts(RegistrationStatus(row["registration_status"]), kind, row["protected_until"])

    def met(self, at: datetime) -> "Met":
        """Ids of the criteria that hold: marked as met, or decided by the deal's own fields."""
        return Met(self, at)

    def as_deal(self, at: datetime) -> rules.Deal:
        done = frozenset(id for id in self.activities if self.is_done(id))
        return rules.Deal(self.status, self.row["stage_id"], self.met(at), done)

    def is_done(self, activity_id: UUID) -> bool:
        """Completed or skipped by somebody who may say so."""
        record, activity = self.activities.get(activity_id), self.play.activities.get(activity_id)
        if record is None or record.status is ActivityStatus.PENDING:
            return False
        return activity is None or rules.may_confirm(record.confirmed_as, activity.confirmed_by)

    def moved(self, target: rules.Stage, at: datetime) -> "StoredDeal":
        """As it is once such a move was recorded."""
        stands = {"stage_id": target.id, "entered_stage_at": at, "version": self.version + 1}
        return StoredDeal({**self.row, **stands}, self.play)

    def amount(self) -> tuple[Decimal, str] | None:
        return None if self.row["amount"] is None else (self.row["amount"], self.row["currency"])

    def close_date(self) -> date | None:
        day: date | None = self.row["expected_close_date"]
        return day


class Met:
    """What is asked for is looked at: many moves ask for nothing, and conditions take longer than all other rules."""

    __slots__ = ("_at", "_deal", "_decided", "_subject")

    def __init__(self, deal: StoredDeal, at: datetime) -> None:
        self._deal = deal
        self._at = at
        self._subject: Subject | None = None
        self._decided = dict(deal.settled)

    def __contains__(self, id: object) -> bool:
        assert isinstance(id, UUID)
        criterion = self._deal.play.criteria.get(id)
        if criterion is not None and criterion.check is CriterionCheck.EXPRESSION and criterion.expression:
            return self._holds(criterion.expression)
        mark = self._deal.marks.get(id)
        return mark is not None and mark.met and criterion is not None and stands(mark, criterion)

    def _holds(self, expression: str) -> bool:
        known = self._decided.get(expression)
        if known is None:
            if self._subject is None:
                self._subject = Subject(self._deal.variables(self._at))
            condition = stored_condition(expression)
            # One without a price is never run here: where it wasn't settled, it isn't met.
            known = condition is not None and self._subject.outcome(condition).met
            self._decided[expression] = known
        return known


def stands(mark: Mark, criterion: rules.Criterion) -> bool:
    """Whether the mark, met or not, was given for what the criterion asks now, but for blanks and case, and by somebody
    who could confirm it."""
    if not rules.may_confirm(mark.confirmed_as, criterion.confirmed_by):
        return False
    said = mark.wording
    return said is None or said == criterion.description or name_key(said) == name_key(criterion.description)


_KEPT = (
    "CASE WHEN kept.found AND {column} IS NULL THEN (SELECT k.text FROM kept_text k WHERE k.subject_id = {row}.id"
    " AND k.written_at IS NOT DISTINCT FROM {row}.{at} LIMIT 1) ELSE {column} END"
)
_SAID = ", ".join(f"o.{column}" for column in FIELDS)
_ANY_KEPT = " CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM kept_text k WHERE k.opportunity_id = o.id) AS found) kept"


@lru_cache(maxsize=16)
def _statement(scope: VisibilityScope, kept: bool = False) -> Statement:
    evidence, note, any_kept = "m.evidence", "x.note", ""
    if kept:
        any_kept = _ANY_KEPT
        evidence = _KEPT.format(column=evidence, row="m", at="marked_at")
        note = _KEPT.format(column=note, row="x", at="completed_at")
    # Text, since asyncpg would hand jsonb over as text anyway, and one column each keeps it to a single round trip.
    return sql(
        f"SELECT o.id, o.version, {_SAID}, o.amount, o.currency, o.status, o.closed_at, o.account_id, o.partner_id,"
        " o.owner_id, o.playbook_id, o.stage_id, o.entered_stage_at, o.external_system,"
        " o.external_id, o.registration_id, o.registration_status, o.protected_until, {} AS edits,"
        " p.updated_at AS play_updated_at, a.name AS account_name, a.industry,"
        " a.country, a.employees, g.name AS partner_name, g.tier, g.key AS partner_key, u.name AS owner_name,"
        " (SELECT jsonb_agg(jsonb_build_array(m.criterion_id, m.met, m.marked_at, m.marked_by_id, "
        f"{evidence}, m.confirmed_as, m.wording))"
        "  FROM criterion_mark m WHERE m.opportunity_id = o.id) AS marks,"
        " (SELECT jsonb_agg(jsonb_build_array(x.activity_id, x.status, x.completed_at, x.completed_by_id, "
        f"{note}, x.confirmed_as))"
        "  FROM opportunity_activity x WHERE x.opportunity_id = o.id) AS activities,"
        " (SELECT jsonb_agg(jsonb_build_array(q.question_key, q.answer, q.answered_at, q.answered_by_id))"
        "  FROM qualification_answer q WHERE q.opportunity_id = o.id) AS answers"
        " FROM opportunity o JOIN playbook p ON p.id = o.playbook_id JOIN account a ON a.id = o.account_id"
        f" LEFT JOIN organization g ON g.id = o.partner_id LEFT JOIN user_account u ON u.id = o.owner_id{any_kept}"
        " WHERE {}",
        edits(scope, sql("o")),
        all_of([sql("o.id = ANY ({}::uuid[])", IDS), visible(scope, "opportunity", "o")]),
    ).statement()


@lru_cache(maxsize=8)
def _locking(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT o.id FROM opportunity o WHERE {} ORDER BY o.id FOR NO KEY UPDATE OF o",
        all_of([sql("o.id = ANY ({}::uuid[])", IDS), visible(scope, "opportunity", "o")]),
    ).statement()


async def deals(
    db: Reader, viewer: Viewer, ids: Sequence[UUID], *, lock: bool = False, kept: bool = False
) -> dict[UUID, StoredDeal]:
    """The visible ones among `ids`: one statement, and one more when a playbook is seen for the first time.

    With `lock`, in a transaction, nobody else changes them until it ends. `kept`: for the vendor's people to read, with
    what former partners' people said of marks and activities that stand (`app.deals.kept`); never to decide by, or to
    advise from.
    """
    if lock:
        # Before anything else of the deal is read: what it is joined with may change while this waits.
        locking = _locking(scope_of(viewer))
        await db.fetch(locking.text, *locking.arguments({**slots_of(viewer), IDS.name: list(ids)}))
    statement = _statement(scope_of(viewer), kept and viewer.is_vendor)
    rows = await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), IDS.name: list(ids)}))
    editions = list({(row["playbook_id"], row["play_updated_at"]): None for row in rows})
    by_id = await plays(db, editions)
    return {row["id"]: StoredDeal(row, by_id[row["playbook_id"]]) for row in rows}


async def deal(db: Reader, viewer: Viewer, id: UUID, *, lock: bool = False) -> StoredDeal | None:
    return (await deals(db, viewer, [id], lock=lock)).get(id)


def _rows(column: str | None) -> list[list[Any]]:
    return orjson.loads(column) if column else []
