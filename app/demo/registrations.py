"""The registrations of the demo's deals, in every state: those of deals that moved on were approved."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson

from app.demo.deals import Deal
from app.demo.handover import receiver
from app.demo.people import demo_id
from app.playbooks.registering import STARTER
from app.vocabulary import DealType, ExtensionStatus, OpportunityStatus, RegistrationStepKind, RejectionCode
from app.vocabulary import RegistrationStatus as Status

Kind = RegistrationStepKind
Row = dict[str, Any]

WAITING = (
    Status.SUBMITTED,
    Status.DRAFT,
    Status.IN_REVIEW,
    Status.CHANGES_REQUESTED,
    Status.REJECTED,
    Status.SUBMITTED,
)
"""Of deals in the first stage, in turn."""
NEVER_APPROVED = (Status.REJECTED, Status.WITHDRAWN)
GIVEN_UP = (Status.EXPIRED, Status.EXPIRED, Status.REVOKED)
"""Of deals that were lost, in turn: in the first stage, and later."""
CODES = (RejectionCode.DUPLICATE, RejectionCode.VENDOR_ALREADY_ENGAGED, RejectionCode.OUT_OF_TERRITORY)
KINDS = (DealType.NET_NEW, DealType.NET_NEW, DealType.EXPANSION, DealType.COMPETITIVE_REPLACEMENT, DealType.RENEWAL)
DAYS, EXTENSION = 90, 30
PATHS = {
    Status.DRAFT: (),
    Status.SUBMITTED: (Kind.SUBMIT,),
    Status.IN_REVIEW: (Kind.SUBMIT, Kind.START_REVIEW),
    Status.CHANGES_REQUESTED: (Kind.SUBMIT, Kind.START_REVIEW, Kind.REQUEST_CHANGES),
    Status.REJECTED: (Kind.SUBMIT, Kind.START_REVIEW, Kind.REJECT),
    Status.WITHDRAWN: (Kind.SUBMIT, Kind.WITHDRAW),
    Status.APPROVED: (Kind.SUBMIT, Kind.START_REVIEW, Kind.APPROVE),
    Status.EXPIRED: (Kind.SUBMIT, Kind.START_REVIEW, Kind.APPROVE, Kind.EXPIRE),
    Status.REVOKED: (Kind.SUBMIT, Kind.START_REVIEW, Kind.APPROVE, Kind.REVOKE),
}
"""The steps after the first, which begins a draft."""
AFTER = {
    Kind.SAVE: Status.DRAFT,
    Kind.SUBMIT: Status.SUBMITTED,
    Kind.START_REVIEW: Status.IN_REVIEW,
    Kind.REQUEST_CHANGES: Status.CHANGES_REQUESTED,
    Kind.REJECT: Status.REJECTED,
    Kind.WITHDRAW: Status.WITHDRAWN,
    Kind.APPROVE: Status.APPROVED,
    Kind.EXPIRE: Status.EXPIRED,
    Kind.REVOKE: Status.REVOKED,
}
BY_PARTNER = frozenset({Kind.SAVE, Kind.SUBMIT, Kind.WITHDRAW})
ASKED = ("need", "Since when do they look for it, and who else have they asked?")


def policy_row(key: str, began: datetime) -> Row:
    """Of the starters, for a channel that has been selling for years."""
    row = {"id": demo_id(f"policy/{key}"), "key": key, "playbook_key": key, **STARTER, "max_open_per_partner": 100}
    return {**row, "created_at": began, "updated_at": began}


def registration_rows(deals: Sequence[Deal], at: datetime) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    turns: dict[OpportunityStatus, int] = {}
    numbers: set[str] = set()
    for deal in deals:
        if receiver(deal.n) is not None:
            continue
        place = OpportunityStatus.OPEN if len(deal.moves) == 1 and deal.is_open else deal.status
        turn = turns[place] = turns.get(place, -1) + (place is not OpportunityStatus.OPEN or len(deal.moves) == 1)
        status = _status(deal, turn, at)
        if status is None:
            continue
        for table, row in _of(deal, status, turn, numbers, at):
            rows.setdefault(table, []).append(row)
    return rows


def _status(deal: Deal, turn: int, at: datetime) -> Status | None:
    if deal.is_open and len(deal.moves) == 1:
        return WAITING[turn % len(WAITING)]
    if deal.status is OpportunityStatus.LOST:
        given_up = GIVEN_UP if len(deal.moves) > 2 else NEVER_APPROVED
        return given_up[turn % len(given_up)]
    if deal.is_open and _until(deal) + timedelta(days=EXTENSION) <= at:
        return Status.EXPIRED
    return Status.APPROVED


def _until(deal: Deal) -> datetime:
    return _approved(deal) + timedelta(days=DAYS)


def _approved(deal: Deal) -> datetime:
    """When the deal left its first stage, or in the midst of the only one."""
    created, last = deal.moves[0].at, deal.moves[-1].at
    return deal.moves[1].at if len(deal.moves) > 1 else created + (last - created) / 2


def _of(deal: Deal, status: Status, turn: int, numbers: set[str], at: datetime) -> Iterator[tuple[str, Row]]:
    id = demo_id(f"registration/{deal.id}")
    chance = Random(str(id))  # noqa: S311 (a demo, not a secret)
    kinds = (Kind.SAVE, *PATHS[status])
    times = list(_times(deal, kinds, at))
    extended = status is Status.APPROVED and deal.is_open and _until(deal) <= at
    until = _until(deal) + timedelta(days=EXTENSION if extended else 0)
    code = CODES[turn % len(CODES)] if status in (Status.REJECTED, Status.REVOKED) else None
    yield (
        "deal_registration",
        {**_said(deal, chance, turn, numbers), **_standing(deal, kinds, times, status, until, code)},
    )
    for n, (kind, when) in enumerate(zip(kinds, times, strict=True)):
        yield "registration_step", _step(deal, kinds, n, kind, when, code)
    if status is Status.CHANGES_REQUESTED:
        asked = {"id": demo_id(f"asked/{id}"), "registration_id": id, "field": ASKED[0], "message": ASKED[1]}
        yield (
            "change_request",
            {**asked, "requested_at": times[-1], "requested_by_id": deal.manager, "resolved_at": None},
        )
    if extended:
        yield "registration_extension", _extension(deal, _until(deal))


def _times(deal: Deal, kinds: Sequence[Kind], at: datetime) -> Iterator[datetime]:
    created, approved, last = deal.moves[0].at, _approved(deal), deal.moves[-1].at
    end = max(approved, last)
    for n, kind in enumerate(kinds):
        if kind in (Kind.EXPIRE, Kind.REVOKE, Kind.WITHDRAW, Kind.REJECT) and not deal.is_open:
            yield end
        elif kind is Kind.EXPIRE:
            yield _until(deal)
        elif kind is Kind.APPROVE or Kind.APPROVE not in kinds:
            steps = len(kinds) - 1 or 1
            yield approved if kind is Kind.APPROVE else min(at, created + timedelta(hours=3 * n + n / steps))
        else:
            yield created + (approved - created) * (n / kinds.index(Kind.APPROVE))


def _said(deal: Deal, chance: Random, turn: int, numbers: set[str]) -> Row:
    project = deal.story.project["name"]
    number = ""
    while not number or number in numbers:
        number = f"DR-{deal.moves[0].at.year}-{chance.randrange(10**6):06}"
    numbers.add(number)
    return {
        "id": demo_id(f"registration/{deal.id}"),
        "number": number,
        "policy_id": demo_id(f"policy/{deal.spec.key}"),
        "partner_id": demo_id(f"org/{deal.partner.key}"),
        "owner_id": demo_id(f"user/{deal.seller}"),
        "opportunity_id": deal.id,
        "title": f"{deal.company.short}: {project}",
        "account_name": deal.company.name,
        "account_country": deal.company.country,
        "account_city": deal.company.place,
        "account_industry": deal.company.industry,
        "contact_name": deal.story.words["contact"],
        "contact_title": deal.story.words["role"],
        "deal_type": KINDS[turn % len(KINDS)].value,
        "products": [project],
        "need": f"{deal.company.short} plans this: {project}. {deal.story.words['contact']} has asked us for an offer.",
        "answers": orjson.dumps({"origin": "They called us after a meeting in their region."}).decode(),
    }


def _standing(
    deal: Deal,
    kinds: Sequence[Kind],
    times: Sequence[datetime],
    status: Status,
    until: datetime,
    code: RejectionCode | None,
) -> Row:
    at = dict(zip(kinds, times, strict=True))
    decided = next((at[kind] for kind in reversed(kinds) if kind in (Kind.APPROVE, Kind.REJECT, Kind.REVOKE)), None)
    waits = status in (Status.SUBMITTED, Status.IN_REVIEW)
    protected = until if Kind.APPROVE in at else None
    if status in (Status.EXPIRED, Status.REVOKED):
        protected = times[-1]
    return {
        "status": status.value,
        "version": len(kinds),
        "submitted_by_id": demo_id(f"user/{deal.seller}") if Kind.SUBMIT in at else None,
        "submitted_at": at.get(Kind.SUBMIT),
        "submissions": int(Kind.SUBMIT in at),
        "review_due_at": deal.moves[0].at + timedelta(days=4) if waits else None,
        "reviewer_id": deal.manager if Kind.START_REVIEW in at else None,
        "decided_at": decided,
        "decided_by_id": deal.manager if decided else None,
        "rejection_code": code and code.value,
        "reason": "As agreed on the telephone." if code else None,
        "approved_at": at.get(Kind.APPROVE),
        "protected_until": protected,
        "reminded": [14, 3] if protected else [],
        "created_at": times[0],
        "updated_at": times[-1],
    }


def _step(deal: Deal, kinds: Sequence[Kind], n: int, kind: Kind, at: datetime, code: RejectionCode | None) -> Row:
    id = demo_id(f"registration/{deal.id}")
    coded = code is not None and kind in (Kind.REJECT, Kind.REVOKE)
    actor = demo_id(f"user/{deal.seller}") if kind in BY_PARTNER else deal.manager
    return {
        "id": demo_id(f"step/{id}/{n}"),
        "registration_id": id,
        "seq": n + 1,
        "kind": kind.value,
        "from_status": AFTER[kinds[n - 1]].value if n else None,
        "to_status": AFTER[kind].value,
        "at": at,
        "actor_id": None if kind is Kind.EXPIRE else actor,
        "automatic": kind is Kind.EXPIRE,
        "changed": [ASKED[0]] if kind is Kind.REQUEST_CHANGES else [],
        "code": code.value if code and coded else None,
        "reason": "As agreed on the telephone." if coded else None,
    }


def _extension(deal: Deal, at: datetime) -> Row:
    id = demo_id(f"registration/{deal.id}")
    return {
        "id": demo_id(f"extension/{id}"),
        "registration_id": id,
        "status": ExtensionStatus.GRANTED.value,
        "requested_at": at - timedelta(days=5),
        "requested_by_id": demo_id(f"user/{deal.seller}"),
        "reason": "The budget meeting was put off.",
        "decided_at": at - timedelta(days=4),
        "decided_by_id": deal.manager,
        "days": EXTENSION,
    }


def repeated(rows: dict[str, list[Row]], registrations: Sequence[Row]) -> None:
    """What the deals repeat of their registrations."""
    of_deals = {row["opportunity_id"]: row for row in registrations}
    alive = {Status.DRAFT, Status.SUBMITTED, Status.IN_REVIEW, Status.CHANGES_REQUESTED, Status.APPROVED}
    for deal in rows["opportunity"]:
        found = of_deals.get(deal["id"])
        if found is None:
            deal.update(dict.fromkeys(("registration_id", "registration_status", "protected_until", "deal_type")))
            continue
        found.update({name: deal[name] for name in ("amount", "currency", "expected_close_date", "next_step")})
        deal.update(
            registration_id=found["id"],
            registration_status=found["status"],
            protected_until=found["protected_until"] if found["status"] in alive else None,
            deal_type=found["deal_type"],
        )
