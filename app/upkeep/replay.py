"""`stagepath guidance replay`: what other rankings would have been worth, from the log of drawn orders alone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.command import MISUSED, explained
from app.recommendations.shown_log import Outcome, drawn_slates
from app.settings import Settings
from app.start import opened
from guidance.actions import ActionKind, Urgency
from guidance.replay.estimates import LEAST_EFFECTIVE, Estimate, Interval, TooFew, estimate
from guidance.replay.rankings import NAMED, Ranking, by_score, served
from guidance.replay.slates import Slate
from guidance.scoring import SCALES, Scales

TOO_FEW = 3
"""Exit status, besides those of every command: the log doesn't say yet."""
Above = Annotated[float, Field(gt=0, le=100)]


class Weights(BaseModel):
    """What a file of weights may say; the rest is as it is. Kinds and urgencies by name."""

    model_config = ConfigDict(extra="forbid")

    value: Mapping[ActionKind, Above] = {}
    urgency: Mapping[Urgency, Above] = {}
    taking_up_minutes: Annotated[float, Field(ge=0, le=480)] = SCALES.taking_up_minutes
    refused: Annotated[float, Field(gt=0, le=1)] = SCALES.refused

    def scales(self) -> Scales:
        return replace(
            SCALES,
            value={**SCALES.value, **self.value},
            urgency={**SCALES.urgency, **self.urgency},
            taking_up_minutes=self.taking_up_minutes,
            refused=self.refused,
        )


def replay(
    ranking: Annotated[
        list[str] | None,
        typer.Option(help=f"Which to measure, any of {', '.join(NAMED)}; without one, all. May be repeated."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="YAML file with other values, urgencies or taking_up_minutes for the score.")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Version of a prompt: the order that a model gave by it, where it did.")
    ] = None,
    outcome: Annotated[
        Outcome, typer.Option(help="What counts: that somebody answered, or that the deal shows it was done.")
    ] = Outcome.ANSWERED,
    places: Annotated[int, typer.Option(min=1, max=8, help="How many of the first places count.")] = 3,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, in UTC.")] = None,
) -> None:
    """Estimate from held-out deals how often advice would be acted on in another order. Exit status 3: too few yet."""
    with explained() as chosen:
        wanted = _wanted(ranking or (), weights, prompt)
        slates = asyncio.run(_read(chosen, outcome, since and since.date(), until and until.date()))
    asked = [one for one in slates if prompt is None or one.prompt_version == prompt]
    found = {name: estimate(asked, order, places) for name, order in wanted.items()}
    _show(found, asked, places, outcome)
    too_few = [one for one in found.values() if isinstance(one, TooFew)]
    if too_few:
        typer.echo(_refusal(max(one.effective for one in too_few), chosen.guidance_holdout), err=True)
        raise typer.Exit(TOO_FEW)


def _wanted(names: Sequence[str], weights: Path | None, prompt: str | None) -> dict[str, Ranking]:
    unknown = sorted(set(names) - NAMED.keys())
    if unknown:
        raise typer.BadParameter(f"there is no ranking “{unknown[0]}”; there are {', '.join(NAMED)}")
    wanted = {name: NAMED[name] for name in names}
    if weights is not None:
        wanted[weights.name] = by_score(_scales(weights))
    if prompt is not None:
        wanted[f"prompt {prompt}"] = served
    return wanted or dict(NAMED)


def _scales(path: Path) -> Scales:
    try:
        return Weights.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {}).scales()
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        typer.echo(f"{path}: it isn't YAML: {fault}", err=True)
    except ValidationError as fault:
        for one in fault.errors():
            typer.echo(f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}", err=True)
    raise typer.Exit(MISUSED)


async def _read(chosen: Settings, outcome: Outcome, since: date | None, until: date | None) -> list[Slate]:
    async with opened(chosen) as database:
        return await drawn_slates(database, outcome, since, until)


def _show(found: Mapping[str, Estimate | TooFew], slates: Sequence[Slate], places: int, outcome: Outcome) -> None:
    deals = len({slate.deal for slate in slates})
    stood = [
        slate.candidates[place].acted for slate in slates for place in slate.drawn if place < min(places, slate.first)
    ]
    share = f"{sum(stood) / len(stood):.3f}" if stood else "-"
    typer.echo(
        f"{len(slates)} drawn orders of {deals} deals; as drawn, {share} of the first {places} {outcome.value}.\n"
    )
    rows = [("ranking", "self-normalised", "doubly robust", "effective deals", "places")]
    for name, one in found.items():
        if isinstance(one, TooFew):
            rows.append((name, "too few", "too few", f"{one.effective:.0f}", "-"))
        else:
            rows.append((name, _said(one.snips), _said(one.doubly_robust), f"{one.effective:.0f}", str(one.places)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip())


def _said(one: Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _refusal(effective: float, share: float) -> str:
    held = "No deals are held out: set STAGEPATH_GUIDANCE_HOLDOUT above 0." if share == 0 else (
        f"Wait for more answers, hold out more deals (STAGEPATH_GUIDANCE_HOLDOUT is {share:g}), or begin earlier with "
        "--since."
    )  # fmt: skip
    return (
        f"TOO_FEW: a ranking marked “too few” rests on {effective:.0f} deals at most where {LEAST_EFFECTIVE:.0f} are "
        f"needed. {held}"
    )
