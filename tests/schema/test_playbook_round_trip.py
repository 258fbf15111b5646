"""Whoever reads a playbook and writes what they have read loses nothing, whatever there is to read."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import transaction
from app.models.columns import new_id
from app.playbooks import documents
from app.playbooks.spec import LOCKABLE
from schema import schema
from tests.schema.world import VENDOR, Demo

TYPES = schema._schema.type_map
CREATE = """mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) {
  playbook { id } userErrors { message path } } }"""
UPDATE = """mutation($input: UpdatePlaybookInput!) { updatePlaybook(input: $input) {
  playbook { id updatedAt } userErrors { message path } } }"""
OUTPUTS = {
    "StageInput": "Stage",
    "CriterionInput": "Criterion",
    "ActivityInput": "Activity",
    "QuestionInput": "QualificationQuestion",
}
SPELT = {"questions": "qualificationQuestions"}
CONTENTS, SERVES = "contents", "serves"

_numbers = count(1)
texts = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12)


def named(prefix: str) -> st.SearchStrategy[str]:
    """Different each time, however the letters fall."""
    return texts.map(lambda text: f"{prefix} {next(_numbers)} {text}")


VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "key": st.builds(lambda: f"key-{next(_numbers)}"),
    "name": named("name"),
    "aliases": st.lists(named("alias"), max_size=3),
    "expression": st.none() | st.sampled_from(["deal.amount > 1.0", "size(deal.notes) > 3"]),
    "language": st.sampled_from(["de", "fr", "es", "pt-BR"]),
    "winProbability": st.floats(0, 1).map(lambda chance: round(chance, 4)),
    "targetDays": st.none() | st.integers(1, 3_650),
    "effortMinutes": st.none() | st.integers(1, 100_000),
    "kind": st.just("OPEN"),
    "locks": st.lists(st.sampled_from(LOCKABLE), unique=True, max_size=3),
    SERVES: st.integers(0, 3),
    CONTENTS: st.lists(st.sampled_from(["piece-1", "piece-2", "piece-3"]), unique=True, max_size=3),
}
SCALARS: Mapping[str, st.SearchStrategy[Any]] = {
    "String": texts,
    "Boolean": st.booleans(),
    "Int": st.integers(1, 100),
    "Float": st.floats(0, 1),
}


def _computed(criterion: dict[str, Any]) -> dict[str, Any]:
    """Nobody confirms what a condition says."""
    if criterion["expression"] is None:
        return criterion
    return {**criterion, "confirmedBy": None, "locks": []}


def _serving(stage: dict[str, Any]) -> dict[str, Any]:
    """An activity serves criteria that its stage has: as many of the first as was drawn."""
    keys = [one["key"] for one in stage["exitCriteria"] or ()]
    acts = stage["activities"] or ()
    return {**stage, "activities": [{**one, SERVES: keys[: one[SERVES]]} for one in acts]}


def values_of(name: str, type_: GraphQLInputType) -> st.SearchStrategy[Any]:
    if name in VALUES:
        return VALUES[name]
    bare = get_nullable_type(type_)
    if isinstance(bare, GraphQLList):
        inner = get_named_type(bare)
        by = "language" if isinstance(inner, GraphQLInputObjectType) and "language" in inner.fields else None
        unique: Callable[[Any], Any] | None = (lambda one: one[by]) if by else None
        return st.lists(values_of("", bare.of_type), max_size=3, unique_by=unique)
    if isinstance(bare, GraphQLInputObjectType):
        found = st.fixed_dictionaries({each: values_of(each, field.type) for each, field in bare.fields.items()})
        if {"exitCriteria", "activities"} <= bare.fields.keys():
            return found.map(_serving)
        return found.map(_computed) if {"expression", "locks"} <= bare.fields.keys() else found
    if isinstance(bare, GraphQLEnumType):
        made: st.SearchStrategy[Any] = st.sampled_from(list(bare.values))
    else:
        made = SCALARS[get_named_type(type_).name]
    return made if isinstance(type_, GraphQLNonNull) else st.none() | made


def input_type(name: str) -> GraphQLInputObjectType:
    found = TYPES[name]
    assert isinstance(found, GraphQLInputObjectType)
    return found


def object_type(type_: GraphQLOutputType | str) -> GraphQLObjectType:
    found = TYPES[type_] if isinstance(type_, str) else get_named_type(type_)
    assert isinstance(found, GraphQLObjectType)
    return found


def selection(wanted: GraphQLInputObjectType, offered: GraphQLObjectType) -> str:
    """What has to be read to write it back: every field of the input has one of its name to be read."""
    parts = []
    for name, field in wanted.fields.items():
        if name == CONTENTS:
            parts.append("contents(first: 100) { nodes { key } }")
            continue
        if name == SERVES:
            parts.append("serves { key }")
            continue
        assert name in offered.fields, f"{offered.name} has no {name}, which {wanted.name} takes"
        inner = get_named_type(field.type)
        nested = isinstance(inner, GraphQLInputObjectType)
        parts.append(f"{name} {{ {selection(inner, object_type(offered.fields[name].type))} }}" if nested else name)
    return " ".join(parts)


def written_back(read: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as input: but for the page of contents and the criteria that activities serve it is just that."""
    found = {
        name: [node["key"] for node in value["nodes"]] if name == CONTENTS else value for name, value in read.items()
    }
    return {**found, "activities": [{**one, SERVES: [c["key"] for c in one[SERVES]]} for one in found["activities"]]}


STAGES = st.lists(values_of("", input_type("StageInput")), min_size=1, max_size=3)
QUESTIONS = st.lists(values_of("", input_type("QuestionInput")), max_size=3)
READ = f"""query($id: ID!) {{ playbook(id: $id) {{ name description industry language qualificationFramework reviewDueAt
  qualificationQuestions {{ {selection(input_type("QuestionInput"), object_type("QualificationQuestion"))} }}
  stages {{ {selection(input_type("StageInput"), object_type("Stage"))} }} updatedAt }} }}"""


def test_all_that_an_input_takes_can_be_read_under_its_name() -> None:
    for taken, given_ in OUTPUTS.items():
        assert selection(input_type(taken), object_type(given_))
    kept = {"playbookId", "expectedUpdatedAt", "clientMutationId", "availableToPartnerIds"}
    names = {SPELT.get(name, name) for name in input_type("UpdatePlaybookInput").fields} - kept
    assert names <= set(object_type("Playbook").fields)


async def a_draft(demo: Demo) -> str:
    key = f"key-{new_id()}"
    made = (await demo.run(CREATE, VENDOR, input={"key": key, "name": key}))["createPlaybook"]
    assert made["userErrors"] == []
    return str(made["playbook"]["id"])


async def write(demo: Demo, id: str, **given_: Any) -> None:
    answer = (await demo.run(UPDATE, VENDOR, input={"playbookId": id, **given_}))["updatePlaybook"]
    assert answer["userErrors"] == []


async def read(demo: Demo, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await demo.run(READ, VENDOR, id=id))["playbook"]
    return found


async def write_read(demo: Demo, id: str, found: Mapping[str, Any]) -> None:
    parts = {name: value for name, value in found.items() if name not in ("updatedAt", "qualificationQuestions")}
    stages = [written_back(stage) for stage in found["stages"]]
    await write(demo, id, **{**parts, "stages": stages, "questions": found["qualificationQuestions"]})


async def stored(id: str) -> dict[str, Any]:
    async with transaction() as tx:
        found = await documents.read(tx, UUID(id.removeprefix("pbk_")))
    assert found is not None
    return {name: value for name, value in found.items() if name != "key"}


async def pieces(demo: Demo) -> None:
    await demo.database.fetch(
        "INSERT INTO content (id, key, title, kind, language, lifecycle_phase)"
        " SELECT gen_random_uuid(), key, key, 'DECK', language, 'SELL'"
        " FROM unnest(ARRAY['piece-1', 'piece-2', 'piece-3']) key, unnest(ARRAY['en', 'de']) language"
        " ON CONFLICT DO NOTHING"
    )


ENDS = [
    {
        "key": "won",
        "name": "Won",
        "kind": "WON",
        "winProbability": 1.0,
        "forecastCategory": "CLOSED",
        "aliases": ["Signed"],
    },
    {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0.0, "forecastCategory": "OMITTED"},
]


@settings(max_examples=8)
@given(stages=STAGES, questions=QUESTIONS)
async def test_what_is_read_and_written_again_is_what_was_there(demo: Demo, stages: Any, questions: Any) -> None:
    await pieces(demo)
    first, second = await a_draft(demo), await a_draft(demo)
    await write(demo, first, stages=[*stages, *ENDS], questions=questions, language="en", description="It is for …")
    before, kept = await read(demo, first), await stored(first)

    await write_read(demo, second, before)
    await write_read(demo, first, before)

    assert await stored(second) == await stored(first) == kept
    assert await read(demo, first) == before  # its `updatedAt` as well: nothing was changed
    assert {**await read(demo, second), "updatedAt": None} == {**before, "updatedAt": None}


async def test_a_client_that_knows_of_no_aliases_loses_none(demo: Demo) -> None:
    id = await a_draft(demo)
    stage = {
        "key": "s",
        "name": "S",
        "winProbability": 0.5,
        "forecastCategory": "PIPELINE",
        "aliases": ["Phase 1", "S1"],
    }
    await write(demo, id, stages=[stage, *ENDS])
    old = "query($id: ID!) { playbook(id: $id) { stages { key name kind winProbability forecastCategory } } }"
    stages = (await demo.run(old, VENDOR, id=id))["playbook"]["stages"]
    await write(demo, id, stages=[{**one, "name": f"{one['name']}!"} for one in stages])
    found = (await read(demo, id))["stages"]
    assert [(one["name"], one["aliases"]) for one in found] == [
        ("S!", ["Phase 1", "S1"]),
        ("Won!", ["Signed"]),
        ("Lost!", []),
    ]
    await write(demo, id, stages=[{**stages[0], "aliases": []}, *stages[1:]])
    assert [one["aliases"] for one in (await read(demo, id))["stages"]] == [[], ["Signed"], []]


async def test_content_that_is_archived_comes_back_to_its_stage(demo: Demo) -> None:
    await pieces(demo)
    id = await a_draft(demo)
    stage = {
        "key": "s",
        "name": "S",
        "winProbability": 0.5,
        "forecastCategory": "PIPELINE",
        "contents": ["piece-1", "piece-2"],
    }
    await write(demo, id, stages=[stage, *ENDS])
    kept = await stored(id)
    await demo.database.fetch("UPDATE content SET archived = TRUE WHERE key = 'piece-1'")
    found = await read(demo, id)
    assert [node["key"] for node in found["stages"][0]["contents"]["nodes"]] == ["piece-2"]
    await write_read(demo, id, {**found, "description": "Other."})
    await demo.database.fetch("UPDATE content SET archived = FALSE WHERE key = 'piece-1'")
    links = (await stored(id))["stages"][0]["contents"]
    assert sorted(links) == sorted(kept["stages"][0]["contents"])
