"""GraphQL documents from files beside this one, with what the schema says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    print_ast,
    validate,
)

from app.mcp.parameters import parameters
from app.mcp.shapes import Shape, answer_shape

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Document:
    """`text`: as the engine is given it. `parameters`: a JSON Schema of its variables. `answer`: of its data."""

    name: str
    description: str
    kind: OperationType
    text: str
    parameters: Mapping[str, Any]
    answer: Shape


def documents(schema: GraphQLSchema, folder: str) -> dict[str, Document]:
    """Those of a folder, by the names of their files, without `.graphql`. Raises `GraphQLError` for one that the schema
    doesn't take."""
    return {file.stem: _read(schema, file) for file in sorted((HERE / folder).glob("*.graphql"))}


def _read(schema: GraphQLSchema, file: Path) -> Document:
    text = file.read_text("utf-8")
    parsed = parse(text)
    for error in validate(schema, parsed):
        raise error
    (operation,) = parsed.definitions
    assert isinstance(operation, OperationDefinitionNode)
    root = schema.get_root_type(operation.operation)
    assert root is not None
    said = operation.description.value if operation.description else ""
    return Document(
        name=file.stem,
        description=" ".join(said.split()),
        kind=operation.operation,
        text=_undescribed(text, operation),
        parameters=parameters(schema, operation),
        answer=answer_shape(schema, root, operation.selection_set),
    )


def _undescribed(text: str, operation: OperationDefinitionNode) -> str:
    """Without the descriptions, which are for assistants, and count by the engine's limits."""
    said = [operation.description, *(one.description for one in operation.variable_definitions or ())]
    for description in reversed([one for one in said if one is not None]):
        assert description.loc is not None
        text = text[: description.loc.start] + text[description.loc.end :]
    return print_ast(parse(text))
