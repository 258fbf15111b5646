"""What nouns say holds on the rows of the demo programme, and none of it can be left out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from app import models
from app.database.sql import Sql, sql
from app.demo.people import PARTNER_PEOPLE, demo_id
from app.identity.scopes import LANGUAGE, VisibilityScope, scope_of, slots_of
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.tables import references_of
from app.nouns import ACCOUNT, BY_TABLE, HANDOVER, NOUNS, OPPORTUNITY, BadNouns, checked
from app.nouns.audiences import AUDIENCES, BY_SUBJECT, NoAudience, audiences_statement
from app.nouns.noun import Noun, nobody
from app.vocabulary import Role
from schema.engine.declare import every_entity
from schema.mutation import check_permissions
from tests.schema.world import Demo

REFERENCES = sorted(
    (noun.table, key, which)
    for noun in NOUNS
    for which in ("it", "owner")
    for key in getattr(noun, f"seen_with_{which}")
)


async def viewer(name: str) -> Viewer:
    found = await viewer_of(str(demo_id(f"user/{name}")))
    assert found is not None
    return found


async def test_what_is_seen_with_a_row_is_seen_by_all_who_see_that_row(demo: Demo) -> None:
    """Statements ask no condition along these keys, so each must follow from the others' conditions."""
    for who in [await viewer(name) for names in PARTNER_PEOPLE.values() for name in names[:2]]:
        for table, key, which in REFERENCES:
            target = references_of(table)[key]
            ours, theirs = visible(scope_of(who), table, "t"), visible(scope_of(who), target, "r")
            seen, needed = (ours, theirs) if which == "it" else (theirs, ours)
            statement = sql(
                f"SELECT count(*) AS n FROM {table} t JOIN {target} r ON r.id = t.{key}"
                " WHERE ({}) AND ({}) IS NOT TRUE",
                seen,
                needed,
            ).statement()
            (row,) = await demo.database.fetch(statement.text, *statement.arguments(slots_of(who)))
            assert row["n"] == 0, (who.role, table, key)


async def test_those_hear_of_a_thing_who_see_it(demo: Demo) -> None:
    people = [await viewer(name) for names in PARTNER_PEOPLE.values() for name in names]
    for subject in AUDIENCES:
        heard = await heard_of_all(demo, subject, people)
        for who in people:
            listener = who.user_id if who.role is Role.PARTNER_SELLER else who.organization_id
            assert heard.get(listener, set()) == await seen_of_all(demo, subject, who), (subject, who)


async def heard_of_all(demo: Demo, subject: str, people: Sequence[Viewer]) -> Mapping[UUID, set[UUID]]:
    """The things that each of those who listen hears of: an organisation for its managers, or a seller."""
    ids = [row["id"] for row in await demo.database.fetch(f"SELECT id FROM {BY_SUBJECT[subject].table}")]
    organizations = {who.organization_id for who in people}
    sellers = [who.user_id for who in people if who.role is Role.PARTNER_SELLER]
    heard: dict[UUID, set[UUID]] = {}
    for row in await demo.database.fetch(AUDIENCES[subject], ids, list(organizations), sellers):
        heard.setdefault(row["user_id"] or row["organization_id"], set()).add(row["id"])
    return heard


async def seen_of_all(demo: Demo, subject: str, who: Viewer) -> set[UUID]:
    table = BY_SUBJECT[subject].table
    statement = sql(f"SELECT t.id FROM {table} t WHERE {{}}", visible(scope_of(who), table, "t")).statement()
    return {row["id"] for row in await demo.database.fetch(statement.text, *statement.arguments(slots_of(who)))}


def _by_language(_: VisibilityScope, row: Sql) -> Sql:
    return sql("{}.name = {}", row, LANGUAGE)


def _by_value(_: VisibilityScope, row: Sql) -> Sql:
    return sql("{}.name = {}", row, "x")


@pytest.mark.parametrize("condition", [_by_language, _by_value, None])
def test_a_subject_that_no_audience_shares_is_refused_at_once(condition: object) -> None:
    with pytest.raises(NoAudience):
        audiences_statement(replace(ACCOUNT, seen_by=condition))  # type: ignore[arg-type]


WRONG: dict[str, tuple[tuple[Noun, ...], str]] = {
    "a table without a noun": (tuple(one for one in NOUNS if one is not HANDOVER), "no noun says who sees Handover"),
    "a table twice": ((*NOUNS, replace(HANDOVER, prefix=None)), "handover is said twice"),
    "a prefix twice": (
        tuple(replace(one, prefix="opp") if one is HANDOVER else one for one in NOUNS),
        "the prefix opp is taken twice",
    ),
    "a subject twice": (
        tuple(replace(one, subject="opportunity") if one is ACCOUNT else one for one in NOUNS),
        "the subject opportunity is taken twice",
    ),
    "a key that is none": (
        tuple(replace(one, seen_with_it=frozenset({"amount"})) if one is OPPORTUNITY else one for one in NOUNS),
        "opportunity has no foreign key amount",
    ),
    "no wall": (
        tuple(replace(one, row_security=None) if one is OPPORTUNITY else one for one in NOUNS),
        "opportunity is read, but has no wall",
    ),
    "ids of what nobody reads": (
        tuple(replace(one, seen_by=None) if one is HANDOVER else one for one in NOUNS),
        "handover has ids, hov, but nobody was said to see its rows",
    ),
    "events about what is nobody's": (
        tuple(replace(one, subject="handover") if one is HANDOVER else one for one in NOUNS),
        "handover is the subject of events, but nobody could read it by its id",
    ),
}


@pytest.mark.parametrize(("nouns", "problem"), WRONG.values(), ids=WRONG)
def test_a_noun_that_lacks_a_part_stops_the_start(nouns: tuple[Noun, ...], problem: str) -> None:
    with pytest.raises(BadNouns) as raised:
        checked(nouns)
    assert problem in str(raised.value).splitlines()


def test_a_permission_for_a_mutation_that_is_none_stops_the_start() -> None:
    names = [name for noun in NOUNS for name in noun.permissions]
    check_permissions(names)
    with pytest.raises(TypeError, match="there is no mutation upsertContact"):
        check_permissions([name for name in names if name != "upsertContact"])


def test_a_noun_with_ids_has_a_type() -> None:
    tables = {noun.table for noun in NOUNS if noun.prefix is not None}
    types = [*every_entity()]
    assert len(types) == len({*types}) > len(tables)
    assert BY_TABLE["handover"].seen_by is nobody
    assert models.Handover is BY_TABLE["handover"].model
