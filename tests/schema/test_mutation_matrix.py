"""Each mutation, as each role, on own, shared, foreign and unknown objects. How to add a row: see `mutation_matrix`."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type

from app.vocabulary import Role
from schema import schema
from tests.samples import Samples, contents_of
from tests.schema.mutation_matrix import PEOPLE, ROWS, TARGETS, Objects, Row
from tests.schema.world import Demo
from tests.tables import contents_of_all_tables

GRAPHQL = schema._schema
assert GRAPHQL.mutation_type is not None
MUTATIONS = GRAPHQL.mutation_type.fields


def input_of(mutation: str) -> GraphQLInputObjectType:
    named = get_named_type(MUTATIONS[mutation].args["input"].type)
    assert isinstance(named, GraphQLInputObjectType)
    return named


def ids_in(type_: GraphQLInputObjectType) -> set[str]:
    """Names of the fields that take ids, at any depth."""
    found: set[str] = set()
    for name, each in type_.fields.items():
        named = get_named_type(each.type)
        if named.name == "ID":
            found.add(name)
        elif isinstance(named, GraphQLInputObjectType):
            found |= {f"{name}.{inner}" for inner in ids_in(named)}
    return found


def test_every_mutation_and_every_id_it_takes_has_a_row() -> None:
    wanted = {(name, id) for name in MUTATIONS for id in (*ids_in(input_of(name)),) or (None,)}
    assert {(row.mutation, row.argument) for row in ROWS} == wanted


def document(mutation: str) -> str:
    payload = get_named_type(MUTATIONS[mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    objects = " ".join(
        f"{name} {{ __typename }}"
        for name, each in payload.fields.items()
        if isinstance(get_named_type(each.type), GraphQLObjectType)
        and not isinstance(each.type, GraphQLNonNull | GraphQLList)
    )
    if "results" in payload.fields:  # one for each of many objects, with errors of its own
        objects += " results { userErrors { code message path } }"
    return f"""mutation($input: {input_of(mutation).name}!) {{ {mutation}(input: $input) {{
      {objects} userErrors {{ code message path }} clientMutationId }} }}"""


async def input_for(objects: Objects, row: Row, target: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in row.given.items():
        given[name] = await value(objects) if callable(value) else value
    if row.argument is not None and row.kind is not None:
        _place(given, row.argument, await row.kind(objects, target))
    return given


def _place(given: dict[str, Any], argument: str, id: Any) -> None:
    """`splits.partnerId`: in a list of one, beside what else is given of it."""
    name, _, inner = argument.partition(".")
    given[name] = [{**given[name], inner: id}] if inner else id


MAY_CHANGE_NOTHING = {"tryAutomation", "removeCalendarFeed"}
"""The second where there is no feed."""


async def attempt(objects: Objects, row: Row, role: Role, target: str, samples: Samples) -> dict[str, Any]:
    given = await input_for(objects, row, target)
    competitors = await contents_of(objects.demo.database, samples, "foreign")
    before = await contents_of_all_tables(objects.demo.database)
    answer: dict[str, Any] = (await objects.demo.run(document(row.mutation), PEOPLE[role], input=given))[row.mutation]
    for result in answer.pop("results", ()):
        answer["userErrors"] += result["userErrors"]
    changed = await contents_of_all_tables(objects.demo.database) != before
    if row.mutation not in MAY_CHANGE_NOTHING:
        assert changed is (answer["userErrors"] == []), (row, role, target, answer)
    if target != "foreign":
        assert await contents_of(objects.demo.database, samples, "foreign") == competitors, (row, role, target)
    return answer


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.mutation}-{row.argument}")
async def test_what_each_role_may_do_to_whose_objects(sampled: Demo, samples: Samples, row: Row) -> None:
    objects = Objects(sampled)
    for role, line in row.expected.items():
        answers: dict[str, dict[str, Any]] = {}
        for target, expected in zip(TARGETS, line.split(), strict=True):
            if expected == "-":
                continue
            answers[target] = await attempt(objects, row, role, target, samples)
            codes = [error["code"] for error in answers[target]["userErrors"]]
            assert codes == ([] if expected == "ok" else [expected]), (role, target, answers[target])
        codes_of = dict(zip(TARGETS, line.split(), strict=True))
        alike = [t for t in ("colleague", "foreign") if codes_of[t] == codes_of["unknown"]]
        hidden = [answers[t] for t in alike if t in answers and answers[t]["userErrors"]]
        assert all(answer == answers["unknown"] for answer in hidden), (role, answers)
