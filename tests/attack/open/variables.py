"""Variables that are wrong, too many, too deep or too long: whatever they are, before anything is looked up."""

import random
from collections.abc import Iterator

from tests.attack.ledger import EITHER, REFUSED, Right
from tests.attack.posting import Post, post, posts, raw
from tests.attack.target import Target
from tests.hunts import size

DEALS = "query($i: OpportunityFilter) { opportunities(first: 1, filter: $i) { totalCount } }"
UPDATE = "mutation($i: UpdateOpportunityInput!) { updateOpportunity(input: $i) { userErrors { code } } }"
CREATE = "mutation($i: CreateOpportunityInput!) { createOpportunity(input: $i) { userErrors { code } } }"
PLAYBOOK = "mutation($i: UpdatePlaybookInput!) { updatePlaybook(input: $i) { userErrors { code } } }"
TIMES = size(2, whole=6)


def many(sample: int, whole: int) -> int:
    return size(sample, whole=whole)


@posts("variables", "unknown keys of a filter", REFUSED)
def unknown_keys(target: Target) -> Iterator[Post]:
    keys = {f"k{number}": 1 for number in range(many(200, 40_000))}
    return (post(DEALS, {"i": keys}) for _ in range(TIMES))


@posts("variables", "unknown keys of a mutation's input", REFUSED)
def unknown_keys_of_a_mutation(target: Target) -> Iterator[Post]:
    keys = {"opportunityId": target.deal} | {f"nam{number}": "x" for number in range(many(200, 30_000))}
    return (post(UPDATE, {"i": keys}, "seller") for _ in range(TIMES))


@posts("variables", "wrong values of an enum", REFUSED)
def wrong_enums(target: Target) -> Iterator[Post]:
    return (post(DEALS, {"i": {"status": ["OPEM"] * many(200, 60_000)}}) for _ in range(TIMES))


@posts("variables", "right values of an enum, far too many", EITHER)
def right_enums(target: Target) -> Iterator[Post]:
    return (post(DEALS, {"i": {"status": ["OPEN"] * many(200, 100_000)}}) for _ in range(TIMES))


@posts("variables", "objects where ids are meant", REFUSED)
def objects_for_ids(target: Target) -> Iterator[Post]:
    return (post(DEALS, {"i": {"ids": [{"id": n} for n in range(many(200, 50_000))]}}) for _ in range(TIMES))


@posts("variables", "malformed ids by the thousand", EITHER)
def malformed_ids(target: Target) -> Iterator[Post]:
    document = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    return (post(document, {"i": [f"nothing-{n}" for n in range(many(200, 40_000))]}) for _ in range(TIMES))


@posts("variables", "variables that no operation declares", EITHER)
def undeclared(target: Target) -> Iterator[Post]:
    extra = {f"v{number}": [number] for number in range(many(200, 50_000))}
    return (post("{ viewer { user { name } } }", extra) for _ in range(TIMES))


@posts("variables", "lists of lists, a hundred thousand deep", REFUSED)
def deep_lists(target: Target) -> Iterator[Post]:
    depth = many(200, 100_000)
    return (raw(DEALS, '{"i": {"ids": ' + "[" * depth + "]" * depth + "}}") for _ in range(TIMES))


@posts("variables", "lists of lists, nine hundred deep", REFUSED)
def less_deep_lists(target: Target) -> Iterator[Post]:
    depth = many(50, 900)
    return (raw(DEALS, '{"i": {"ids": ' + '["x",' * depth + "1" + "]" * depth + "}}") for _ in range(TIMES))


@posts("variables", "objects in objects", REFUSED)
def deep_objects(target: Target) -> Iterator[Post]:
    depth = many(50, 900)
    return (raw(DEALS, '{"i": ' + '{"amount":' * depth + "1" + "}" * depth + "}") for _ in range(TIMES))


@posts("variables", "one long text to search for", EITHER)
def long_search(target: Target) -> Iterator[Post]:
    return (post(DEALS, {"i": {"search": "a" * many(9_000, 900_000)}}) for _ in range(TIMES))


@posts("variables", "a hundred thousand words to search for", EITHER)
def wordy_search(target: Target) -> Iterator[Post]:
    words = " ".join(f"w{number:x}" for number in range(many(500, 100_000)))
    return (post(DEALS, {"i": {"search": words}}) for _ in range(TIMES))


@posts("variables", "a whole number of 900,000 digits", REFUSED)
def huge_integer(target: Target) -> Iterator[Post]:
    document = "query($n: Int) { opportunities(first: $n) { totalCount } }"
    return (raw(document, '{"n": ' + "7" * many(5_000, 900_000) + "}") for _ in range(TIMES))


@posts("variables", "decimals with exponents of a million", EITHER)
def huge_exponents(target: Target) -> Iterator[Post]:
    ranges = [{"min": sign + "1e" + exponent} for sign in ("", "-") for exponent in ("999999", "-999999", "99999999")]
    return (post(DEALS, {"i": {"amount": one}}) for one in ranges * TIMES)


@posts("variables", "a decimal of 900,000 digits", EITHER)
def long_decimal(target: Target) -> Iterator[Post]:
    digits = "9" * many(5_000, 900_000)
    amounts = [{"amount": digits, "currency": "EUR"}, {"amount": "0." + digits, "currency": "EUR"}]
    return (post(CREATE, {"i": {"name": "x", "accountName": "x", "amount": one}}, "seller") for one in amounts * TIMES)


@posts("variables", "answers to questions that nobody asked", Right(refused=None, size=500_000))
def many_answers(target: Target) -> Iterator[Post]:
    answers = [{"questionKey": f"q{number}", "answer": "x"} for number in range(many(100, 15_000))]
    return (
        post(UPDATE, {"i": {"opportunityId": target.deal, "qualification": answers}}, "seller") for _ in range(TIMES)
    )


@posts("variables", "a playbook of five thousand stages", Right(refused=None, size=500_000))
def many_stages(target: Target) -> Iterator[Post]:
    stage = {"name": "x", "forecastCategory": "PIPELINE", "winProbability": 0.1}
    stages = [stage | {"key": f"s{number}"} for number in range(many(60, 5_000))]
    return (
        post(PLAYBOOK, {"i": {"playbookId": target.playbooks[0]["id"], "stages": stages}}, "admin") for _ in range(2)
    )


@posts("variables", "a thousand declared variables, each wrong", REFUSED)
def all_wrong(target: Target) -> Iterator[Post]:
    names = [f"v{number}" for number in range(many(50, 700))]
    declared, used = (
        " ".join(f"${name}: Int!" for name in names),
        " ".join(f"{n}: opportunities(first: ${n}) {{ totalCount }}" for n in names[:90]),
    )
    return (post(f"query({declared}) {{ {used} }}", dict.fromkeys(names, "no")) for _ in range(TIMES))


@posts("variables", "an id of a change, 900 kB long", EITHER)
def long_mutation_id(target: Target) -> Iterator[Post]:
    changes = {"opportunityId": target.deal, "clientMutationId": "m" * many(9_000, 900_000)}
    return (post(UPDATE, {"i": changes}, "seller") for _ in range(TIMES))


@posts("variables", "one key a hundred thousand times", EITHER)
def repeated_key(target: Target) -> Iterator[Post]:
    return (raw(DEALS, '{"i": {' + '"stalled": true,' * many(200, 60_000) + '"stalled": false}}') for _ in range(TIMES))


@posts("variables", "numbers that JSON doesn't have", Right(refused=None, size=200_000))
def not_numbers(target: Target) -> Iterator[Post]:
    documents = ("query($n: Int) { opportunities(first: $n) { totalCount } }", DEALS)
    values = ("NaN", "Infinity", "-Infinity", "1e400", "-0", "1e-400", "9007199254740993", "2147483648")
    return (
        raw(document, f'{{"n": {value}, "i": {{"amount": {{"min": {value}}}}}}}')
        for document in documents
        for value in values * TIMES
    )


@posts("variables", "random bodies that are no JSON", REFUSED)
def no_json(target: Target) -> Iterator[Post]:
    chance = random.Random(12)
    return (Post(b'{"query": "' + chance.randbytes(many(500, 200_000))) for _ in range(many(3, 30)))
