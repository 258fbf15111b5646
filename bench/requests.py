"""HTTP requests as bytes-to-be, ready before anything is timed."""

import json
from collections.abc import Mapping

from bench import documents, mornings
from bench.world import World, forth_and_back

HOST = "Host: 127.0.0.1\r\nAccept: application/json\r\n"


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\n{HOST}\r\n"


def post(path: str, body: Mapping[str, object], token: str | None = None) -> str:
    text = json.dumps(body, separators=(",", ":"))
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    length = len(text.encode())
    head = (
        f"POST {path} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n{authorization}Content-Length: {length}\r\n"
    )
    return f"{head}\r\n{text}"


def graphql(document: str, variables: Mapping[str, object], token: str | None = None) -> str:
    return post("/graphql", {"query": document, "variables": variables}, token)


BY_DEAL, BY_PARTNER = ("D1", "R1"), ("D2", "D3", "R50", "P50")
OF_VIEWERS = ("D6", "A2", "F2", "M2", "H2", "C2", "Y2")


def stagepath(document: str, world: World) -> list[str]:
    text = getattr(documents, document)
    if document in BY_DEAL:
        return [graphql(text, {"id": f"opp_{deal}"}, viewer.token) for viewer, deal in world.deals]
    if document in BY_PARTNER:
        return [graphql(text, {"partner": f"ptr_{viewer.partner}"}, viewer.token) for viewer in world.viewers]
    if document in OF_VIEWERS:
        return [graphql(text, {}, viewer.token) for viewer in world.viewers]
    if document == "N50":
        return [graphql(text, {}, viewer.token) for viewer in mornings.chosen(world.viewers)]
    return [graphql(text, {}, token) for token in world.vendor]


def postgraphile(document: str, world: World) -> list[str]:
    return _plain(documents.POSTGRAPHILE[document], document, world)


def mercurius(document: str, world: World) -> list[str]:
    return _plain(getattr(documents, document), document, world)


def _plain(text: str, document: str, world: World) -> list[str]:
    """Without tokens: these systems show everything to everybody."""
    if document in BY_DEAL:
        return [graphql(text, {"id": deal}) for _, deal in world.deals]
    return [graphql(text, {"partner": viewer.partner}) for viewer in world.viewers]


def floor(kind: str, document: str, world: World) -> list[str]:
    keys = [deal for _, deal in world.deals] if document in BY_DEAL else [viewer.partner for viewer in world.viewers]
    return [get(f"/{kind}/{document}/{key}") for key in keys]


REASON = "The customer asked for it"


def stagepath_moves(world: World, movers: list[str]) -> list[str]:
    """For one connection: its deals go forth one after the other, then back, and so on."""
    here, there = forth_and_back()

    def move(deal: str, stage: str) -> str:
        # What was confirmed in a stage is asked for anew once a deal came back to it.
        asked = {"opportunityId": f"opp_{deal}", "toStageKey": stage, "reason": REASON, "override": True}
        return graphql(documents.D4, {"input": asked}, world.vendor[0])

    return [move(deal, stage) for stage in (there, here) for deal in movers]


def floor_moves(world: World, movers: list[str]) -> list[str]:
    here, there = forth_and_back()

    def move(deal: str, stage: str, kind: str) -> str:
        asked = {"opportunityId": deal, "toStageKey": stage, "kind": kind, "reason": REASON}
        return post("/move", {**asked, "actor": world.vendor_id})

    return [move(deal, stage, kind) for stage, kind in ((there, "FORWARD"), (here, "BACK")) for deal in movers]
