"""What breaks clients of the last release is written in the CHANGELOG, by its name in the schema.

`released/VERSION.graphql` is the schema of each release; `make release-schema` keeps today's under the version
of `pyproject.toml`.
"""

import re
import tomllib
from pathlib import Path

import pytest
from graphql import BreakingChange, GraphQLSchema, build_schema, find_breaking_changes

import schema

RELEASED = Path(__file__).with_name("released")
ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (Unreleased|[\d.]+)[^\n]*\n(.*?)(?=^## |\Z)", CHANGELOG, re.MULTILINE | re.DOTALL))
VERSIONS = [name for name in SECTIONS if name != "Unreleased"]

_COORDINATE = re.compile(r"@\w+(?:\(\w+:\))?|\w+\.\w+(?:\(\w+:\))?")
"""Of a member, an argument or a directive, as graphql-core writes them."""


def named(change: BreakingChange, *schemas: GraphQLSchema) -> str:
    """The member, or else the type, that a change is about."""
    if member := _COORDINATE.search(change.description):
        return member[0]
    words = re.findall(r"\w+", change.description)
    found: str = next(word for word in words if any(word in one.type_map for one in schemas))
    return found


def unmentioned(released: GraphQLSchema, current: GraphQLSchema, changelog: str) -> list[str]:
    """Changes that break clients and whose names the list of breaking changes doesn't quote."""
    breaking = changelog.partition("### Breaking\n")[2].partition("\n### ")[0]
    return [
        change.description
        for change in find_breaking_changes(released, current)
        if f"`{named(change, released, current)}`" not in breaking
    ]


def test_what_breaks_clients_of_the_last_release_is_in_the_changelog() -> None:
    released = build_schema((RELEASED / f"{VERSIONS[0]}.graphql").read_text(encoding="utf-8"))
    assert unmentioned(released, build_schema(schema.printed()), SECTIONS.get("Unreleased", "")) == []


def test_every_version_has_a_date_and_its_schema() -> None:
    headings = re.findall(r"^## (?!Unreleased$)(.*)$", CHANGELOG, re.MULTILINE)
    assert headings
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ — \d{4}-\d\d-\d\d", heading) for heading in headings)
    assert {file.stem for file in RELEASED.glob("*.graphql")} == set(VERSIONS)


def test_the_changelog_knows_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSIONS[0]


BEFORE = """
directive @old(a: Int) on FIELD
enum Tier { GOLD SILVER }
input Given { a: Int }
interface Node { id: ID! }
type Deal implements Node { id: ID! name: String amount(first: Int): Int }
type Partner { id: ID! }
union Found = Deal | Partner
type Query { deal: Deal found: Found tier: Tier ask(input: Given): Partner }
"""


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (" name: String", "", "Deal.name"),
        ("name: String", "name: Int", "Deal.name"),
        ("(first: Int)", "", "Deal.amount(first:)"),
        ("(first: Int)", "(first: Int!)", "Deal.amount(first:)"),
        ("(first: Int)", "(first: Int, order: Int!)", "Deal.amount(order:)"),
        (" SILVER", "", "Tier.SILVER"),
        ("input Given { a: Int }", "input Given { a: Int b: Int! }", "Given.b"),
        ("input Given { a: Int }", "input Given { a: String }", "Given.a"),
        (" | Partner", "", "Partner"),
        (" implements Node", "", "Deal"),
        ("directive @old(a: Int) on FIELD", "", "@old"),
        ("@old(a: Int)", "@old", "@old(a:)"),
        ("type Partner { id: ID! }", "interface Partner { id: ID! }", "Partner"),
    ],
)
def test_a_breaking_change_of_every_kind_asks_for_its_name(old: str, new: str, name: str) -> None:
    released, current = build_schema(BEFORE), build_schema(BEFORE.replace(old, new), assume_valid=True)
    assert unmentioned(released, current, "### Breaking\n\n- Nothing.\n\n### New\n") != []
    assert unmentioned(released, current, f"### Breaking\n\n- `{name}` isn't there.\n\n### New\n") == []
    assert unmentioned(released, current, f"### Breaking\n\n- Nothing.\n\n### New\n\n- `{name}`\n") != []


def test_what_breaks_nobody_asks_for_nothing() -> None:
    grown = BEFORE.replace("name: String", "name: String city: String")
    assert unmentioned(build_schema(BEFORE), build_schema(grown), "") == []
