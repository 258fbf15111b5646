"""What Stagepath is held to, and whether it gets there: every bar is a ratio or a figure of one run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.documents import FIGURES
from bench.fanout import Delivery
from bench.load import Outcome

MILLISECONDS = 1_000.0
IDLE_LIMIT = 32 * 1024


@dataclass(slots=True)
class Findings:
    """All that a run measured: by document (or scenario) and contender, one entry for each round.

    `growth`: D2 by number of opportunities. `notes`: what could not be measured, and why.
    """

    answers: dict[tuple[str, str], list[Outcome]] = field(default_factory=dict)
    growth: dict[int, list[Outcome]] = field(default_factory=dict)
    deliveries: dict[tuple[str, str], list[Delivery]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` is None when something needed for it wasn't measured. `most`: the limit is an upper one."""

    text: str
    limit: float
    value: float | None
    unit: str = "×"
    most: bool = False

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value <= self.limit if self.most else self.value >= self.limit


Figure = Callable[[Outcome], float]


def server_cpu(outcome: Outcome) -> float:
    """Milliseconds for a request."""
    return MILLISECONDS * outcome.server / max(1, outcome.requests)


def postgres_cpu(outcome: Outcome) -> float:
    return MILLISECONDS * outcome.postgres / max(1, outcome.requests)


def total_cpu(outcome: Outcome) -> float:
    return server_cpu(outcome) + postgres_cpu(outcome)


def rate(outcome: Outcome) -> float:
    return outcome.requests / outcome.seconds


def ratio(over: Sequence[float], under: Sequence[float]) -> float | None:
    """The median over the rounds of the ratio within each: what slowed the machine slowed both."""
    pairs = [(a, b) for a, b in zip(over, under, strict=False) if b > 0]
    return median(a / b for a, b in pairs) if pairs else None


def bars(found: Findings) -> list[Bar]:
    return [*_answers(found), *_guidance(found), *_fanout(found)]


def _answers(found: Findings) -> Iterator[Bar]:
    def of(document: str, contender: str, figure: Figure) -> list[float]:
        return [figure(outcome) for outcome in found.answers.get((document, contender), [])]

    def dearer(document: str, contender: str, figure: Figure) -> float | None:
        return ratio(of(document, contender, figure), of(document, "stagepath", figure))

    def faster(document: str, contender: str) -> float | None:
        return ratio(of(document, "stagepath", rate), of(document, contender, rate))

    documents = ("D1", "D2", "D3")
    for document, limit in zip(documents, (3.0, 4.0, 5.0), strict=True):
        yield Bar(
            f"{document}: server CPU, PostGraphile 5 ÷ Stagepath", limit, dearer(document, "postgraphile", server_cpu)
        )
    for document, limit in zip(documents, (1.7, 2.0, 2.0), strict=True):
        yield Bar(f"{document}: server CPU, Mercurius ÷ Stagepath", limit, dearer(document, "mercurius", server_cpu))
    for document, limit in zip(documents, (2.0, 3.0, 3.0), strict=True):
        yield Bar(f"{document}: requests/s, Stagepath ÷ PostGraphile 5", limit, faster(document, "postgraphile"))
    for document in documents:
        value = dearer(document, "postgraphile", total_cpu)
        yield Bar(f"{document}: server + PostgreSQL CPU, PostGraphile 5 ÷ Stagepath", 2, value)
    for document in documents:
        floors = [value for name in ("rows", "json") if (value := faster(document, name)) is not None]
        yield Bar(f"{document}: requests/s, Stagepath ÷ the better floor", 0.75, min(floors, default=None))
    yield Bar("D2: requests/s, Stagepath ÷ stock executor", 6, faster("D2", "stock"))
    sizes = sorted(found.growth)
    small, large = ([o.p50 for o in found.growth[n]] for n in (sizes[0], sizes[-1])) if len(sizes) > 1 else ([], [])
    names = f"{sizes[-1]:,} opportunities ÷ {sizes[0]:,}" if sizes else "large ÷ small"
    yield Bar(f"D2: median time, {names}", 1.3, ratio(large, small), most=True)
    yield Bar("D4: requests/s, Stagepath ÷ the same SQL in bare asyncpg", 0.5, faster("D4", "floor"))
    for document in FIGURES:
        figures = of(document, "stagepath", postgres_cpu)
        least = median(figures) if figures else None
        yield Bar(f"{document}: PostgreSQL's CPU of a figure that dashboards read", 20, least, "ms", most=True)
    added = ratio(of("P50", "stagepath", total_cpu), of("D2", "stagepath", total_cpu))
    yield Bar("P50: server + PostgreSQL CPU, with predictions ÷ without", 1.05, added, most=True)


def _guidance(found: Findings) -> Iterator[Bar]:
    """What recommendations add to a deal, and what a whole page of them takes."""
    with_one, without = (found.answers.get((name, "stagepath"), []) for name in ("R1", "D1"))
    if with_one:
        pairs = zip(with_one, without, strict=False)
        added = median(server_cpu(a) - server_cpu(b) for a, b in pairs) if without else None
        yield Bar("R1: server CPU that recommendations add to one deal", 5, added, "ms", most=True)
    page = found.answers.get(("R50", "stagepath"), [])
    if page:
        yield Bar("R50: server CPU of a page of 50 with them", 60, median(map(server_cpu, page)), "ms", most=True)
    morning = found.answers.get(("N50", "stagepath"), [])
    if morning:
        least = median(map(postgres_cpu, morning))
        yield Bar("N50: PostgreSQL's CPU of the best 50 actions over 500 deals", 10, least, "ms", most=True)


def _fanout(found: Findings) -> Iterator[Bar]:
    def cost(scenario: str, contender: str) -> list[float]:
        return [delivery.server for delivery in found.deliveries.get((scenario, contender), [])]

    def ours(scenario: str) -> list[Delivery]:
        return found.deliveries.get((scenario, "stagepath"), [])

    mine = cost("S1", "stagepath")
    yield Bar("S1: server CPU per delivery, stock Strawberry ÷ Stagepath", 6, ratio(cost("S1", "stock"), mine))
    yield Bar("S1: server CPU per delivery, graphql-yoga ÷ Stagepath", 1.3, ratio(cost("S1", "yoga"), mine))
    delivered = [d for name in ("S1", "S1 large", "S2") for d in ours(name)]
    missing = sum(abs(d.expected - d.delivered) + d.wrong for d in delivered)
    yield Bar("S1, S2: events not delivered once and in order", 0, missing if delivered else None, "", most=True)
    for name, limit in (("S1", 100), ("S1 large", 300)):
        latency = median(d.p99 for d in ours(name)) if ours(name) else None
        yield Bar(f"{name}: 99th percentile of the time to delivery", limit, latency, "ms", most=True)
    idle = [d.idle / 1024 for d in ours("S1 large") or ours("S1")]
    yield Bar("Server memory per idle subscriber", IDLE_LIMIT / 1024, median(idle) if idle else None, "KiB", most=True)
