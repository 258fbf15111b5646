"""How advice fares, for the vendor's people."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.database import database
from app.recommendations import report
from schema.context import Info
from schema.engine.declare import Asker, Made
from schema.engine.ids import decode
from schema.engine.run import root
from schema.engine.scans import Look, Scan
from schema.enums import ActionKind, ReadingKind
from schema.errors import ClientError
from schema.guidance.rules import vendors_own


@strawberry.input(description="Which actions are meant; conditions add up, and the values of a list are options.")
class GuidanceReportFilter:
    since: date | None = strawberry.field(default=None, description="First shown on this day (UTC) or later.")
    until: date | None = strawberry.field(default=None, description="First shown on this day (UTC) or earlier.")
    playbook_key: str | None = strawberry.field(default=None, description="For deals on this playbook.")
    stage_keys: list[str] | None = strawberry.field(default=None, description="Proposed in one of these stages.")
    kinds: list[ActionKind] | None = strawberry.field(
        default=None, description="Of one of these kinds. The model's usage is not narrowed by it."
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="For this partner's deals.")
    prompt_version: str | None = strawberry.field(default=None, description="Worded by this version of the prompt.")
    model: str | None = strawberry.field(default=None, description="Worded by this language model.")

    def read(self) -> report.Filter:
        if self.since and self.until and self.since > self.until:
            raise ClientError("`since` is not after `until`.", argument=("filter", "since"))
        return report.Filter(
            since=self.since,
            until=self.until,
            playbook_key=self.playbook_key,
            stage_keys=self.stage_keys,
            kinds=self.kinds,
            partner_id=None if self.partner_id is None else decode(self.partner_id, "ptr", "filter", "partnerId"),
            prompt_version=self.prompt_version,
            model=self.model,
        )


@strawberry.type(description="What became of actions that were shown.")
class ActionFigures:
    shown: int = strawberry.field(description="How many people who sell the deals have seen.")
    accepted: int = strawberry.field(description="How many of them somebody took on, done since or not.")
    completed: int = strawberry.field(description="How many were done: somebody said so, or the deal shows it.")
    dismissed: int = strawberry.field(description="How many were turned down.")
    ignored: int = strawberry.field(description="How many expired without an answer, and without having been done.")
    median_seconds_to_act: float | None = strawberry.field(
        description="From being shown to being taken on or done, at the median; null when none was."
    )


@strawberry.type(description="Figures of one kind of action.")
class KindFigures:
    kind: ActionKind = strawberry.field(description="The kind.")
    figures: ActionFigures = strawberry.field(description="Its figures.")


@strawberry.type(description="Figures of what rests on one kind of reading.")
class ReadingFigures:
    reading: ReadingKind = strawberry.field(description="The kind of reading.")
    figures: ActionFigures = strawberry.field(description="Its figures.")


@strawberry.type(description="Figures of one stage.")
class StageFigures:
    playbook_key: str = strawberry.field(description="The playbook.")
    stage_key: str = strawberry.field(description="The stage of it.")
    figures: ActionFigures = strawberry.field(description="Its figures.")


@strawberry.type(description="Figures of one group.")
class NamedFigures:
    name: str = strawberry.field(description="The playbook's key, the prompt's version or the model's name.")
    figures: ActionFigures = strawberry.field(description="Its figures.")


@strawberry.type(description="Something with how often it occurred.")
class Occurrences:
    text: str = strawberry.field(description="What occurred. Reasons are untrusted: escape them.")
    count: int = strawberry.field(description="How often.")


@strawberry.type(description="What a language model took.")
class ModelUsage:
    model: str | None = strawberry.field(description="The model; null for the sum of all.")
    prompt_version: str | None = strawberry.field(description="The prompt's version; null for the sum of all.")
    calls: int = strawberry.field(description="How often it was asked.")
    requests: int = strawberry.field(description="How many requests that took, retries included.")
    input_tokens: int = strawberry.field(description="Tokens of the questions.")
    output_tokens: int = strawberry.field(description="Tokens of the answers.")
    cost: Decimal = strawberry.field(description="What it cost, at the configured prices and in their currency.")
    median_milliseconds: float | None = strawberry.field(description="How long an answer took at the median.")


@strawberry.type(description="How advice fares.")
class GuidanceReport:
    total: ActionFigures = strawberry.field(description="All actions.")
    by_kind: list[KindFigures] = strawberry.field(description="By kind; most shown first.")
    by_stage: list[StageFigures] = strawberry.field(description="By stage; most shown first.")
    by_playbook: list[NamedFigures] = strawberry.field(description="By playbook; most shown first.")
    by_prompt_version: list[NamedFigures] = strawberry.field(
        description="By version of the prompt, of what a language model worded."
    )
    by_model: list[NamedFigures] = strawberry.field(description="By model, of what a language model worded.")
    by_reading: list[ReadingFigures] = strawberry.field(
        description="By what a language model had read out of a text; those dismissed were read wrongly, or of no use."
    )
    dismissal_reasons: list[Occurrences] = strawberry.field(
        description=f"Why actions were turned down; the {report.MOST_REASONS} most frequent, most frequent first."
    )
    usage: ModelUsage = strawberry.field(description="What all language models took together.")
    usage_by_model: list[ModelUsage] = strawberry.field(description="By model and version of the prompt.")
    model_outcomes: list[Occurrences] = strawberry.field(
        description="What became of asking: `DONE`, or why the rules' answer stood, such as `TIMEOUT`, `UNGROUNDED` "
        "(the answer went beyond the facts) or `BUDGET_USED_UP`; most frequent first."
    )


def _figures(fared: report.Fared) -> ActionFigures:
    return ActionFigures(
        shown=fared.shown,
        accepted=fared.accepted,
        completed=fared.completed,
        dismissed=fared.dismissed,
        ignored=fared.ignored,
        median_seconds_to_act=fared.median_seconds,
    )


def _named(groups: Mapping[str, report.Fared]) -> list[NamedFigures]:
    return [NamedFigures(name=name, figures=_figures(fared)) for name, fared in groups.items()]


def _occurrences(counted: Sequence[tuple[str, int]]) -> list[Occurrences]:
    return [Occurrences(text=text, count=count) for text, count in counted]


def _usage(used: report.Usage) -> ModelUsage:
    return ModelUsage(
        model=used.model,
        prompt_version=used.prompt_version,
        calls=used.calls,
        requests=used.requests,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost=used.cost,
        median_milliseconds=used.median_milliseconds,
    )


async def _report(asker: Asker, arguments: Mapping[str, Any]) -> GuidanceReport:
    vendors_own(asker)
    wanted: GuidanceReportFilter = arguments.get("filter") or GuidanceReportFilter()
    found = await report.guidance_report(database(), wanted.read())
    return GuidanceReport(
        total=_figures(found.total),
        by_kind=[KindFigures(kind=ActionKind(kind), figures=_figures(one)) for kind, one in found.by_kind.items()],
        by_stage=[
            StageFigures(playbook_key=playbook, stage_key=stage, figures=_figures(one))
            for (playbook, stage), one in found.by_stage.items()
        ],
        by_playbook=_named(found.by_playbook),
        by_prompt_version=_named(found.by_prompt_version),
        by_model=_named(found.by_model),
        by_reading=[
            ReadingFigures(reading=ReadingKind(kind), figures=_figures(one)) for kind, one in found.by_reading.items()
        ],
        dismissal_reasons=_occurrences(found.reasons),
        usage=_usage(found.usage_total),
        usage_by_model=[_usage(one) for one in found.usage],
        model_outcomes=_occurrences(found.verdicts),
    )


@strawberry.type
class GuidanceReportQuery:
    @root(
        Made(_report, rows=10, scan=Scan("next_best_action", always=Look.THROUGH, times=2)),
        "How advice fares: what was shown and what became of it. For the vendor's people.",
    )
    async def guidance_report(
        self,
        info: Info,
        filter: Annotated[GuidanceReportFilter | None, strawberry.argument(description="Which actions.")] = None,
    ) -> GuidanceReport: ...
