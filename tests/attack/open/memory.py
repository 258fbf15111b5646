"""What differs from request to request, so that whoever keeps something for each keeps much."""

import base64
import json
import uuid
from collections.abc import Iterator

from tests.attack.ledger import EITHER, REFUSED
from tests.attack.posting import Post, post, posts
from tests.attack.target import Target
from tests.hunts import size

VIEWER = "{ viewer { user { name } } }"


def many(whole: int) -> range:
    return range(size(10, whole=whole))


@posts("memory", "fifteen hundred documents with a hundred aliases", EITHER, limit=240)
def documents(target: Target) -> Iterator[Post]:
    for turn in many(1_500):
        fields = " ".join(f"a{turn}x{n}: viewer {{ user {{ name role }} }}" for n in range(100))
        yield post("{" + fields + "}", who="anyone")


@posts("memory", "fifteen hundred documents with a hundred pages", EITHER, limit=240)
def pages(target: Target) -> Iterator[Post]:
    part = "playbook {{ key }} stage {{ name definition }} account {{ name }}"
    for turn in many(1_500):
        fields = " ".join(f'b{turn}x{n}: opportunity(id: "{n}") {{ {part.format()} }}' for n in range(100))
        yield post("{" + fields + "}", who="anyone")


@posts("memory", "documents as long as they may be", EITHER, limit=240)
def long_documents(target: Target) -> Iterator[Post]:
    return (post(VIEWER + f"#{turn}" + "x" * size(1_000, whole=95_000), who="anyone") for turn in many(1_500))


@posts("memory", "ten thousand short documents", EITHER, limit=240)
def short_documents(target: Target) -> Iterator[Post]:
    return (post(f"{{ n{turn}: viewer {{ user {{ name }} }} }}", who="anyone") for turn in many(10_000))


@posts("memory", "ten thousand names of operations", EITHER, limit=240)
def names(target: Target) -> Iterator[Post]:
    return (post(f"query n{turn} {VIEWER}", operationName=f"n{turn}") for turn in many(10_000))


@posts("memory", "ten thousand literals", EITHER, limit=240)
def literals(target: Target) -> Iterator[Post]:
    part = '{{ accounts(first: 1, search: "{}") {{ nodes {{ id }} }} }}'
    return (post(part.format("s" * 2_000 + str(turn)), who="anyone") for turn in many(5_000))


@posts("memory", "ten thousand ids of requests", EITHER, limit=240)
def request_ids(target: Target) -> Iterator[Post]:
    body = post(VIEWER).body
    return (Post(body, extra=[("X-Request-ID", f"{turn}-" + "r" * 100)]) for turn in many(10_000))


@posts("memory", "five thousand tokens that nobody gave", REFUSED, limit=240)
def tokens(target: Target) -> Iterator[Post]:
    body = post(VIEWER).body
    for turn in many(5_000):
        parts = [{"alg": "RS256", "kid": f"k{turn}", "typ": "JWT"}, {"sub": str(uuid.UUID(int=turn)), "x": "y" * 500}]
        forged = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        yield Post(body, who=None, extra=[("Authorization", f"Bearer {forged}.{'A' * 86}")])


@posts("memory", "two hundred sets of variables of half a megabyte", EITHER, limit=240)
def variables(target: Target) -> Iterator[Post]:
    document = "query($s: String) { accounts(first: 1, search: $s) { nodes { id } } }"
    return (post(document, {"s": f"{turn}" + "v" * size(1_000, whole=500_000)}) for turn in many(200))


@posts("memory", "five thousand cursors", REFUSED, limit=240)
def cursors(target: Target) -> Iterator[Post]:
    document = "query($c: Cursor) { opportunities(first: 1, after: $c) { nodes { id } } }"
    for turn in many(5_000):
        yield post(document, {"c": base64.urlsafe_b64encode(f"{turn}".encode() * 50).decode()})


@posts("memory", "wrong documents, all different", REFUSED, limit=240)
def wrong_documents(target: Target) -> Iterator[Post]:
    return (post(f"{{ unknown{turn}({'a' * 1_000}: 1) }}", who="anyone") for turn in many(5_000))


@posts("memory", "fingerprints of documents that nobody stored", REFUSED, limit=240)
def fingerprints(target: Target) -> Iterator[Post]:
    for turn in many(5_000):
        yield post("", extensions={"persistedQuery": {"version": 1, "sha256Hash": f"{turn:064x}"}})


@posts("memory", "ten thousand ids of changes", EITHER, limit=240)
def changes(target: Target) -> Iterator[Post]:
    document = "mutation($i: UpdateOpportunityInput!) { updateOpportunity(input: $i) { userErrors { code } } }"
    for turn in many(1_000):
        yield post(
            document, {"i": {"opportunityId": target.deal, "clientMutationId": f"c{turn}", "nextStep": f"{turn}"}}
        )
