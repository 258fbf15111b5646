"""Deals of the past, as predictions know them."""

from collections.abc import Sequence
from random import Random

from app.prediction.deal import Deal, End, Entry
from app.prediction.shape import Shape

STAGES = ("qualify", "propose", "negotiate")
SHAPE = Shape(
    order={stage: place for place, stage in enumerate(STAGES)},
    of_playbook={"qualify": 0.2, "propose": 0.4, "negotiate": 0.7, "won": 1.0, "lost": 0.0},
    won=frozenset({"won"}),
    lost=frozenset({"lost"}),
)
BEGIN = 20_000.0
"""A day of 2024."""


def deal(
    *moves: tuple[float, str],
    id: str = "d",
    amount: float | None = 1_000.0,
    partner: str | None = None,
    created: float | None = None,
    **more: object,
) -> Deal:
    """`moves`: days after `BEGIN`, and stages; the last may be won or lost."""
    entries = tuple(Entry(BEGIN + at, stage) for at, stage in moves if stage in STAGES)
    ends = [End(BEGIN + at, stage, stage == "won") for at, stage in moves if stage in ("won", "lost")]
    begun = entries[0].at if created is None else BEGIN + created
    return Deal(
        id=id,
        playbook="p",
        created=begun,
        entries=entries,
        end=ends[-1] if ends else None,
        partners=((begun, partner),),
        amounts=((begun, amount),),
        **more,  # type: ignore[arg-type]
    )


def history(count: int, seed: int = 1, partners: Sequence[str | None] = (None,), until: float = 200.0) -> list[Deal]:
    """Of a market in which small deals are won more often; what ends after `until` is open."""
    drawn = Random(seed)
    return [_one(drawn, number, partners[number % len(partners)], until) for number in range(count)]


def _one(drawn: Random, number: int, partner: str | None, until: float) -> Deal:
    at, size = drawn.uniform(0, 180), drawn.gauss(0, 1)
    moves: list[tuple[float, str]] = [(at, STAGES[0])]
    for following in (*STAGES[1:], "won"):
        at += drawn.expovariate(1 / 6)
        if drawn.random() < 0.28 + 0.12 * (size > 0):
            moves.append((at, "lost"))
            break
        moves.append((at, following))
    seen = [move for move in moves if move[0] <= until] or moves[:1]
    return deal(*seen, id=f"d{number:05}", amount=1_000 * 2**size, partner=partner)
