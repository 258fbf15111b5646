"""`stagepath predict`: models of what becomes of deals, by commands of whoever may use the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
import typer

from app.command import FAILED, MISUSED, explained, files_explained
from app.database import Database
from app.events import notify
from app.outcomes import Refused
from app.prediction import source, store
from app.prediction.apart import TrainingFailed, train_apart
from app.prediction.deal import days
from app.prediction.following import predict, predict_playbook
from app.prediction.nightly import train_playbook
from app.prediction.operating import roll_back
from app.prediction.report import cuts_from, end_of, judged, present, shown
from app.prediction.training_process import Order
from app.prediction.words import worded
from app.settings import Settings
from app.start import opened

T = TypeVar("T")

predictions = typer.Typer(help="Predictions of whether and when deals are won.", no_args_is_help=True)

PlaybookKey = Annotated[str | None, typer.Option("--playbook", metavar="KEY", help="Playbook; all, if not given.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Use only what was known at the end of this day (UTC).")
]
JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON, too.")]
_KEYS = """
SELECT DISTINCT p.key FROM playbook p JOIN opportunity o ON o.playbook_id = p.id
WHERE $1::text IS NULL OR p.key = $1 ORDER BY p.key
"""
_DEAL = """
SELECT o.id FROM opportunity o WHERE o.id::text = $1 OR concat('opp_', o.id) = $1 OR o.external_id = $1 OR o.name = $1
LIMIT 2
"""
_SAID = """
SELECT o.name, d.win_probability, d.low, d.high, d.base_rate, d.basis, d.reasons::text AS reasons,
  d.expected_close_date, d.earliest_close_date AS earliest, d.latest_close_date AS latest, d.previous, d.trend,
  d.as_of, m.version, m.deals
FROM prediction d JOIN opportunity o ON o.id = d.id JOIN prediction_model m ON m.id = d.model_id WHERE d.id = $1
"""


class Stopped(Exception):
    """What keeps the command from being done."""


@predictions.command()
def train(playbook: PlaybookKey = None, as_of: AsOf = None, json_file: JsonFile = None) -> None:
    """Train the models, put them in use, and predict all open deals."""
    until = _date(as_of)

    async def run(database: Database) -> list[dict[str, Any]]:
        at = datetime.now(UTC)
        made = []
        for key in await _keys(database, playbook):
            await train_playbook(database, key, at, None if until is None else end_of(until), even_if_held=True)
            predicted = await predict_playbook(database, key, at, rest=False)
            made += [row | {"predicted": predicted} for row in await store.described(database, key)]
        return made

    made = _run(run)
    for one in made:
        typer.echo(
            f"{one['playbook']} v{one['version']} {one['of_whom']}: {one['basis']} from {one['deals']:,} closed deals, "
            f"{one['wins']:,} of them won."
        )
        for said in (*one["warnings"], *(f"For the next basis: {what}" for what in one["missing"])):
            typer.echo(f"  {said}")
    _keep(json_file, made)


@predictions.command()
def backtest(
    playbook: PlaybookKey = None,
    as_of: AsOf = None,
    json_file: JsonFile = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="First cut; seven weeks after the first deal, if not given."),
    ] = None,
) -> None:
    """Predict deals of the past from what was known then, every fourth week, and print how good that was."""
    until, first = _date(as_of), _date(since)

    async def run(database: Database) -> dict[str, Any]:
        found = {}
        for key in await _keys(database, playbook):
            found[key] = await _tested(database, key, until, first)
        return found

    found = _run(run)
    for key, tested in found.items():
        typer.echo(f"{key}: {tested['deals']:,} deals as of {tested['as_of']}, {len(tested['cuts'])} cuts")
        if not tested["cuts"]:
            typer.echo("Too few closed deals for a back-test.")
        for line in (*shown(tested["lines"]), *judged(tested["verdict"])):
            typer.echo(line)
    _keep(json_file, found)


async def _tested(database: Database, key: str, until: date | None, first: date | None) -> dict[str, Any]:
    deals, shape = await source.of_playbook(database, key), await source.shape_of(database, key)
    at = days(datetime.now(UTC)) if until is None else end_of(until)
    now = at if until is not None else present(deals, at)
    there = [deal for deal in deals if deal.created <= now]
    cuts = cuts_from(there, now, first)
    answer = await train_apart(Order(there, now, shape, cuts=cuts)) if cuts else None
    return {
        "as_of": _day(now),
        "deals": len(there),
        "cuts": [_day(cut) for cut in cuts],
        "lines": answer.lines if answer is not None else [],
        "verdict": answer.verdict if answer is not None else {},
    }


@predictions.command()
def explain(deal: Annotated[str, typer.Argument(help="Id, external id or name of an open deal.")]) -> None:
    """Print what is predicted of a deal, and why."""

    async def run(database: Database) -> tuple[Any, list[str]]:
        rows = await database.fetch(_DEAL, deal)
        if len(rows) != 1:
            raise Stopped("There is no such deal." if not rows else "Several deals are called so; name one by its id.")
        id: UUID = rows[0]["id"]
        await predict(database, [id], datetime.now(UTC))
        said = await database.fetchrow(_SAID, id)
        if said is None:
            raise Stopped("The deal is closed.")
        reasons = worded(orjson.loads(said["reasons"]), "en")
        return said, [f"{one.points:+6.1f}  {one.text}" for one in reasons]

    said, reasons = _run(run)
    typer.echo(
        f"{said['name']}: {said['win_probability']:.1%} ({said['low']:.1%} to {said['high']:.1%}), {said['basis']}, "
        f"model v{said['version']} from {said['deals']:,} closed deals"
    )
    if said["expected_close_date"] is not None:
        typer.echo(f"Decided on {said['expected_close_date']} ({said['earliest']} to {said['latest']})")
    typer.echo(f"{said['base_rate'] * 100:6.1f}  Share won of all deals")
    for line in reasons:
        typer.echo(line)


@predictions.command(name="roll-back")
def go_back(
    playbook: Annotated[str, typer.Option("--playbook", metavar="KEY", help="Playbook.")],
    version: Annotated[int | None, typer.Option(help="Version; the one before, if not given.")] = None,
) -> None:
    """Put the models of an earlier training back in use."""

    async def run(database: Database) -> None:
        outcome = await roll_back(None, playbook, version)
        if isinstance(outcome, Refused):
            raise Stopped(outcome.errors[0].message)
        await predict_playbook(database, playbook, datetime.now(UTC), rest=False)

    _run(run)
    typer.echo("Done. Nightly training leaves it alone until `stagepath predict train`.")


async def _keys(database: Database, playbook: str | None) -> list[str]:
    keys = [row["key"] for row in await database.fetch(_KEYS, playbook)]
    if playbook is not None and not keys:
        raise Stopped("There is no deal on such a playbook.")
    return keys


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        typer.echo(f"{text} is no date such as 2026-03-31.", err=True)
        raise typer.Exit(MISUSED) from None


def _day(at: float) -> str:
    return datetime.fromtimestamp(at * 86_400, UTC).isoformat(timespec="seconds")


def _keep(path: Path | None, figures: object) -> None:
    if path is not None:
        with files_explained():
            path.write_bytes(orjson.dumps(figures, default=str, option=orjson.OPT_INDENT_2))


def _run(what: Callable[[Database], Awaitable[T]]) -> T:
    async def opened_for_it(chosen: Settings) -> T:
        async with opened(chosen) as database:
            found = await what(database)
            await notify(database)  # servers follow the log that this may have written to
            return found

    with explained() as chosen:
        try:
            return asyncio.run(opened_for_it(chosen))
        except (Stopped, TrainingFailed) as stopped:
            typer.echo(str(stopped), err=True)
            raise typer.Exit(FAILED) from None
