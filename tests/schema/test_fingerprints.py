"""A retry from before an upgrade is known again, whatever fields its input has got since."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
import strawberry
from graphql import InputObjectTypeDefinitionNode, InputValueDefinitionNode, NonNullTypeNode, parse
from strawberry.utils.str_converters import to_snake_case

import schema
from schema.fingerprints import WRITTEN, plain
from tests.schema.world import ADVANCE, SELLER, Demo, deal_of

RELEASED = Path(__file__).with_name("released") / "0.1.0.graphql"
MUTATION_ID = "client_mutation_id"


def released() -> Iterator[tuple[Any, InputObjectTypeDefinitionNode]]:
    """The inputs of mutations and their parts: as they are, and as they were printed."""
    types = schema.schema.schema_converter.type_map
    for node in parse(RELEASED.read_text(encoding="utf-8")).definitions:
        if isinstance(node, InputObjectTypeDefinitionNode) and not node.name.value.endswith(("Filter", "Range")):
            yield types[node.name.value].definition.origin, node  # type: ignore[union-attr]


def column(node: InputValueDefinitionNode) -> str:
    return to_snake_case(node.name.value)


INPUTS = [pytest.param(given, node, id=node.name.value) for given, node in released()]


def test_what_the_released_version_wrote_is_known() -> None:
    defaults = {
        node.name.value: frozenset(column(one) for one in node.fields or () if one.default_value) - {MUTATION_ID}
        for _, node in released()
    }
    assert {name: columns for name, columns in defaults.items() if columns} == WRITTEN


@pytest.mark.parametrize(("made", "node"), INPUTS)
def test_an_input_of_the_released_version_is_written_as_it_was(made: Any, node: InputObjectTypeDefinitionNode) -> None:
    """A field that comes to it changes nothing."""
    required = [
        column(one) for one in node.fields or () if isinstance(one.type, NonNullTypeNode) and not one.default_value
    ]
    expected = set(required) | {column(one) for one in node.fields or () if one.default_value}
    assert set(plain(made(**dict.fromkeys(required, "said")))) == expected - {MUTATION_ID}


@strawberry.input
class Part:
    name: str
    note: str | None = None


@strawberry.input
class Given:
    name: str
    parts: list[Part] | None = None
    loud: bool = False
    words: list[str] = strawberry.field(default_factory=list)
    may_change: str | None = strawberry.UNSET
    client_mutation_id: str | None = None


def test_of_an_input_that_is_new_only_what_was_said_is_written() -> None:
    assert plain(Given(name="x", client_mutation_id="mine")) == {"name": "x"}
    assert plain(Given(name="x", may_change=None)) == {"name": "x", "may_change": None}
    said = Given(name="x", parts=[Part(name="y"), Part(name="y", note="z")], loud=True, words=["w"])
    parts = [{"name": "y"}, {"name": "y", "note": "z"}]
    assert plain(said) == {"name": "x", "parts": parts, "loud": True, "words": ["w"]}


@pytest.mark.parametrize("later", [{}, {"at": None}], ids=["released", "with a field that came later"])
@pytest.mark.parametrize("reason", ["the same", "another"])
async def test_a_record_of_a_former_version_stands_for_the_same_input_alone(
    demo: Demo, later: dict[str, Any], reason: str
) -> None:
    given = {"opportunityId": await deal_of(demo, SELLER), "toStageKey": "closed-lost", "reason": "the same"}
    made = await demo.run(ADVANCE, SELLER, input=given | {"clientMutationId": "mine"})
    assert made["advanceStage"]["userErrors"] == []
    kept = {to_snake_case(name): value for name, value in given.items()}
    kept |= {"expected_version": None, "override": None} | later
    written = sha256(orjson.dumps(["advanceStage", kept], option=orjson.OPT_SORT_KEYS)).digest()
    await demo.value("UPDATE client_mutation SET input_hash = $1", written)
    again = await demo.run(ADVANCE, SELLER, input=given | {"clientMutationId": "mine", "reason": reason})
    codes = [error["code"] for error in again["advanceStage"]["userErrors"]]
    assert codes == ([] if reason == "the same" else ["IDEMPOTENCY_MISMATCH"])


async def test_a_field_that_came_later_counts_where_it_is_said(demo: Demo) -> None:
    given = {"opportunityId": await deal_of(demo, SELLER), "toStageKey": "closed-lost", "reason": "x"}
    given["clientMutationId"] = "mine"
    assert (await demo.run(ADVANCE, SELLER, input=given))["advanceStage"]["userErrors"] == []
    other = given | {"at": "2026-01-02T03:04:05Z"}
    (error,) = (await demo.run(ADVANCE, SELLER, input=other))["advanceStage"]["userErrors"]
    assert error["code"] == "IDEMPOTENCY_MISMATCH"
