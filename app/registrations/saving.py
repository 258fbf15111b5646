"""Filling in a registration: a new one, a draft, or one that the reviewer asked to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction
from app.deals.editing import within
from app.deals.parties import partner_for
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.registrations import rules
from app.registrations.deals import deal_problem, said_by_deal
from app.registrations.fields import editable_problem
from app.registrations.numbers import DIGITS, draw
from app.registrations.policies import policy_for
from app.registrations.recording import Stepped, Taken, begin, note_step, record, repeat
from app.registrations.refusals import refusal_of
from app.registrations.stored import StoredRegistration, locked
from app.registrations.values import CUSTOMER, FIELDS, external_id, read, read_answers
from app.vocabulary import DealType, ErrorCode, RegistrationStatus, RegistrationStepKind

_KNOWN = "SELECT id FROM deal_registration WHERE partner_id = $1 AND external_id = $2"
# Whoever is about to use this id of their own waits for who does the same, and then finds theirs.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', $1::uuid, $2::text), 7324))"
_RESOLVED = "UPDATE change_request SET resolved_at = $3 WHERE registration_id = $1 AND field = ANY ($2::text[])"
LONGEST_DOUBT = 40


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in. `values`: by column, `amount` as number and code; what is absent stays as it is.
    `clears_deal`: the registration is of no deal any more."""

    values: Mapping[str, Any] = field(default_factory=dict)
    answers: Sequence[tuple[str, str | None]] = ()
    opportunity_id: UUID | None = None
    clears_deal: bool = False
    partner_id: UUID | None = None
    playbook_key: str | None = None
    external_id: str | None = None


async def save(
    viewer: Viewer,
    registration_id: UUID | None,
    form: Form,
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Stepped | Refused:
    """Without an id it is the partner's own with this external id, or a new one; 0 as the expected version: it must be
    new. What is as it was changes nothing."""
    when = at or datetime.now(UTC)
    values, own_id, faults = read(form.values), external_id(form.external_id), Faults()
    faults.note(values, own_id)
    async with within(tx) as own:
        if registration_id is None:
            partner = await _partner(own, viewer, form, faults)
            if isinstance(partner, UUID) and isinstance(own_id, str):
                await own.fetch(_TURN, partner, own_id)
                known = await own.fetchrow(_KNOWN, partner, own_id)
                registration_id = known["id"] if known else None
            if registration_id is None:
                if expected_version not in (None, 0):
                    faults.note(refused(ErrorCode.CONFLICT, "There is no such registration yet.", "expectedVersion"))
                return await _begin(own, viewer, form, values, partner, own_id, faults, when)
        if isinstance(values, Refused):
            return values
        return await _change(own, viewer, registration_id, form, values, expected_version, when)


async def _partner(tx: Transaction, viewer: Viewer, form: Form, faults: Faults) -> UUID | None:
    partner = await partner_for(tx, viewer, form.partner_id)
    if partner is None:
        partner = refused(ErrorCode.INVALID, "Name the partner for whom you register.", "partnerId")
    faults.note(partner)
    return None if isinstance(partner, Refused) else partner


async def _begin(
    tx: Transaction,
    viewer: Viewer,
    form: Form,
    values: dict[str, Any] | Refused,
    partner: UUID | None,
    own_id: str | Refused | None,
    faults: Faults,
    at: datetime,
) -> Stepped | Refused:
    deal = None
    if form.opportunity_id is not None and partner is not None:
        deal = await said_by_deal(tx, viewer, form.opportunity_id, partner)
        faults.note(deal)
    said = {} if deal is None or isinstance(deal, Refused) else deal.values
    key = form.playbook_key if deal is None or isinstance(deal, Refused) else deal.playbook_key
    policy = None if isinstance(deal, Refused) or partner is None else await policy_for(tx, viewer, key, partner)
    faults.note(policy)
    if policy is None or isinstance(policy, Refused) or isinstance(values, Refused) or faults or partner is None:
        return faults.refused()
    answers = read_answers({}, form.answers, policy.questions)
    if isinstance(answers, Refused):
        return answers
    filled = {"deal_type": DealType.NET_NEW.value, **said, **values}
    row = {
        **filled,
        "answers": orjson.dumps(answers).decode(),
        "policy_id": policy.id,
        "partner_id": partner,
        "owner_id": None if viewer.is_vendor else viewer.user_id,
        "opportunity_id": form.opportunity_id,
        "external_id": own_id,
        "status": RegistrationStatus.DRAFT.value,
        **dict.fromkeys(("created_at", "updated_at"), at),
    }
    id = await _written(tx, row, at)
    changed = [*_names(filled), *(["answers"] if answers else []), *(["opportunity"] if form.opportunity_id else [])]
    taken = Taken(RegistrationStepKind.SAVE, RegistrationStatus.DRAFT, changed=sorted(changed))
    await note_step(tx, id, viewer.user_id, None, taken, at)
    moved = await repeat(tx, viewer, {**row, "id": id, "protected_until": None}, at) if form.opportunity_id else None
    return Stepped(id, created=True, opportunity_id=form.opportunity_id, transition_id=moved)


async def _written(tx: Transaction, row: Mapping[str, Any], at: datetime) -> UUID:
    id = new_id()
    for attempt in range(LONGEST_DOUBT):
        if await begin(tx, {"id": id, "number": draw(at, attempt), **row}):
            return id
    raise RuntimeError(f"no number was free in {LONGEST_DOUBT} draws of up to {DIGITS[-1]} digits")


def _names(values: Mapping[str, Any]) -> list[str]:
    found = {FIELDS[column].name if column in FIELDS else "amount" for column, v in values.items() if v not in _BLANK}
    return sorted(found)


_BLANK: tuple[object, ...] = (None, "", [])


async def _change(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    form: Form,
    values: dict[str, Any],
    expected: int | None,
    at: datetime,
) -> Stepped | Refused:
    found = await locked(tx, viewer, id, expected, also_deal=form.opportunity_id)
    if isinstance(found, Refused):
        return found
    answers = read_answers(found.answers, form.answers, found.policy.questions)
    faults = Faults()
    faults.note(answers, _misplaced(found, form))
    changed_values = {column: value for column, value in values.items() if found.row[column] != value}
    names = [FIELDS[column].name if column in FIELDS else "amount" for column in changed_values]
    if not isinstance(answers, Refused) and answers != found.answers:
        changed_values["answers"] = orjson.dumps(answers).decode()
        names.append("answers")
    deal = None if form.clears_deal else form.opportunity_id or found.opportunity_id
    if deal != found.opportunity_id:
        names.append("opportunity")
        changed_values["opportunity_id"] = deal
        if deal is not None:
            faults.note(await deal_problem(tx, viewer, deal, found.partner_id, found.policy.playbook_key))
    names = sorted(set(names))
    status = rules.decide(found.state(), RegistrationStepKind.SAVE, found.actor(viewer))
    if isinstance(status, rules.Refusal):
        if not names and not faults:
            return Stepped(found.id, opportunity_id=found.opportunity_id)
        return refusal_of(found, status)
    faults.note(editable_problem(found, viewer, names))
    if faults:
        return faults.refused()
    if not names:
        return Stepped(found.id, opportunity_id=found.opportunity_id)
    if not changed_values.keys().isdisjoint(CUSTOMER):
        changed_values["submitted_at"] = None  # another customer begins at the end of the queue
    await tx.execute(_RESOLVED, found.id, _told(found, names, answers), at)
    return await record(
        tx, viewer, found, Taken(RegistrationStepKind.SAVE, status, values=changed_values, changed=names), at
    )


def _told(found: StoredRegistration, names: Sequence[str], answers: dict[str, str] | Refused) -> list[str]:
    """The fields that say something else now, answers by their keys."""
    given = {} if isinstance(answers, Refused) else answers
    keys = {key for key in {*given, *found.answers} if given.get(key) != found.answers.get(key)}
    return [*names, *(f"answers.{key}" for key in keys)]


def _misplaced(found: StoredRegistration, form: Form) -> Refused | None:
    if form.partner_id not in (None, found.partner_id):
        return refused(ErrorCode.INVALID, "It is another partner's; begin a new one for this partner.", "partnerId")
    if form.playbook_key not in (None, found.policy.playbook_key):
        message = f"It was begun on “{found.policy.playbook_key}”; begin a new one on another playbook."
        return refused(ErrorCode.INVALID, message, "playbookKey")
    return None
