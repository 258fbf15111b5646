"""Content that a playbook's document names, by key or by id."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.database import Transaction
from app.outcomes import UserError
from app.playbooks.documents import Document
from app.vocabulary import ErrorCode

_FIND = "SELECT id, key FROM content WHERE key = ANY ($1::text[]) OR id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE"

_ARCHIVED = """
SELECT s.key, l.content_id, l.position FROM stage_content l JOIN stage s ON s.id = l.stage_id
JOIN content c ON c.id = l.content_id WHERE s.playbook_id = $1 AND c.archived ORDER BY l.position, l.content_id
"""

Linked = dict[str, list[tuple[UUID, int]]]


async def find(tx: Transaction, references: Collection[str]) -> Mapping[str, Sequence[tuple[UUID, str]]]:
    """The pieces that each reference means, with their keys: an id one, a key all its translations; unknown ones are
    left out."""
    ids = {reference: id for reference in references if (id := _id(reference)) is not None}
    found: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    for row in await tx.fetch(_FIND, list(references), list(ids.values())):
        for name in (row["key"], str(row["id"])):
            found[name].append((row["id"], row["key"]))
    meant = {reference: found.get(str(ids.get(reference))) or found.get(reference) for reference in references}
    return {reference: pieces for reference, pieces in meant.items() if pieces}


async def resolve(tx: Transaction, stages: Sequence[Document]) -> tuple[Linked, list[UserError]]:
    """What to link to each stage, and what there is to complain of. A piece named twice keeps its best place, and its
    translations share that."""
    known = await find(tx, {reference for stage in stages for reference in stage["contents"]})
    links: Linked = {}
    faults: list[UserError] = []
    for s, stage in enumerate(stages):
        places: dict[UUID, int] = {}
        best: dict[str, int] = {}
        for place, reference in enumerate(stage["contents"]):
            for content_id, key in known.get(reference, ()):
                places.setdefault(content_id, best.setdefault(key, place))
            if reference not in known:
                path = ("stages", str(s), "contents", str(place))
                message = f"There is no content “{reference}”; create it first, or leave it out."
                faults.append(UserError(ErrorCode.INVALID, message, path))
        links[stage["key"]] = list(places.items())
    return links, faults


async def keep_archived(tx: Transaction, playbook_id: UUID, links: Linked) -> None:
    """Links to archived content stay with their stages: nobody who writes a stage can read, and so name, them."""
    for row in await tx.fetch(_ARCHIVED, playbook_id):
        linked = links.get(row["key"])
        if linked is not None and all(content_id != row["content_id"] for content_id, _ in linked):
            linked.append((row["content_id"], row["position"]))
            linked.sort(key=lambda link: (link[1], link[0]))


def _id(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None
