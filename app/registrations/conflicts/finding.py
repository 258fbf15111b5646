"""Conflicts of registrations: found anew whenever they are asked for, so that they are those of the moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.company_names import Company, Likeness, likeness
from app.database import database
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.registrations.conflicts.candidates import Candidates, Query, candidates
from app.registrations.conflicts.frequent import Frequent, frequent
from app.registrations.conflicts.keys import company_of
from app.registrations.conflicts.needs import same_deal
from app.registrations.conflicts.precedence import Claim, Deal, Decision, yields_to, yields_to_deal
from app.vocabulary import ConflictDecision, ConflictKind, RegistrationStatus


@dataclass(frozen=True, slots=True)
class Decided:
    """The vendor's word on it."""

    decision: ConflictDecision
    registration_id: UUID
    at: datetime
    by: UUID | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """With a registration, or with a deal that has none of its own; of a registration with a deal, both are named.

    `score`: 0 to 1. `about`: a digest of who the two customers are. `blocks`: it has to be decided or overridden before
    the registration is approved.
    """

    kind: ConflictKind
    score: float
    reasons: tuple[str, ...]
    about: str
    registration_id: UUID | None = None
    opportunity_id: UUID | None = None
    account_id: UUID | None = None
    blocks: bool = False
    decided: Decided | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is looked for: a registration, or what might become one. `row`: with `products`, `title`, `need`, and the
    customer as `company_of` takes it."""

    row: Mapping[str, Any]
    claim: Claim | None = None
    partner_id: UUID | None = None
    opportunity_id: UUID | None = None


_DECIDED = """
SELECT registration_id, other_registration_id, opportunity_id, decision, about, note, decided_at, decided_by_id
FROM decided_conflict
WHERE registration_id = ANY ($1::uuid[]) OR other_registration_id = ANY ($1::uuid[])
"""


async def conflicts_of(db: Reader, viewer: Viewer, claimed: Sequence[Claimed]) -> list[list[Conflict]]:
    """Of each, in order, among what the viewer sees: those that block it, then the most alike. Five statements at most,
    for however many."""
    queries = [Query(company_of(one.row), one.claim.id if one.claim else None, one.opportunity_id) for one in claimed]
    often = await frequent(db, database().url) if viewer.is_vendor else Frequent()  # of all partners' customers
    found = await candidates(db, viewer, queries, often)
    ids = [one.claim.id for one in claimed if one.claim is not None]
    decided = await db.fetch(_DECIDED, ids) if ids and viewer.is_vendor else []
    return [
        _of(one, query.company, met, decided, often.words)
        for one, query, met in zip(claimed, queries, found, strict=True)
    ]


def _of(
    mine: Claimed, company: Company, met: Candidates, decided: Sequence[Mapping[str, Any]], common: frozenset[str]
) -> list[Conflict]:
    found = list[Conflict]()
    registered = set[UUID]()
    for row in met.registrations:
        other = company_of(row)
        like = likeness(company, other, common)
        if like.alike:
            registered.add(row["opportunity_id"])
            found.append(_with_registration(mine, row, like, _about(company, other), decided))
    for row in met.deals:
        other = company_of(row)
        like = likeness(company, other, common)
        if like.alike and row["id"] not in registered:
            found.append(_with_deal(mine, row, like, _about(company, other), decided))
    found.sort(key=lambda one: (not one.blocks, -one.score, str(one.registration_id or one.opportunity_id)))
    return found


def _with_registration(
    mine: Claimed, row: Mapping[str, Any], like: Likeness, about: str, decided: Sequence[Mapping[str, Any]]
) -> Conflict:
    kind, reasons = _kind(mine.row, row, like)
    word = _word(mine, decided, about, other_registration=row["id"])
    other = Claim(row["id"], RegistrationStatus(row["status"]), row["submitted_at"])
    blocks = mine.claim is not None and yields_to(mine.claim, other, _decision(word))
    return Conflict(kind, like.score, reasons, about, row["id"], row["opportunity_id"], blocks=blocks, decided=word)


def _with_deal(
    mine: Claimed, row: Mapping[str, Any], like: Likeness, about: str, decided: Sequence[Mapping[str, Any]]
) -> Conflict:
    kind, reasons = _kind(mine.row, row, like)
    word = _word(mine, decided, about, opportunity=row["id"])
    deal = Deal(row["id"], row["partner_id"], row["created_at"])
    blocks = (
        mine.claim is not None
        and mine.partner_id is not None
        and yields_to_deal(mine.claim, mine.partner_id, deal, _decision(word))
    )
    return Conflict(kind, like.score, reasons, about, None, row["id"], row["account_id"], blocks=blocks, decided=word)


def _decision(word: Decided | None) -> Decision | None:
    if word is None:
        return None
    return Decision(word.decision, word.registration_id if word.decision is ConflictDecision.HAS_PRIORITY else None)


def _kind(mine: Mapping[str, Any], other: Mapping[str, Any], like: Likeness) -> tuple[ConflictKind, tuple[str, ...]]:
    deal = same_deal(mine, other)
    if deal is not None:
        return ConflictKind.SAME_DEAL, (*like.reasons, deal)
    sure = like.same_number or (like.same_domain and like.same_number is not False)
    return (ConflictKind.SAME_ACCOUNT if sure else ConflictKind.SIMILAR_ACCOUNT), like.reasons


def _word(
    mine: Claimed,
    decided: Sequence[Mapping[str, Any]],
    about: str,
    *,
    other_registration: UUID | None = None,
    opportunity: UUID | None = None,
) -> Decided | None:
    """The latest of what was decided about the two, as long as the customers are those that it was decided of."""
    if mine.claim is None:
        return None
    pair = {mine.claim.id, other_registration}
    found = [
        row
        for row in decided
        if row["about"] == about
        and (
            {row["registration_id"], row["other_registration_id"]} == pair
            if opportunity is None
            else (row["registration_id"], row["opportunity_id"]) == (mine.claim.id, opportunity)
        )
    ]
    if not found:
        return None
    last = max(found, key=lambda row: row["decided_at"])
    decision = ConflictDecision(last["decision"])
    return Decided(decision, last["registration_id"], last["decided_at"], last["decided_by_id"], last["note"])


def _about(a: Company, b: Company) -> str:
    parts = sorted(
        "\0".join((c.name, c.place or "", c.country or "", c.domain or "", c.registration_number or "")) for c in (a, b)
    )
    return sha256("\1".join(parts).encode()).hexdigest()[:32]
