"""SQL expressions that render scalars as the JSON that graphql-core and orjson would write.

What must not happen is marked, not written: a null where there can't be one, a word that is none of its enum's, a
number beyond its type. JSON never holds the marks, so one look at the whole text tells whether it is an answer.
"""

from collections.abc import Iterable

from graphql import (
    GraphQLEnumType,
    GraphQLOutputType,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

from app.database import database
from app.database.sql import Sql, joined, sql
from schema.engine.plan.fallback import CannotPlan, Cause

WRONG = "\x02"
"""Stands where graphql-core would have an error to report."""
OTHERWISE = f"{WRONG}n"
"""Stands where PostgreSQL writes a number in other digits than orjson: with an exponent."""
CURSOR = "\x01"
"""Stands before and after what a cursor is to be made of."""

Piece = str | Sql
"""Of a JSON text: as it is, or computed by PostgreSQL."""

AS_JSON = frozenset({"String", "CurrencyCode", "DateTime", "Date", "ForecastPeriod"})
"""Scalars that PostgreSQL's JSON functions write as they are documented."""

JSON_SCALAR = 17
"""The version of PostgreSQL that brought it."""

MOST_ARGUMENTS = 90
"""A function of PostgreSQL takes 100."""


def quoted(text: str) -> Sql:
    """A literal of PostgreSQL. Holds nothing but names of the document, punctuation and marks."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(WRONG, "\\x02").replace(CURSOR, "\\x01")
    return Sql((f"E'{escaped}'" if "\\" in escaped else f"'{escaped}'",))


NULL = quoted("null")
MARKED, WRITTEN_OTHERWISE = quoted(WRONG), quoted(OTHERWISE)


def concat(pieces: Iterable[Piece]) -> Sql:
    """One text of all pieces; none of them may be null."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    terms = [quoted(piece) if isinstance(piece, str) else piece for piece in merged]
    while len(terms) > MOST_ARGUMENTS:
        terms = [_call(terms[n : n + MOST_ARGUMENTS]) for n in range(0, len(terms), MOST_ARGUMENTS)]
    return _call(terms)


def _call(terms: list[Sql]) -> Sql:
    return sql("concat({})", joined(", ", terms))


def leaf(type_: GraphQLOutputType, value: Sql, *, nullable: bool = True, big: bool = False) -> list[Piece]:
    """The pieces of a scalar, an enum, or a list of them. `big`: an integer that may have more than 32 bits.

    Raises `CannotPlan` for types that it doesn't know.
    """
    named = get_nullable_type(type_)
    if is_list_type(named):
        pieces = _list(named.of_type, value)
    else:
        pieces = _enum(named, value) if isinstance(named, GraphQLEnumType) else _scalar(named, value, big=big)
    if not nullable:
        return pieces
    if is_non_null_type(type_):
        return [sql("CASE WHEN {} IS NULL THEN {} ELSE {} END", value, MARKED, concat(pieces))]
    if not is_list_type(named) and getattr(named, "name", "") in AS_JSON:
        return [sql("coalesce({}, 'null')", as_json(value))]
    return [sql("CASE WHEN {} IS NULL THEN {} ELSE {} END", value, NULL, concat(pieces))]


def _scalar(type_: object, value: Sql, *, big: bool) -> list[Piece]:
    match getattr(type_, "name", ""):
        case name if name in AS_JSON:
            # A session's time zone is UTC (see `Database.connect`), and PostgreSQL leaves out the zeros at the end.
            return [as_json(value)]
        case "ID":
            return [as_json(sql("{}::text", value))]
        case "Boolean":
            return [sql("({})::text", value)]
        case "Decimal":
            return ['"', value, '"']
        case "Int" if big:
            return [_or_wrong(sql("({}) BETWEEN -2147483648 AND 2147483647", value), sql("({})::text", value))]
        case "Int":
            return [sql("({})::integer", value)]
        case "Float":
            return [_float(value)]
        case name:
            raise CannotPlan(Cause.TYPE, f"{name} is not written in SQL")


def as_json(value: Sql) -> Sql:
    """`to_json` looks the type up for each value, `json_scalar` once for the statement."""
    return sql("json_scalar({})" if database().version >= JSON_SCALAR else "to_json({})", value)


def _or_wrong(sound: Sql, text: Sql, mark: Sql = MARKED) -> Sql:
    return sql("CASE WHEN {} THEN {} ELSE {} END", sound, text, mark)


def _float(value: Sql) -> Sql:
    """A number that both write in the same digits, without an exponent; orjson has a point in every one."""
    number = sql("({})::float8", value)
    plain = sql("abs({}) < 1e15 AND (abs({}) >= 0.0001 OR {} = 0)", number, number, number)
    text = sql("concat({}, CASE WHEN {} = trunc({}) THEN '.0' END)", number, number, number)
    return _or_wrong(plain, text, WRITTEN_OTHERWISE)


def _enum(type_: GraphQLEnumType, value: Sql) -> list[Piece]:
    if all(name == v.value for name, v in type_.values.items()):
        names = "{" + ",".join(type_.values) + "}"
        return ['"', _or_wrong(sql("{} = ANY ({}::text[])", value, quoted(names)), value), '"']
    cases = joined("", (sql("WHEN {} THEN {} ", quoted(v.value), quoted(f'"{n}"')) for n, v in type_.values.items()))
    return [sql("CASE {} {}ELSE {} END", value, cases, MARKED)]


def _list(item: GraphQLOutputType, value: Sql) -> list[Piece]:
    """Of texts and of enums whose names are their values, none of them null."""
    named = get_nullable_type(item)
    if not is_non_null_type(item) or is_list_type(named):
        raise CannotPlan(Cause.TYPE, f"[{item}] is not written in SQL")
    if isinstance(named, GraphQLEnumType) and all(name == v.value for name, v in named.values.items()):
        words = joined(", ", (quoted(name) for name in named.values))
        sound = sql("{} <@ ARRAY[{}]::text[]", value, words)
    elif getattr(named, "name", "") == "String":
        sound = sql("array_position({}, NULL) IS NULL", value)
    else:
        raise CannotPlan(Cause.TYPE, f"[{item}] is not written in SQL")
    return [_or_wrong(sound, sql("to_json({})::text", value))]
