"""The tools are the documents of their folder: what is told of them is what the schema says."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, OperationType, get_named_type, parse, validate
from jsonschema import Draft202012Validator

from app.mcp.documents import HERE, Document, documents
from app.mcp.fence import Fence
from app.mcp.shapes import Shape, answer_shape
from app.mcp.tools import HINTS, tools
from schema import schema

SCHEMA = schema._schema
TOOLS = documents(SCHEMA, "tools")
READ = documents(SCHEMA, "resources")
CHANGING = {name for name, document in TOOLS.items() if document.kind is OperationType.MUTATION}


def leaves(shape: Shape) -> Iterator[Shape]:
    for one in (shape.fields or {}).values():
        yield from leaves(one) if one.fields is not None else (one,)


@pytest.mark.parametrize("document", [*TOOLS.values(), *READ.values()], ids=lambda document: document.name)
def test_a_document_is_of_the_schema_and_says_what_it_takes(document: Document) -> None:
    assert validate(SCHEMA, parse(document.text)) == []
    assert '"""' not in document.text
    assert document.description
    Draft202012Validator.check_schema(document.parameters)
    Draft202012Validator.check_schema(document.answer.schema)
    for name, parameter in document.parameters["properties"].items():
        assert parameter.get("description"), f"{document.name}: {name} has no description"


@pytest.mark.parametrize("name", sorted(CHANGING))
def test_a_change_selects_all_that_may_go_wrong_and_can_be_sent_again(name: str) -> None:
    (payload,) = (TOOLS[name].answer.fields or {}).values()
    assert set((payload.fields or {})["userErrors"].fields or {}) == {"code", "message", "path"}
    assert "clientMutationId" in TOOLS[name].parameters["properties"]


def test_tools_say_truly_what_they_do() -> None:
    told = tools(TOOLS)
    assert {name for name, tool in told.items() if not tool.reads} == CHANGING
    assert all(tool.hints.idempotent and not tool.hints.destructive for tool in told.values() if tool.reads)
    assert {name for name, hints in HINTS.items() if hints.destructive} == {
        *("advance_stage", "complete_criterion", "complete_activity", "complete_task"),
        *("register_deal", "submit_registration"),
    }
    assert {name for name, hints in HINTS.items() if not hints.idempotent} == {
        *("create_deal", "register_deal", "add_comment"),
    }
    with pytest.raises(TypeError, match="add_comment"):
        tools({name: document for name, document in TOOLS.items() if name != "add_comment"})


def test_a_text_is_people_s_unless_it_is_said_to_be_ours() -> None:
    shape = shape_of("{ opportunity(id: 1) { name stage { name } alias: notes account { name } amount { currency } } }")
    fence = Fence()
    answer = {
        "opportunity": {
            "name": "A <b>",
            "stage": {"name": "Proposal"},
            "alias": None,
            "account": {"name": "B"},
            "amount": {"currency": "EUR"},
        }
    }
    assert shape.fenced(answer, fence) == {
        "opportunity": {
            "name": fence.around("A <b>"),
            "stage": {"name": "Proposal"},
            "alias": None,
            "account": {"name": fence.around("B")},
            "amount": {"currency": "EUR"},
        }
    }
    with pytest.raises(KeyError):
        shape.fenced({"opportunity": {"unheard": "of"}}, fence)


def test_every_text_that_the_schema_calls_untrusted_is_fenced_wherever_it_is_read() -> None:
    untrusted = 0
    for type_ in SCHEMA.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        for name, field in type_.fields.items():
            if "Untrusted" in (field.description or "") and get_named_type(field.type).name == "String":
                shape = answer_shape(SCHEMA, type_, selection(f"{{ {name} }}"))
                assert [one.typed for one in leaves(shape)] == [True], f"{type_.name}.{name}"
                untrusted += 1
    assert untrusted > 40


def test_the_sdk_is_imported_with_the_first_request_alone() -> None:
    heavy = {"mcp", "mcp_types", "app.mcp.server"}
    for file in sorted(HERE.glob("*.py")):
        imported = {
            name
            for node in ast.parse(file.read_text("utf-8")).body
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        found = {name for name in imported if name in heavy or name.partition(".")[0] in heavy}
        assert not found or file.name == "server.py", file.name


def shape_of(text: str) -> Shape:
    assert SCHEMA.query_type is not None
    return answer_shape(SCHEMA, SCHEMA.query_type, selection(text))


def selection(text: str) -> Any:
    return parse(text).definitions[0].selection_set  # type: ignore[attr-defined]
