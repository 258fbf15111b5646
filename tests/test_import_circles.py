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
        "schema.contact.types",
        "schema.content.queries",
        "schema.content.types",
        "schema.event.reading",
        "schema.event.types",
        "schema.guidance.answers",
        "schema.guidance.types",
        "schema.identity.types",
        "schema.opportunity.handover",
        "schema.opportunity.states",
        "schema.opportunity.types",
        "schema.playbook.types",
    },
    "the context of a request and the engine that runs with it, for types alone": {
        "schema.context",
        "schema.engine.documents",
        "schema.engine.left",
        "schema.engine.operation",
        "schema.engine.plan",
        "schema.engine.run",
        "schema.event.live",
        "schema.event.question",
        "schema.masking",
    },
    "a feed and the subscription that one client follows alone, for types alone": {
        "schema.event.alone",
        "schema.event.live",
    },
    "selections within selections: a page has rows, a row has pages": {
        "schema.engine.pages",
        "schema.engine.rows",
        "schema.engine.shapes",
        "schema.engine.sources",
        "schema.engine.values",
    },
    "what an entity declares of its pages, for types alone": {
        "schema.engine.declare",
        "schema.engine.frame",
        "schema.engine.paging",
        "schema.pagination",
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
def found() -> set[frozenset[str]]:
    return set(circles(grimp.build_graph(*PACKAGES, cache_dir=None)))


def test_no_file_is_in_a_circle_but_those_on_the_list(found: set[frozenset[str]]) -> None:
    assert set().union(*found) - set().union(*ACCEPTED.values()) == set()


def test_the_list_names_no_file_that_is_in_no_circle(found: set[frozenset[str]]) -> None:
    assert set().union(*ACCEPTED.values()) - set().union(*found) == set()


def test_at_run_time_only_selections_within_selections_are_a_circle() -> None:
    """Circles for types alone cost a reader; these would break a start as soon as the order of imports changes."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    [selections] = set(circles(graph))
    assert selections == ACCEPTED["selections within selections: a page has rows, a row has pages"]


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        for name in (importer, imported):
            graph.add_module(name)
        graph.add_import(importer=importer, imported=imported)
    assert set(circles(graph)) == {frozenset("abc")}
