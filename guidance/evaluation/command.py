"""`python -m guidance.evaluation`: measure the advice, and say by the exit status what came of it."""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from guidance.evaluation.answers import ModelResult, model_result, rules_result
from guidance.evaluation.golden import Golden, read_golden
from guidance.evaluation.groups import by_kind, by_playbook, by_rule
from guidance.evaluation.measure import Figures
from guidance.evaluation.misses import told
from guidance.evaluation.playbooks import Unmeasurable
from guidance.evaluation.results import keep
from guidance.evaluation.thresholds import Thresholds, read_thresholds, shortfalls
from guidance.evaluation.wording import Wording as Measures
from guidance.prompts import UnknownPrompt
from guidance.wording import Wording

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""Cases are told relative to the time of asking, so that any will do."""
PASS, REGRESSION, UNMEASURABLE = 0, 1, 2


def evaluate(
    cases: Annotated[Path, typer.Option(help="Folder of the golden cases and their thresholds.")] = Path(
        "tests/guidance/cases"
    ),
    playbooks: Annotated[Path, typer.Option(help="Folder of the playbooks that the cases speak of.")] = Path(
        "app/playbooks/templates"
    ),
    model: Annotated[str | None, typer.Option(help="A model of the server at OPENAI_BASE_URL, asked as well.")] = None,
    prompt: Annotated[str, typer.Option(help="Version of the prompt for the model.")] = "v3",
    timeout: Annotated[
        float,
        typer.Option(envvar="STAGEPATH_LLM_TIMEOUT_SECONDS", help="Seconds that one answer of the model may take."),
    ] = 30.0,
    wording: Annotated[
        Wording, typer.Option(case_sensitive=False, envvar="STAGEPATH_LLM_WORDING", help="Whose words are judged.")
    ] = Wording.COMPOSED,
    results: Annotated[Path | None, typer.Option(help="JSON file to keep the model's results in.")] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the figures by rule, and the model's misses as well.")
    ] = False,
) -> None:
    """Measure next best actions on golden cases. Exit status: 0 pass, 1 regression, 2 unmeasurable."""
    console = Console(soft_wrap=True)
    try:
        status = _evaluated(console, cases, playbooks, model, prompt, timeout, wording, results, verbose)
    except (Unmeasurable, UnknownPrompt, ValueError) as fault:
        console.print(f"unmeasurable: {fault}", markup=False)
        status = UNMEASURABLE
    raise typer.Exit(status)


def _evaluated(
    console: Console,
    cases: Path,
    playbooks: Path,
    model: str | None,
    prompt: str,
    timeout: float,
    words: Wording,
    results: Path | None,
    verbose: bool,
) -> int:
    wanted, golden = read_thresholds(cases), read_golden(cases, playbooks, AT)
    rules = rules_result(golden, AT)
    rows = {"rules, cases open to tuning": rules.tuned, "rules, held-out cases": rules.held_out}
    failures = [f"rule {lost.rule} raised {lost.error}" for lost in rules.lost]
    if model:
        asked = asyncio.run(_asked(golden, model, prompt, timeout, words))
        name = f"{model}, prompt {prompt}"
        rows[name] = asked.figures
        console.print(
            f"{name}: {asked.answered} answered, {asked.refused} refused, {asked.unavailable} without an answer, "
            f"{asked.tokens} tokens"
        )
        if results:
            _compare(console, keep(results, f"{prompt}/{model}", asked, datetime.now(UTC).date()))
        if not asked.answered + asked.refused:
            raise Unmeasurable(f"{model} answered no case")
        console.print(_wordings({"rules": asked.wording_by_rules, name: asked.wording}))
    console.print(_table(rows))
    console.print(_table(by_playbook(rules.marked), "rules, by playbook"))
    console.print(_kinds(by_kind(rules.marked)))
    for case, marks, answer in rules.answers:
        if any(marks.faults):
            console.print("\n".join(told(case, marks, answer, AT)), markup=False)
    if verbose:
        console.print(_table(by_rule(rules.marked), "cases that need the rule"))
        _show(console, {name: figures for name, figures in rows.items() if not name.startswith("rules")})
    failures += [f"{name}: {fault}" for name, figures in rows.items() for fault in _faults(figures, wanted)]
    for failure in failures:
        console.print(f"regression: {failure}", markup=False)
    return REGRESSION if failures else PASS


def _faults(figures: Figures, wanted: Thresholds) -> list[str]:
    return list(shortfalls(figures, wanted))


async def _asked(
    golden: list[Golden],
    model: str,
    prompt: str,
    timeout: float,  # noqa: ASYNC109 (of one request)
    words: Wording,
) -> ModelResult:
    url, key = os.environ.get("OPENAI_BASE_URL"), os.environ.get("OPENAI_API_KEY")
    if not url or not key:
        raise Unmeasurable("a model is asked at OPENAI_BASE_URL with OPENAI_API_KEY; set both")
    from guidance.openai_writer import OpenAIWriter, Server  # the client takes a second to load

    writer = OpenAIWriter(Server(url, key, model, timeout=timeout, deadline=3 * timeout))
    try:
        return await model_result(golden, writer, prompt, AT, words)
    finally:
        await writer.close()


def _table(rows: Mapping[str, Figures], title: str = "") -> Table:
    columns = ("cases", "must-have recall", "precision@3", "forbidden", "misplaced", "misspoken", "with evidence")
    table = Table(title, *columns)
    for name, figures in rows.items():
        table.add_row(
            name,
            str(figures.cases),
            f"{figures.must_recall:.3f}",
            f"{figures.precision:.3f}",
            str(figures.forbidden),
            str(figures.misplaced),
            str(figures.misspoken),
            f"{figures.evidence:.3f}",
        )
    return table


def _kinds(rows: Mapping[str, tuple[int, int, int]]) -> Table:
    table = Table("rules, by kind", "expected", "found", "forbidden")
    for kind, counts in rows.items():
        table.add_row(kind, *map(str, counts))
    return table


def _wordings(rows: dict[str, Measures]) -> Table:
    """Of the answers that were taken."""
    table = Table("wording", "answers", "reordered", "own candidate nearest", "drafts kept", "scaffolding", "repeated")
    for name, one in rows.items():
        table.add_row(
            name,
            str(one.answers),
            str(one.reordered),
            f"{one.nearest} of {one.actions}",
            f"{one.kept} of {one.drafts}",
            str(one.scaffolding),
            str(one.repeated),
        )
    return table


def _show(console: Console, rows: dict[str, Figures]) -> None:
    for name, figures in rows.items():
        for marks in figures.marks:
            if said := "; ".join(marks.faults):
                console.print(f"{name}: {marks.case}: {said}", markup=False)


def _compare(console: Console, kept: dict[str, Any]) -> None:
    table = Table("kept results", "must-have recall", "precision@3", "forbidden", "refused", "on")
    for name, one in sorted(kept.items()):
        table.add_row(
            name, *(str(one.get(key, "")) for key in ("must_recall", "precision", "forbidden", "refused", "on"))
        )
    console.print(table)
