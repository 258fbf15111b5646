"""Descriptions say what a thing is: no question stands where a noun should."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from schema import schema

ROOT = Path(__file__).parents[1]
QUESTION = re.compile(r"(What|Who|Whom|Whose|How|Which|Where|When|Why|From|In which|By what)\b")


def descriptions() -> Iterator[tuple[str, str]]:
    for name, type_ in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name, type_.description or ""
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field.description or ""
                for argument_name, argument in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument_name}:)", argument.description or ""
        elif isinstance(type_, GraphQLEnumType):
            for value_name, value in type_.values.items():
                yield f"{name}.{value_name}", value.description or ""


def test_descriptions_of_the_schema_begin_with_no_question() -> None:
    found = {where: text for where, text in descriptions() if QUESTION.match(text)}
    assert found == {"Urgency.LOW": "When there is time."}


def test_descriptions_of_the_schema_have_one_word_for_an_opportunity() -> None:
    """Conditions and templates call it `deal`, in backticks; a URL or a sentence of a person may, too."""
    found = {where for where, text in descriptions() if re.search(r"\bdeals?\b", re.sub(r"`[^`]*`", "", text), re.I)}
    assert found == {"Opportunity"}, "the type's own description says that it is a deal"


@pytest.mark.parametrize("folder", ["app", "schema", "guidance", "expressions", "catalogues"])
def test_docstrings_of_modules_begin_with_no_question(folder: str) -> None:
    found = {
        str(file.relative_to(ROOT)): text.splitlines()[0]
        for file in (ROOT / folder).rglob("*.py")
        if "migrations" not in file.parts
        and (text := ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "")
        and QUESTION.match(text)
    }
    assert found == {}
