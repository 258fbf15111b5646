"""Every list of the schema pages by key: found in the schema, so that none is forgotten."""

from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type

from schema import schema
from tests.schema.world import VENDOR, Demo

WITHIN = {
    "Query": "{ %s }",
    "Account": "{ accounts(first: 1) { nodes { %s } } }",
    "Opportunity": "{ opportunities(first: 1, orderBy: {field: NAME, direction: ASC}) { nodes { %s } } }",
    "Stage": "{ opportunities(first: 1, orderBy: {field: NAME, direction: ASC}) { nodes { stage { %s } } } }",
}
PAGE = "edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def connections() -> list[tuple[str, str, GraphQLField]]:
    found = []
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if get_named_type(field.type).name.endswith("Connection"):
                    found.append((type_.name, name, field))
    return found


CONNECTIONS = [one for one in connections() if one[0] in WITHIN]
"""Of owners to which a way is written down."""
TWO_WAYS = [(owner, name) for owner, name, field in CONNECTIONS if "last" in field.args]
NAMES = [f"{owner}.{name}" for owner, name, _ in CONNECTIONS]


def query(owner: str, name: str, arguments: str, selected: str = PAGE) -> str:
    return WITHIN[owner] % f"{name}({arguments}) {{ {selected} }}"


def found_in(answer: Any, name: str) -> dict[str, Any]:
    """The one connection of that name, wherever it is."""
    if isinstance(answer, list):
        [answer] = answer
    if name in answer and "edges" in answer[name]:
        page: dict[str, Any] = answer[name]
        return page
    [inner] = answer.values()
    return found_in(inner, name)


def test_there_are_the_lists_that_a_portal_needs() -> None:
    assert {
        "Opportunity.contents",
        "Opportunity.transitions",
        "Query.accounts",
        "Query.contents",
        "Query.events",
        "Query.opportunities",
        "Query.partners",
        "Query.playbooks",
        "Stage.contents",
    } <= set(NAMES)


async def test_a_page_has_at_most_a_hundred_and_not_less_than_none(demo: Demo) -> None:
    for owner, name, field in CONNECTIONS:
        for argument in ("first", "last"):
            if argument in field.args:
                for size in (101, -1):
                    refused = await demo.errors(query(owner, name, f"{argument}: {size}"), VENDOR)
                    assert refused == [("INVALID", [argument])], (owner, name, argument, size)


async def test_a_page_of_none_is_empty_and_still_counted(demo: Demo) -> None:
    for owner, name, _ in CONNECTIONS:
        answer = await demo.run(query(owner, name, "first: 0", "edges { cursor } totalCount"), VENDOR)
        page = found_in(answer, name)
        assert page["edges"] == [], (owner, name)
        assert page["totalCount"] >= 0


@pytest.mark.parametrize(("owner", "name"), TWO_WAYS, ids=[f"{owner}.{name}" for owner, name in TWO_WAYS])
async def test_pages_add_up_both_ways(demo: Demo, owner: str, name: str) -> None:
    async def page(arguments: str) -> tuple[list[str], dict[str, Any]]:
        found = found_in(await demo.run(query(owner, name, arguments), VENDOR), name)
        return [edge["cursor"] for edge in found["edges"]], found["pageInfo"]

    whole, told = await page("first: 40")
    size = max(1, len(whole) // 3)
    forward: list[str] = []
    while len(forward) < len(whole):
        after = f', after: "{forward[-1]}"' if forward else ""
        cursors, info = await page(f"first: {size}{after}")
        assert cursors
        forward += cursors
        assert (info["startCursor"], info["endCursor"]) == (cursors[0], cursors[-1])
        assert info["hasPreviousPage"] is bool(after)
        assert info["hasNextPage"] or len(forward) == len(whole)
    assert forward[: len(whole)] == whole
    backward = whole[-1:]
    while len(backward) < len(whole):
        cursors, info = await page(f'last: {size}, before: "{backward[0]}"')
        backward = cursors + backward
        assert info["hasNextPage"] is True
        assert info["hasPreviousPage"] is (len(backward) < len(whole))
    assert backward == whole
    if not told["hasNextPage"]:
        assert (await page("last: 100"))[0] == whole
