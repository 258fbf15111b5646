"""The history of deals' fields that an export brings: Salesforce's OpportunityFieldHistory, HubSpot's history of
properties. Each row says that a field took a value at a time.

Rows of one deal and field are put among the changes that are kept here (`app.analytics.chaining`), and a file may be
imported again. The deal's own row in the export is the last word on what it is today; stages have a history of their
own. Rows of fields that aren't remembered are passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.analytics.chaining import Chained, Link, as_changes, chained
from app.deals.money import MoneyError, money
from app.imports import staging
from app.imports.faults import FieldFault
from app.imports.fields import Cell, Reader, cell, id_reader, looked_up, number_reader, text_reader
from app.imports.plan import Export, Plan
from app.imports.rows import deal_of, present
from app.imports.sources import SourceFile
from app.models.columns import new_id

ROLE = "changes"
LONGEST_VALUE = 20_000
AT_ONCE = 500
"""Deals whose changes are in memory at a time."""
FIELDS = ("amount", "currency", "expectedCloseDate", "name", "nextStep", "owner")
"""By the API's names, as the mapping's `values` of `field` give them."""

_TABLE = """
CREATE TEMP TABLE import_change (
    deal int, line int, at timestamptz, field text, says_before bool, before text, after text
) ON COMMIT DROP
"""
_DEALS = """
SELECT DISTINCT t.opportunity_id AS id FROM import_change c JOIN import_target t ON t.deal = c.deal
JOIN opportunity o ON o.id = t.opportunity_id ORDER BY 1
"""
_TOLD = """
SELECT t.opportunity_id AS id, c.at, c.line, c.field, c.says_before, c.before, c.after
FROM import_change c JOIN import_target t ON t.deal = c.deal
WHERE t.opportunity_id = ANY ($1::uuid[]) ORDER BY t.opportunity_id, c.field, c.at, c.line
"""
_OWNERS = """
SELECT o.owner, coalesce(w.user_id, u.id) AS user_id
FROM (SELECT DISTINCT v AS owner FROM import_change c, unnest(ARRAY[c.before, c.after]) v
  WHERE c.field = 'owner' AND v IS NOT NULL) o
LEFT JOIN import_owner w ON w.owner = o.owner
LEFT JOIN user_account u ON u.external_id = $1 || ':' || o.owner
WHERE coalesce(w.user_id, u.id) IS NOT NULL
"""
_KEPT = """
SELECT c.id, c.opportunity_id, c.field, c.at, c.nth, c.before, c.after, c.before_amount, c.before_currency,
  c.after_amount, c.after_currency, c.before_owner_id, c.after_owner_id, c.actor_id IS NOT NULL AS by_person
FROM field_change c WHERE c.opportunity_id = ANY ($1::uuid[]) AND c.known AND c.field = ANY ($2::text[])
"""
_TODAY = "SELECT id, amount, currency FROM opportunity WHERE id = ANY ($1::uuid[])"
_COLUMNS = (
    "before",
    "after",
    "before_amount",
    "before_currency",
    "after_amount",
    "after_currency",
    "before_owner_id",
    "after_owner_id",
)
# Whose time it was: what was told of a partner's time is not for the next one.
_ADD = """
INSERT INTO field_change (id, opportunity_id, field, at, nth, before, after, before_amount, before_currency,
  after_amount, after_currency, before_owner_id, after_owner_id, partner_id, imported_from)
SELECT g.*, CASE WHEN later.at IS NULL THEN o.partner_id ELSE later.before_partner_id END, $1
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::integer[],
  $7::text[], $8::text[], $9::numeric[], $10::text[], $11::numeric[], $12::text[], $13::uuid[], $14::uuid[])
  AS g (id, deal, field, at, nth, before, after, before_amount, before_currency, after_amount, after_currency,
    before_owner, after_owner)
JOIN opportunity o ON o.id = g.deal
LEFT JOIN LATERAL (SELECT p.at, p.before_partner_id FROM field_change p WHERE p.opportunity_id = g.deal
  AND p.field = 'partner' AND p.at > g.at ORDER BY p.at, p.nth LIMIT 1) later ON TRUE
"""
_CHANGE = """
UPDATE field_change c SET before = g.before, after = g.after, before_amount = g.before_amount,
  before_currency = g.before_currency, after_amount = g.after_amount, after_currency = g.after_currency,
  before_owner_id = g.before_owner, after_owner_id = g.after_owner
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::numeric[], $7::text[], $8::uuid[],
  $9::uuid[]) AS g (id, before, after, before_amount, before_currency, after_amount, after_currency, before_owner,
    after_owner)
WHERE c.id = g.id
"""
_VOID = "DELETE FROM field_change WHERE id = ANY ($1::uuid[])"


def rows(export: Export, source: SourceFile) -> Iterator[tuple[object, ...]]:
    """For `import_change`. A row that can't be read is rejected alone: what the deal is doesn't hang on it."""
    plan = Plan(ROLE, export, source)
    plan.take("at", lambda at: present(looked_up(at, plan.moments("at"))))
    of, field = cell("opportunity", plan.file, source), cell("field", plan.file, source)
    sides = cell("before", plan.file, source), cell("after", plan.file, source)
    assert of is not None
    assert field is not None
    readers = {name: [_reader(name, at, plan) for at in sides] for name in FIELDS}
    for line, row in plan.rows():
        name = field.text(row).strip()
        if name not in readers:
            continue
        deal = deal_of(plan, line, row, of)
        values = None if deal is None else plan.values(line, row)
        if deal is None or values is None:
            continue
        said = _values(plan, line, row, zip(sides, readers[name], strict=True))
        if said is None:
            continue
        yield (deal, line, values[0], name, sides[0] is not None, *said)


def _values(
    plan: Plan, line: int, row: list[str], sides: Iterable[tuple[Cell | None, Reader | None]]
) -> list[str | None] | None:
    """Before and after; None where the row has been rejected."""
    found: list[str | None] = []
    for at, read in sides:
        try:
            text = None if read is None else _text(read(row))
        except FieldFault as fault:
            assert at is not None
            plan.refuse(line, at.column, at.text(row), fault)
            return None
        found.append(text)
    return found


def _reader(name: str, at: Cell | None, plan: Plan) -> Reader | None:
    if at is None:
        return None
    match name:
        case "amount":
            return number_reader(at, 1, plan.export.mapping.numbers)
        case "expectedCloseDate":
            return looked_up(at, plan.days("after"))
        case "owner":
            return id_reader(at, plan.export.ids)
    return text_reader(at, LONGEST_VALUE)


def _text(value: object) -> str | None:
    return None if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


async def load(connection: asyncpg.Connection, records: Iterable[tuple[object, ...]]) -> None:
    await connection.execute(_TABLE)
    await staging.copy(connection, "import_change", records)
    await connection.execute("ANALYZE import_change")


async def write(connection: asyncpg.Connection, system: str) -> int:
    """Once the deals are written; how many changes are new here."""
    deals = [row["id"] for row in await connection.fetch(_DEALS)]
    owners = {row["owner"]: row["user_id"] for row in await connection.fetch(_OWNERS, system)}
    return sum(
        [await _write(connection, system, deals[n : n + AT_ONCE], owners) for n in range(0, len(deals), AT_ONCE)]
    )


async def _write(connection: asyncpg.Connection, system: str, deals: Sequence[UUID], owners: Mapping[str, UUID]) -> int:
    told: dict[tuple[UUID, str], list[asyncpg.Record]] = {}
    for row in await connection.fetch(_TOLD, deals):
        told.setdefault((row["id"], row["field"]), []).append(row)
    kept: dict[tuple[UUID, str], list[asyncpg.Record]] = {}
    for row in await connection.fetch(_KEPT, deals, list(FIELDS)):
        kept.setdefault((row["opportunity_id"], row["field"]), []).append(row)
    today = {row["id"]: row for row in await connection.fetch(_TODAY, deals)}
    changes = _Changes()
    for deal in deals:
        of_deal = {
            name: _chained(name, kept.get((deal, name), []), told.get((deal, name), []), owners) for name in FIELDS
        }
        changes.take(deal, of_deal, {row["id"]: row for name in FIELDS for row in kept.get((deal, name), [])}, today)
    if changes.void:
        await connection.execute(_VOID, changes.void)
    if changes.changed:
        await connection.execute(_CHANGE, *_columns(changes.changed))
    if changes.added:
        await connection.execute(_ADD, system, *_columns(changes.added))
    return len(changes.added)


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _chained(
    name: str, kept: Sequence[asyncpg.Record], told: Sequence[asyncpg.Record], owners: Mapping[str, UUID]
) -> tuple[list[Link[Any]], Chained[Any]]:
    known = [
        Link(
            row["at"],
            row["nth"],
            _kept_value(name, row, "before"),
            _kept_value(name, row, "after"),
            row["id"],
            row["by_person"],
        )
        for row in kept
    ]
    values = [
        (
            row["at"],
            place,
            _told_value(name, row["before"], owners) if row["says_before"] else ...,
            _told_value(name, row["after"], owners),
        )
        for place, row in enumerate(told)
    ]
    return known, chained(known, as_changes([one for one in values if _UNKNOWN not in one[2:]]))


_UNKNOWN = object()
"""Somebody who isn't among the users: what the owner was is not known then."""


def _told_value(name: str, text: str | None, owners: Mapping[str, UUID]) -> Any:
    if text is None:
        return None
    match name:
        case "amount":
            return Decimal(text)
        case "owner":
            return owners.get(text, _UNKNOWN)
    return text.upper() if name == "currency" else text


def _kept_value(name: str, row: asyncpg.Record, side: str) -> Any:
    match name:
        case "amount":
            return row[f"{side}_amount"]
        case "owner":
            return row[f"{side}_owner_id"]
    return row[side]


class _Changes:
    """What is to be written of many deals: rows by the columns of the statements."""

    def __init__(self) -> None:
        self.void: list[UUID] = []
        self.changed: list[tuple[Any, ...]] = []
        self.added: list[tuple[Any, ...]] = []

    def take(
        self,
        deal: UUID,
        of_deal: Mapping[str, tuple[list[Link[Any]], Chained[Any]]],
        kept: Mapping[UUID, asyncpg.Record],
        today: Mapping[UUID, asyncpg.Record],
    ) -> None:
        links = {name: _together(*parts) for name, parts in of_deal.items()}
        money_then = _Money(links["amount"], links["currency"], today[deal])
        for name, found in links.items():
            self.void += of_deal[name][1].void
            for link in found:
                values = _row(name, link, money_then)
                if link.id is None:
                    self.added.append((new_id(), deal, name, link.at, link.nth, *values))
                elif values != tuple(kept[link.id][column] for column in _COLUMNS):
                    self.changed.append((link.id, *values))


def _together(known: list[Link[Any]], fitted: Chained[Any]) -> list[Link[Any]]:
    """All changes of a field as they are to be."""
    moved = {one.id: one for one in fitted.moved}
    gone = set(fitted.void)
    stay = [moved.get(one.id, one) for one in known if one.id not in gone]
    return sorted([*stay, *fitted.told], key=lambda link: (link.at, link.nth))


class _Money:
    """The amount of money at any time, from the changes of its amount and of its currency."""

    def __init__(self, amounts: list[Link[Any]], currencies: list[Link[Any]], today: asyncpg.Record) -> None:
        self._amounts, self._currencies, self._today = amounts, currencies, today

    def at(self, moment: datetime, *, before: bool) -> tuple[Decimal | None, str | None]:
        amount = _value(self._amounts, moment, self._today["amount"], before=before)
        currency = _value(self._currencies, moment, self._today["currency"], before=before)
        if currency is None:  # of a time without an amount
            currency = next((one.after for one in self._currencies if one.after is not None), None)
        if amount is None or currency is None:
            return None, None
        with suppress(MoneyError):  # as many digits as it came with, where that is no amount of today
            amount = money(amount, currency, withdrawn=True).amount
        return amount, currency


def _value(links: list[Link[Any]], moment: datetime, today: Any, *, before: bool) -> Any:
    until = [one for one in links if one.at < moment or (one.at == moment and not before)]
    if until:
        return until[-1].after
    return links[0].before if links else today


def _row(name: str, link: Link[Any], money_then: _Money) -> tuple[Any, ...]:
    """By `_COLUMNS`."""
    if name == "owner":
        return (None, None, None, None, None, None, link.before, link.after)
    if name not in ("amount", "currency"):
        return (link.before, link.after, None, None, None, None, None, None)
    before, after = money_then.at(link.at, before=True), money_then.at(link.at, before=False)
    texts = (_text(before[0]), _text(after[0])) if name == "amount" else (link.before, link.after)
    return (*texts, *before, *after, None, None)
