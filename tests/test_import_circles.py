"""Files import each other in no circle, but for those that are written down here.

A circle makes files one: none can be read, tested or moved without the others. Imports for types alone, and
those inside functions, count as others do.
"""

from collections.abc import Iterator

import grimp
import pytest

PACKAGES = ("app", "schema", "guidance", "expressions", "prompts", "catalogues")

ACCEPTED = {
    "types of nouns that refer to each other, resolved by `strawberry.lazy`": {
        "schema.api_client.types",
        "schema.comment.types",
        "schema.contact.types",
        "schema.content.queries",
        "schema.content.types",
        "schema.cosell.types",
        "schema.event.reading",
        "schema.event.types",
        "schema.guidance.answers",
        "schema.guidance.types",
        "schema.identity.merging",
        "schema.identity.types",
        "schema.opportunity.changes",
        "schema.opportunity.handover",
        "schema.opportunity.states",
        "schema.opportunity.types",
        "schema.playbook.types",
        "schema.prediction.types",
        "schema.registration.conflicts",
        "schema.registration.types",
        "schema.task.types",
    },
    "a fan-out and those it delivers to, for types alone": {"app.events.fanout", "app.events.receiver"},
    "an operation and the socket it came over, for types alone": {"app.web.operations", "app.web.sockets"},
}
"""Why a circle is there: its files. A file that leaves all circles leaves this list."""


def circles(graph: grimp.ImportGraph) -> Iterator[frozenset[str]]:
    """The strongly connected components of more than one file."""
    for module in sorted(graph.modules):
        circle = {
            other
            for other in graph.find_upstream_modules(module) & graph.find_downstream_modules(module)
            if other != module
        }
        if circle:
            yield frozenset({module, *circle})


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


@pytest.fixture(scope="module")
def found(imports: grimp.ImportGraph) -> set[frozenset[str]]:
    return set(circles(imports))


def test_no_file_is_in_a_circle_but_those_on_the_list(found: set[frozenset[str]]) -> None:
    assert set().union(*found) - set().union(*ACCEPTED.values()) == set()


def test_the_list_names_no_file_that_is_in_no_circle(found: set[frozenset[str]]) -> None:
    assert set().union(*ACCEPTED.values()) - set().union(*found) == set()


def test_at_run_time_there_are_none() -> None:
    """Circles for types alone cost a reader; these would break a start as soon as the order of imports changes."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    assert set(circles(graph)) == set()


SCHEMA_THAT_THE_ENGINE_KNOWS = {"schema.errors", "schema.masking", "schema.pagination"}


def test_the_engine_knows_declarations_and_no_noun(imports: grimp.ImportGraph) -> None:
    known = {
        found
        for module in imports.find_descendants("schema.engine")
        for found in imports.find_modules_directly_imported_by(module)
        if found.startswith("schema.") and not found.startswith("schema.engine.")
    }
    assert known == SCHEMA_THAT_THE_ENGINE_KNOWS


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        for name in (importer, imported):
            graph.add_module(name)
        graph.add_import(importer=importer, imported=imported)
    assert set(circles(graph)) == {frozenset("abc")}
