"""Changing what a deal says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.deals.confirming import lock_problem
from app.deals.corrections import Correcting, closing_problem, correct
from app.deals.create import money_problem
from app.deals.editable import ALWAYS
from app.deals.editing import Changed, editable, finish, within
from app.deals.fields import change, checked, text_problem
from app.deals.handover import LEFT, difference, hand_over, parties, tidings, wait_for_advice
from app.deals.money import money
from app.deals.names import name_key
from app.deals.opportunity_fields import FIELDS as SAID
from app.deals.opportunity_fields import LONGEST_NAME, LONGEST_TEXT, with_origin
from app.deals.parties import (
    account_by_id,
    account_by_name,
    account_for,
    keeps_owner,
    owner_for,
    partner_for,
    wait_for_leavers,
)
from app.deals.registered import follow
from app.deals.store import StoredDeal, deal
from app.events import NewEvent, append, facts
from app.identity.scopes import audience_of
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode, OpportunityStatus, Permission

PLAIN = {
    **{column: field.name for column, field in SAID.items()},
    "owner_id": "owner",
    "account_id": "account",
    "partner_id": "partner",
    "closed_at": "closedAt",
}
"""Columns that may change, by the API's names of their fields."""

FIELDS = {**PLAIN, "amount": "amount", "currency": "amount"}

_ANSWER = """
INSERT INTO qualification_answer (id, opportunity_id, question_key, answer, answered_at, answered_by_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (opportunity_id, question_key)
DO UPDATE SET answer = excluded.answer, answered_at = excluded.answered_at, answered_by_id = excluded.answered_by_id
"""
_NOT_YOURS = "Another partner leads the deal: customer, owner and partner are for them and the vendor to change."
_FORGET = "DELETE FROM qualification_answer WHERE opportunity_id = $1 AND question_key = $2"


async def update(
    viewer: Viewer,
    opportunity_id: UUID,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    reason: str | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """`changes`: columns of `PLAIN`, `account_name`, `amount` (number and currency code, or None) and `qualification`
    (pairs of question key and answer, None to take it back). What is as it was changes nothing; what a
    confirmation locks is for those who could confirm it. A closed deal is corrected, with a `reason`: see
    `app.deals.corrections`. An open one may then advance by itself. With another partner, the deal is handed over
    first: what is said of it is said to that one."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        if not changes.keys().isdisjoint(("partner_id", "owner_id")):
            await wait_for_leavers(own)
        if "partner_id" in changes:
            await wait_for_advice(own, opportunity_id)
        found = await editable(own, viewer, opportunity_id, expected_version, Permission.EDIT_OPPORTUNITY)
        said, faults = checked(SAID, changes), Faults()
        faults.note(*_problems(changes), said)
        if isinstance(found, Refused):
            return faults.beside(found)
        faults.note(*_answer_problems(found, changes.get("qualification") or ()))
        if not isinstance(said, Refused):
            changes = {**changes, **said}
        sound = {column: value for column, value in changes.items() if not faults.at(_path(column))}
        values, fields = _different(found, sound), _named(found, sound)
        closed = found.status is not OpportunityStatus.OPEN
        correcting = Correcting([name for name in fields if closed and name not in ALWAYS], values, reason)
        faults.note(
            await closing_problem(own, viewer, found, correcting, when),
            *await _party_problems(own, viewer, found, sound),
            lock_problem(viewer, found, fields),
        )
        if faults:
            return faults.refused()
        return await _update(own, viewer, found, dict(changes), correcting, when)


async def _update(
    tx: Transaction, viewer: Viewer, found: StoredDeal, changes: dict[str, Any], correcting: Correcting, at: datetime
) -> Changed | Refused:
    if correcting.fields:
        await correct(tx, viewer, found, correcting, at)
    if changes.keys().isdisjoint(("partner_id", "owner_id")):
        return await _change(tx, viewer, found, changes, [], [], at, corrected=bool(correcting.fields))
    before = await parties(tx, found)
    partner = changes.pop("partner_id", found.partner_id)
    given, current = None, found
    if partner != found.partner_id:
        kept = await keeps_owner(tx, found.row["owner_id"], partner)
        given = await hand_over(tx, viewer, found, partner, changes.pop("owner_id", kept), at)
        handed = await deal(tx, viewer, found.id)
        assert handed is not None, "the deal is locked"
        current = handed
    after = before._replace(partner_id=partner, owner_id=changes.get("owner_id", current.row["owner_id"]))
    if given:
        after = (await parties(tx, current))._replace(owner_id=after.owner_id)
    fields = ["owner", "partner"] if given else []
    changed = await _change(
        tx, viewer, current, changes, fields, tidings(found.id, before, after), at, corrected=bool(correcting.fields)
    )
    left = audience_of(viewer) in difference(before, after)
    return replace(
        changed,
        handover_id=given.handover_id if given else None,
        left=left,
        notice=given.notice if given else LEFT if left else None,
    )


async def _change(
    tx: Transaction,
    viewer: Viewer,
    found: StoredDeal,
    changes: Mapping[str, Any],
    fields: Sequence[str],
    events: Sequence[NewEvent],
    at: datetime,
    *,
    corrected: bool,
) -> Changed:
    """Write `changes`, and tell of them and of `fields`, that have been changed already; then the `events` that came of
    it."""
    answered = await _answer(tx, viewer, found, changes, at)
    changed = [*fields, *await _write(tx, viewer, found, changes, at), *answered]
    if not changed:
        return Changed(found.id)
    await follow(tx, viewer, found, changed, at)
    event = facts.opportunity_updated(found.id, fields=changed, actor_id=viewer.user_id, corrected=corrected)
    finished = await finish(tx, viewer, found, event, at)
    await append(tx, *events)
    return finished


def _path(column: str) -> str:
    """`account_id` is `accountId` in the input."""
    first, *others = column.split("_")
    return first + "".join(map(str.capitalize, others))


def _problems(changes: Mapping[str, Any]) -> Iterable[Refused | None]:
    for column in ("account_id", "account_name"):
        if column in changes and changes[column] is None:
            yield refused(ErrorCode.INVALID, "A deal can't be without a customer.", _path(column))
    if "account_id" in changes and "account_name" in changes:
        yield refused(ErrorCode.INVALID, "Name the customer by `accountId` or by `accountName`.", "accountId")
    yield text_problem(changes.get("account_name"), LONGEST_NAME, "accountName", least=1)
    yield money_problem(changes.get("amount"))


async def _party_problems(
    tx: Transaction, viewer: Viewer, found: StoredDeal, changes: Mapping[str, Any]
) -> list[Refused | UUID | None]:
    if not viewer.is_vendor and found.partner_id != viewer.organization_id:
        parties = sorted(changes.keys() & {"partner_id", "owner_id", "account_id", "account_name"})
        return [refused(ErrorCode.FORBIDDEN, _NOT_YOURS, _path(column)) for column in parties]
    answers: list[Refused | UUID | None] = []
    partner: UUID | Refused | None = found.partner_id
    if "partner_id" in changes and changes["partner_id"] != partner:
        if viewer.may(Permission.ASSIGN_PARTNER):
            partner = await partner_for(tx, viewer, changes["partner_id"])
        else:
            partner = refused(ErrorCode.FORBIDDEN, "Your role may not transfer deals to another partner.", "partnerId")
        answers.append(partner)
    if changes.get("owner_id") is not None and not isinstance(partner, Refused):
        answers.append(await owner_for(tx, viewer, changes["owner_id"], partner))
    if "account_id" in changes:
        answers.append(await account_by_id(tx, viewer, changes["account_id"]))
    return answers


async def _account(tx: Transaction, viewer: Viewer, found: StoredDeal, changes: Mapping[str, Any]) -> UUID | None:
    """The customer that the deal is to be with; None: as it is."""
    if "account_name" in changes:
        return await account_by_name(tx, viewer, changes["account_name"], found.partner_id)
    if "account_id" in changes:
        return await account_for(tx, changes["account_id"], found.partner_id)
    return None


def _different(found: StoredDeal, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns with the values that they don't have yet. Which customer a name or an id stands for isn't known here."""
    values = {column: changes[column] for column in PLAIN if column in changes and column != "account_id"}
    if "amount" in changes:
        exact = money(*changes["amount"]) if changes["amount"] else None
        values |= {"amount": exact and exact.amount, "currency": exact and exact.currency}
    return {column: value for column, value in values.items() if found.row[column] != value}


def _named(found: StoredDeal, changes: Mapping[str, Any]) -> list[str]:
    """The API's names of the fields that would change."""
    names = [FIELDS[column] for column in _different(found, changes)]
    id, name = changes.get("account_id"), changes.get("account_name")
    if id not in (None, found.row["account_id"]) or (name and name_key(name) != name_key(found.row["account_name"])):
        names.append("account")
    return [*names, "qualification"] if _new(found, changes) else names


async def _write(
    tx: Transaction, viewer: Viewer, found: StoredDeal, changes: Mapping[str, Any], at: datetime
) -> list[str]:
    """The API's names of the fields that really changed."""
    changed = _different(found, changes)
    account = await _account(tx, viewer, found, changes)
    if account not in (None, found.row["account_id"]):
        changed["account_id"] = account
    await change(tx, "opportunity", found.id, with_origin(changed, viewer.user_id, at))
    return [FIELDS[column] for column in changed]


def _answer_problems(found: StoredDeal, answers: Sequence[tuple[str, str | None]]) -> Iterable[Refused | None]:
    known = {question.key for question in found.play.questions}
    listed = ", ".join(sorted(known)) or "none"
    for place, (key, answer) in enumerate(answers):
        if key not in known:
            message = f"The playbook's questions are: {listed}."
            yield refused(ErrorCode.INVALID, message, "qualification", str(place), "questionKey")
        yield text_problem(answer, LONGEST_TEXT, "qualification", str(place), "answer")


def _new(found: StoredDeal, changes: Mapping[str, Any]) -> dict[str, str | None]:
    """The answers that are new, by question; None takes one back."""
    before = {key: given.answer for key, given in found.answers.items()}
    answers: Sequence[tuple[str, str | None]] = changes.get("qualification") or ()
    return {key: answer or None for key, answer in answers if before.get(key) != (answer or None)}


async def _answer(
    tx: Transaction, viewer: Viewer, found: StoredDeal, changes: Mapping[str, Any], at: datetime
) -> list[str]:
    changed = _new(found, changes)
    for key, answer in changed.items():
        if answer:
            await tx.execute(_ANSWER, new_id(), found.id, key, answer, at, viewer.user_id)
        else:
            await tx.execute(_FORGET, found.id, key)
    return ["qualification"] if changed else []
