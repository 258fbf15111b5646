"""Documents that are wrong, or right and dear to read: the work is done before a field is answered."""

from collections.abc import Iterator

from tests.attack.ledger import EITHER, REFUSED
from tests.attack.posting import Post, post, posts
from tests.attack.target import Target
from tests.hunts import size

TIMES = size(2, whole=8)


def many(sample: int, whole: int) -> int:
    return size(sample, whole=whole)


@posts("documents", "unknown fields that are nearly known", REFUSED)
def nearly_known(target: Target) -> Iterator[Post]:
    fields = " ".join(f"oportunitie{number:04}" for number in range(many(100, 4_900)))
    return (post("{" + fields + "}") for _ in range(TIMES))


@posts("documents", "unknown fields on an object of the list", REFUSED)
def unknown_of_a_deal(target: Target) -> Iterator[Post]:
    fields = " ".join(f"nam{number}" for number in range(many(100, 4_900)))
    return (post("{ opportunities { nodes {" + fields + "} } }") for _ in range(TIMES))


@posts("documents", "unknown arguments", REFUSED)
def unknown_arguments(target: Target) -> Iterator[Post]:
    arguments = ", ".join(f"filte{number}: 1" for number in range(many(100, 1_600)))
    return (post(f"{{ opportunities({arguments}) {{ totalCount }} }}") for _ in range(TIMES))


@posts("documents", "three hundred different wrong documents", REFUSED, at_once=8, limit=240)
def series_of_wrong(target: Target) -> Iterator[Post]:
    for turn in range(many(5, 300)):
        yield post("{" + " ".join(f"x{turn}_{number}" for number in range(many(50, 4_800))) + "}", who="anyone")


@posts("documents", "fragments that double", EITHER)
def doubling(target: Target) -> Iterator[Post]:
    levels = many(10, 40)
    spread = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels))
    return (
        post(f"{{ ...f0 }} {spread} fragment f{levels} on Query {{ viewer {{ user {{ name }} }} }}")
        for _ in range(TIMES)
    )


@posts("documents", "fragments that double under aliases", EITHER)
def doubling_aliases(target: Target) -> Iterator[Post]:
    levels = many(10, 30)
    spread = " ".join(
        f"fragment f{n} on Opportunity {{ a{n}: stage {{ id }} ...f{n + 1} ... on Node {{ ...f{n + 1} }} }}"
        for n in range(levels)
    )
    document = f"{{ opportunities {{ nodes {{ ...f0 }} }} }} {spread} fragment f{levels} on Opportunity {{ id }}"
    return (post(document) for _ in range(TIMES))


@posts("documents", "fragments in a circle", REFUSED)
def circle(target: Target) -> Iterator[Post]:
    around = many(20, 620)
    spread = " ".join(f"fragment f{n} on Query {{ ...f{(n + 1) % around} }}" for n in range(around))
    return (post(f"{{ ...f0 }} {spread}") for _ in range(TIMES))


@posts("documents", "every fragment spreads every other", REFUSED)
def all_in_all(target: Target) -> Iterator[Post]:
    number = many(8, 45)
    spread = " ".join(
        f"fragment f{n} on Query {{ {' '.join(f'...f{m}' for m in range(number))} }}" for n in range(number)
    )
    return (post(f"{{ ...f0 }} {spread}") for _ in range(TIMES))


@posts("documents", "one field a thousand times, to be merged", EITHER)
def overlapping(target: Target) -> Iterator[Post]:
    return (post("{" + "viewer { user { name } } " * many(50, 700) + "}") for _ in range(TIMES))


@posts("documents", "a conflict in every pair of fields", REFUSED)
def conflicting(target: Target) -> Iterator[Post]:
    fields = " ".join(
        f"viewer {{ a: user {{ b: name c: {'id' if n % 2 else 'role'} }} }}" for n in range(many(40, 320))
    )
    return (post("{" + fields + "}") for _ in range(TIMES))


@posts("documents", "fragments to be compared in pairs", EITHER)
def pairs(target: Target) -> Iterator[Post]:
    number = many(20, 280)
    fragments = " ".join(f"fragment f{n} on Query {{ a{n}: viewer {{ user {{ name }} }} }}" for n in range(number))
    return (post("{" + " ".join(f"...f{n}" for n in range(number)) + "}" + fragments) for _ in range(TIMES))


@posts("documents", "unknown directives on one field", REFUSED)
def unknown_directives(target: Target) -> Iterator[Post]:
    return (post("{ viewer " + "@aa " * many(100, 2_400) + "{ user { name } } }") for _ in range(TIMES))


@posts("documents", "known directives by the thousand", REFUSED)
def known_directives(target: Target) -> Iterator[Post]:
    return (post("{ viewer " + "@skip(if: false) " * many(50, 690) + "{ user { name } } }") for _ in range(TIMES))


@posts("documents", "introspection in introspection", EITHER)
def introspection(target: Target) -> Iterator[Post]:
    inner = "name"
    for _ in range(6):
        inner = f"name fields {{ type {{ {inner} }} }}"
    return (post(f"{{ __schema {{ types {{ {inner} }} }} }}") for _ in range(TIMES))


@posts("documents", "introspection under a hundred aliases", EITHER)
def aliased_introspection(target: Target) -> Iterator[Post]:
    parts = " ".join(
        f"a{n}: __schema {{ types {{ name fields {{ name args {{ name }} }} }} }}" for n in range(many(20, 99))
    )
    return (post("{" + parts + "}") for _ in range(TIMES))


@posts("documents", "a thousand operations in a document", EITHER)
def operations(target: Target) -> Iterator[Post]:
    document = " ".join(f"query q{n} {{ viewer {{ user {{ name }} }} }}" for n in range(many(50, 450)))
    return (post(document, operationName=f"q{n % 50}") for n in range(TIMES))


@posts("documents", "a list of literals, nested two thousand deep", REFUSED)
def nested_literals(target: Target) -> Iterator[Post]:
    depth = many(100, 2_400)
    return (post("{ nodes(ids: " + "[" * depth + "]" * depth + ") { id } }") for _ in range(TIMES))


@posts("documents", "selections two thousand deep", REFUSED)
def nested_selections(target: Target) -> Iterator[Post]:
    depth = many(100, 1_600)
    return (post("{ viewer " + "{ user " * depth + "}" * depth + "}") for _ in range(TIMES))


@posts("documents", "a list of five thousand wrong literals", REFUSED)
def wrong_literals(target: Target) -> Iterator[Post]:
    values = " ".join(["OPEM"] * many(100, 4_900))
    return (post(f"{{ opportunities(filter: {{ status: [{values}] }}) {{ totalCount }} }}") for _ in range(TIMES))


@posts("documents", "a thousand variables that nobody uses", REFUSED)
def unused(target: Target) -> Iterator[Post]:
    declared = " ".join(f"$v{number}: Intt" for number in range(many(100, 1_200)))
    return (post(f"query({declared}) {{ viewer {{ user {{ name }} }} }}") for _ in range(TIMES))


@posts("documents", "a block of text with ninety thousand lines", EITHER)
def block(target: Target) -> Iterator[Post]:
    lines = "\n " * many(500, 45_000)
    return (post(f'{{ accounts(search: """{lines}""") {{ totalCount }} }}') for _ in range(TIMES))


@posts("documents", "a hundred thousand commas and comments", EITHER)
def commas(target: Target) -> Iterator[Post]:
    return (post("{" + ",#\n" * many(500, 33_000) + " viewer { user { name } } }") for _ in range(TIMES))


@posts("documents", "an unfinished string of 99,000 escapes", REFUSED)
def escapes(target: Target) -> Iterator[Post]:
    return (post('{ accounts(search: "' + "\\u00e4" * many(100, 16_000) + ") { totalCount } }") for _ in range(TIMES))


@posts("documents", "lists of operations", REFUSED)
def batches(target: Target) -> Iterator[Post]:
    one = b'{"query": "{ viewer { user { name } } }"}'
    return (Post(b"[" + b",".join([one] * many(20, 20_000)) + b"]") for _ in range(TIMES))
