"""Who contends for which document, with which requests."""

from collections.abc import Callable, Iterator

from bench import requests
from bench.answers import Contender, Different, check, moves, spread
from bench.documents import FIGURES
from bench.systems import Running
from bench.world import World
from schema import printed

READS = ("D1", "D2", "D3")
SHARES = 3
"""Of the movers: Stagepath's, the floor's, and those of the subscriptions."""
MOVED = '"blockers":[],"userErrors":[]'

Note = Callable[[str], None]


def contenders(asked: tuple[str, ...], world: World, running: dict[str, Running], note: Note) -> Iterator[Contender]:
    """Those who answer as Stagepath does; what is wrong with the others is noted."""
    for document in (*READS, "D4", *FIGURES, "R1", "R50", "P50", "N50"):
        if document not in asked or "stagepath" not in running:
            continue
        if document.startswith("R") and "recommendations(" not in printed():
            note(f"{document}: the schema has no recommendations yet")
        elif document == "D4":
            yield from _movers(world, running)
        else:
            yield from _checked(list(_readers(document, world, running)), note)


def _checked(contending: list[Contender], note: Note) -> Iterator[Contender]:
    """The first one is Stagepath."""
    try:
        wrong = check(contending[0], contending[1:])
    except Different as reason:
        note(str(reason))
        return
    for contender in contending:
        if contender.name in wrong:
            note(f"{contender.name} doesn't say the same: {wrong[contender.name]}")
        else:
            yield contender


def _readers(document: str, world: World, running: dict[str, Running]) -> Iterator[Contender]:
    makers = {"stagepath": requests.stagepath}
    if document in READS:
        makers |= {"postgraphile": requests.postgraphile, "mercurius": requests.mercurius}
    if document in (*READS, "D5"):
        makers |= {"stock": requests.stagepath}
    for name, make in makers.items():
        if name in running:
            yield Contender(name, document, running[name], spread(make(document, world)))
    if document in READS and "floor" in running:
        for kind in ("rows", "json"):
            yield Contender(kind, document, running["floor"], spread(requests.floor(kind, document, world)))


def _movers(world: World, running: dict[str, Running]) -> Iterator[Contender]:
    makers = {"stagepath": requests.stagepath_moves, "floor": requests.floor_moves}
    for share, (name, make) in enumerate(makers.items()):
        if name in running:
            lists = moves(world.movers(share, SHARES), lambda deals, make=make: make(world, deals))  # type: ignore[misc]
            yield Contender(name, "D4", running[name], lists, wanted=MOVED)
