"""Rows of an export as records for the staging tables, in the order of `app.imports.staging`'s columns.

A row that can't be taken goes to the rejects; the next one is read all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from app.deals.names import name_key
from app.imports.dates import Moments, ShownTwice
from app.imports.faults import FieldFault, ImportStopped
from app.imports.fields import (
    LONGEST_TEXT,
    Cell,
    Reader,
    cell,
    find_column,
    id_reader,
    integer_reader,
    looked_up,
    money_reader,
    name_reader,
    number_reader,
    ordinal_reader,
    text_reader,
)
from app.imports.plan import Export, Plan, Twice
from app.imports.sources import SourceFile
from app.models.columns import new_id

Record = tuple[object, ...]


def opportunities(export: Export, source: SourceFile) -> Iterator[Record]:
    plan = _opportunity_plan(export, source)
    dated = _dated_stages(export, source)
    identity = cell("external_id", plan.file, source)
    assert identity is not None
    lines, products, names = export.lines, export.products, export.account_names
    place, dated_ids = plan.place(identity.column), source.workbook is not None
    for line, row in plan.rows():
        try:
            external_id = export.ids.read(identity.text(row))
        except FieldFault as fault:
            plan.refuse(line, identity.column, identity.text(row), fault)
            continue
        export.ids.look(place, line, external_id, dated=dated_ids)
        first = lines.get(external_id)
        if first is not None:
            plan.reject(line, identity.column, external_id, f"is already on an earlier line: {abs(first)}")
            continue
        values = plan.values(line, row)
        moves = None if values is None else _moves_of(plan, line, row, cast(int, values[2]), dated)
        if values is None or moves is None:
            if external_id:
                lines[external_id] = -line
            continue
        lines[external_id] = line
        _, name, stage, money, close, account, account_name, owner, *texts, product = values
        if product is not None:
            products[str(product)] = products.get(str(product), 0) + 1
        amount = money if isinstance(money, tuple) else (None, None)
        if account is None and account_name is not None:
            # Under the spelling that it came with first, by which it is stored.
            account, account_name = names.setdefault(name_key(str(account_name)), account_name), None
        yield (
            *(line, new_id(), new_id(), external_id, name, stage),
            *(*amount, close, account, account_name, owner),
            *texts,
            *moves,
        )


def _opportunity_plan(export: Export, source: SourceFile) -> Plan:
    plan = Plan("opportunities", export, source)
    currency = cell("currency", plan.file, source)
    numbers = export.mapping.numbers
    plan.take("external_id", lambda at: id_reader(at, export.ids, required=True))
    plan.take("name", lambda at: name_reader(at, required=True))
    plan.take("stage", lambda at: looked_up(at, export.stages))
    plan.take("amount", lambda at: money_reader(at, currency, export.currency, numbers))
    plan.take("expected_close_date", lambda at: looked_up(at, plan.days("expected_close_date")))
    plan.take("account", lambda at: id_reader(at, export.ids))
    plan.take("account_name", name_reader)
    plan.take("owner", lambda at: id_reader(at, export.ids))
    plan.take("next_step", lambda at: text_reader(at, LONGEST_TEXT))
    plan.take("notes", lambda at: text_reader(at, LONGEST_TEXT))
    plan.take("close_reason", lambda at: text_reader(at, LONGEST_TEXT))
    plan.take("created_at", lambda at: looked_up(at, plan.moments("created_at")))
    plan.take("entered_stage_at", lambda at: looked_up(at, plan.moments("entered_stage_at")))
    plan.take("product", name_reader)
    return plan


@dataclass(frozen=True, slots=True)
class _Dated:
    column: str
    index: int
    at: Moments
    stage: int | None
    stages: frozenset[int]
    unless_dated: bool


def _dated_stages(export: Export, source: SourceFile) -> list[_Dated]:
    found: list[_Dated] = []
    for entry in export.mapping.history_from_columns:
        index = find_column(entry.column, source)
        if index is None and not entry.optional:
            raise ImportStopped(f"{source.path}: no column {' or '.join(entry.column)}, which dates a stage.")
        if index is not None:
            stage = None if entry.stage is None else export.stages.number(entry.stage)
            stages = frozenset(export.stages.number(name) for name in entry.stages)
            at = Moments(export.mapping.dates, export.zone, export.mapping.two_digit_years)
            found.append(_Dated(source.header[index], index, at, stage, stages, entry.unless_dated))
    return sorted(found, key=lambda entry: entry.unless_dated)


def _moves_of(plan: Plan, line: int, row: list[str], own: int, dated: list[_Dated]) -> Record | None:
    """(moments, stages, ids) of the stages that the row's own columns date; None when one can't be read."""
    if not dated:
        return None, None, None
    moments: list[object] = []
    stages: list[int] = []
    for entry in dated:
        try:
            at = entry.at[row[entry.index]]
        except FieldFault as fault:
            plan.refuse(line, entry.column, row[entry.index], fault)
            return None
        stage = own if entry.stage is None else entry.stage
        dates_it = entry.stage is not None or own in entry.stages
        if at is not None and dates_it and not (entry.unless_dated and entry.stages.intersection(stages)):
            moments.append(at)
            stages.append(stage)
    return moments, stages, [new_id() for _ in moments]


def history(export: Export, source: SourceFile) -> Iterator[Record]:
    plan = Plan("history", export, source)
    plan.take("at", lambda at: _either(present(looked_up(at, plan.moments("at")))))
    plan.take("stage", lambda at: looked_up(at, export.stages))
    plan.take("sort", lambda at: ordinal_reader(at, export.mapping.numbers))
    of, when = cell("opportunity", plan.file, source), cell("at", plan.file, source)
    assert of is not None
    assert when is not None
    for line, row in plan.rows():
        deal = deal_of(plan, line, row, of)
        if deal is None or (values := plan.values(line, row)) is None:
            if deal is not None:
                export.broken.setdefault(deal, line)
            continue
        at, *rest = values
        if isinstance(at, ShownTwice):
            export.twice.append(Twice(deal, line, source.path.name, when.column, when.text(row), at.early, at.late))
            yield (deal, line, new_id(), at.early, at.late, *rest)
        else:
            yield (deal, line, new_id(), at, None, *rest)


def deal_of(plan: Plan, line: int, row: list[str], of: Cell) -> int | None:
    """The line of the opportunity that a row of history belongs to; None when it was rejected, with it or alone."""
    export, text = plan.export, of.text(row)
    try:
        deal = export.lines.get(export.ids.read(text))
    except FieldFault as fault:
        plan.refuse(line, of.column, text, fault)
        return None
    if deal is None:
        plan.reject(line, of.column, text.strip(), "is not in the file of opportunities")
    elif deal < 0:
        export.held_back += 1
    return deal if deal is not None and deal > 0 else None


def accounts(export: Export, source: SourceFile) -> Iterator[Record]:
    plan = Plan("accounts", export, source)
    numbers = export.mapping.numbers
    plan.take("external_id", lambda at: id_reader(at, export.ids, required=True))
    plan.take("name", lambda at: name_reader(at, required=True))
    plan.take("industry", name_reader)
    plan.take("country", name_reader)
    plan.take("employees", lambda at: integer_reader(at, numbers))
    plan.take("annual_revenue", lambda at: number_reader(at, plan.file.columns["annual_revenue"].multiply, numbers))
    for values in _once(plan):
        yield (*values, name_key(str(values[1])))


def users(export: Export, source: SourceFile) -> Iterator[Record]:
    plan = Plan("users", export, source)
    plan.take("external_id", lambda at: id_reader(at, export.ids, required=True))
    plan.take("name", lambda at: name_reader(at, required=True))
    plan.take("email", name_reader)
    plan.take("first_name", name_reader)
    plan.take("last_name", name_reader)
    for external_id, name, email, first, last in _once(plan):
        yield external_id, name or " ".join(str(part) for part in (first, last) if part) or external_id, email


def unlisted_products(export: Export, source: SourceFile) -> dict[str, int]:
    """Product names of opportunities that the file of products lacks, with how many opportunities say each."""
    plan = Plan("products", export, source)
    plan.take("name", lambda at: name_reader(at, required=True))
    listed = {values[0] for line, row in plan.rows() if (values := plan.values(line, row)) is not None}
    return {name: count for name, count in export.products.items() if name not in listed}


def _once(plan: Plan) -> Iterator[Record]:
    """Records whose first value is their id; a second row with the same id is rejected."""
    first_lines: dict[object, int] = {}
    place = plan.place(plan.column(0))
    for line, row in plan.rows():
        values = plan.values(line, row)
        if values is None:
            continue
        plan.export.ids.look(place, line, str(values[0]))
        first = first_lines.setdefault(values[0], line)
        if first == line:
            yield tuple(values)
        else:
            plan.reject(line, plan.column(0), str(values[0]), f"is already on an earlier line: {first}")


def _either(reader: Reader) -> Reader:
    """In place of a time that is one of two, both."""

    def read(row: Sequence[str]) -> object:
        try:
            return reader(row)
        except ShownTwice as twice:
            return twice

    return read


def present(reader: Reader) -> Reader:
    def read(row: Sequence[str]) -> object:
        value = reader(row)
        if value is None:
            raise FieldFault("is empty")
        return value

    return read
