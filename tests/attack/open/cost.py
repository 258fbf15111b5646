"""Queries that cost their author little and the server much."""

from collections.abc import Iterator

from tests.attack.ledger import EITHER
from tests.attack.posting import Post, post, posts
from tests.attack.target import Target
from tests.hunts import size

ALIASES = size(5, whole=100)
TIMES = size(2, whole=24)


def aliased(selection: str, number: int = ALIASES) -> str:
    """One selection again and again in a document; `%d` in it is the alias' number."""
    return "{" + " ".join(f"a{n}: " + selection.replace("%d", str(n)) for n in range(number)) + "}"


def alike(document: str, who: str = "anyone", times: int = TIMES) -> Iterator[Post]:
    return (post(document, who=who) for _ in range(times))


@posts("cost", "a hundred searches for what isn't there", EITHER, within=10)
def searches(target: Target) -> Iterator[Post]:
    return alike(aliased('opportunities(first: 1, filter: {search: "zzzz%dqq"}) { nodes { id } }'))


@posts("cost", "a hundred counts of what begins with a letter", EITHER, within=10)
def letters(target: Target) -> Iterator[Post]:
    return alike(aliased('opportunities(first: 1, filter: {search: "e n a s"}) { totalCount }'))


@posts("cost", "a search for two thousand words", EITHER, within=10)
def words(target: Target) -> Iterator[Post]:
    text = " ".join(f"e{number}" for number in range(size(50, whole=2_000)))
    return alike(f'{{ opportunities(first: 1, filter: {{search: "{text}"}}) {{ totalCount }} }}')


@posts("cost", "the last page, in every order", EITHER, within=10)
def orders(target: Target) -> Iterator[Post]:
    fields = ("AMOUNT", "CREATED_AT", "DAYS_IN_STAGE", "EXPECTED_CLOSE_DATE", "NAME", "UPDATED_AT")
    pages = " ".join(
        f"a{number}: opportunities(last: 1, filter: {{stalled: true}}, "
        f"orderBy: {{field: {fields[number % 6]}, direction: DESC}}) {{ nodes {{ id }} }}"
        for number in range(ALIASES)
    )
    return alike("{" + pages + "}")


@posts("cost", "a hundred pipelines", EITHER, within=15)
def pipelines(target: Target) -> Iterator[Post]:
    return alike(
        aliased('pipeline(filter: {amount: {min: "%d"}}) { total { stalledCount } stages { medianDaysInStage } }')
    )


@posts("cost", "every starter a hundred times", EITHER, within=10)
def starters(target: Target) -> Iterator[Post]:
    part = (
        "playbookTemplates { name stages { definition exitCriteria { description expression } activities { name } } }"
    )
    return alike(aliased(part, size(3, whole=99)), times=size(2, whole=16))


@posts("cost", "every move of a hundred deals", EITHER, within=15)
def moves(target: Target) -> Iterator[Post]:
    part = (
        "{ opportunities(first: 100) { nodes { allowedTransitions { allowed blockers { message } stage { key } } } } }"
    )
    return alike(part)


@posts("cost", "every criterion of a hundred deals, ten times", EITHER, within=15)
def criteria(target: Target) -> Iterator[Post]:
    return alike(aliased("opportunities(first: 100) { nodes { criteria(scope: ALL) { met } } }", size(2, whole=10)))


@posts("cost", "advice for a hundred deals, worked out anew", EITHER, within=20)
def advice(target: Target) -> Iterator[Post]:
    actions = "recommendations(first: 20, refresh: true) { actions { id rationale } }"
    part = f"{{ opportunities(first: 100) {{ nodes {{ {actions} }} }} }}"
    return alike(part, times=size(2, whole=12))


@posts("cost", "the issues of every playbook, a hundred times", EITHER, within=10)
def issues(target: Target) -> Iterator[Post]:
    return alike(aliased("playbooks(first: 10) { nodes { issues { message } } }"), who="admin")


@posts("cost", "one deal a hundred times by its id", EITHER, within=10)
def one_deal(target: Target) -> Iterator[Post]:
    ids = ", ".join([f'"{target.deal}"'] * 100)
    part = (
        "... on Opportunity { stalled daysInStage allowedTransitions { allowed } recommendations { actions { id } } }"
    )
    return alike(f"{{ nodes(ids: [{ids}]) {{ {part} }} }}", who="seller")


@posts("cost", "content of content of content", EITHER, within=10)
def content(target: Target) -> Iterator[Post]:
    inner = "id"
    for _ in range(size(1, whole=3)):
        inner = f'title stages {{ contents(first: 10, filter: {{search: "s"}}) {{ nodes {{ {inner} }} }} }}'
    return alike(f"{{ contents(first: 10) {{ nodes {{ {inner} }} }} }}")


@posts("cost", "the log from its beginning", EITHER, within=10)
def log(target: Target) -> Iterator[Post]:
    return alike("{ events(first: 100) { nodes { __typename } } }")


@posts("cost", "fifty at once", EITHER, at_once=50, within=20)
def at_once(target: Target) -> Iterator[Post]:
    return alike(
        aliased('opportunities(first: 20, filter: {search: "a"}) { nodes { stalled } }', 20), times=size(6, whole=400)
    )
