"""The guidance report, for the vendor's people."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.database import database
from app.recommendations import report
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.ids import decode_given
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import ActionKind, ReadingKind
from schema.errors import ClientError
from schema.guidance.rules import vendors_own


@strawberry.input(description="Conditions on actions, all of which must hold. Values within a list are alternatives.")
class GuidanceReportFilter:
    since: date | None = strawberry.field(
        default=None, description=("Actions first shown on this date (UTC) or later.")
    )
    until: date | None = strawberry.field(
        default=None, description=("Actions first shown on this date (UTC) or earlier.")
    )
    playbook_key: str | None = strawberry.field(
        default=None, description=("Actions for opportunities on this playbook.")
    )
    stage_keys: list[str] | None = strawberry.field(
        default=None, description=("Actions proposed in one of these stages.")
    )
    kinds: list[ActionKind] | None = strawberry.field(
        default=None, description="Actions of one of these kinds. Doesn't narrow the model's usage."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description=("Actions for opportunities of this partner.")
    )
    prompt_version: str | None = strawberry.field(
        default=None, description=("Actions worded by this version of the prompt.")
    )
    model: str | None = strawberry.field(default=None, description="Actions worded by this language model.")

    def read(self) -> report.Filter:
        if self.since and self.until and self.since > self.until:
            raise ClientError("`since` is not after `until`.", argument=("filter", "since"))
        return report.Filter(
            since=self.since,
            until=self.until,
            playbook_key=self.playbook_key,
            stage_keys=self.stage_keys,
            kinds=self.kinds,
            partner_id=decode_given(self.partner_id, "ptr", "filter", "partnerId"),
            prompt_version=self.prompt_version,
            model=self.model,
        )


@strawberry.type(description="Statistics on the next best actions that were shown.")
class ActionFigures:
    shown: int = strawberry.field(
        description=("The number of actions that people who sell the opportunities have seen.")
    )
    accepted: int = strawberry.field(
        description=("The number of actions that somebody accepted, whether completed since or not.")
    )
    completed: int = strawberry.field(
        description=("The number of completed actions, reported by a person or evident from the opportunity.")
    )
    dismissed: int = strawberry.field(description="The number of dismissed actions.")
    ignored: int = strawberry.field(description="The number of actions that expired unanswered and not done.")
    median_seconds_to_act: float | None = strawberry.field(
        description=(
            "The median time in seconds from being shown to being accepted or completed; null if no action was."
        )
    )


@strawberry.type(description="Figures of a kind of action.")
class KindFigures:
    kind: ActionKind = strawberry.field(description="The kind of action.")
    figures: ActionFigures = strawberry.field(description="The figures.")


@strawberry.type(description="Figures of the actions that are based on a kind of reading.")
class ReadingFigures:
    reading: ReadingKind = strawberry.field(description="The kind of reading.")
    figures: ActionFigures = strawberry.field(description="The figures.")


@strawberry.type(description="Figures of a stage.")
class StageFigures:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    stage_key: str = strawberry.field(description="The key of the stage.")
    figures: ActionFigures = strawberry.field(description="The figures.")


@strawberry.type(description="Figures of a group.")
class NamedFigures:
    name: str = strawberry.field(
        description=("The key of the playbook, the version of the prompt or the name of the model.")
    )
    figures: ActionFigures = strawberry.field(description="The figures.")


@strawberry.type(description="A value and its number of occurrences.")
class Occurrences:
    text: str = strawberry.field(description="The value. Reasons are untrusted: escape them.")
    count: int = strawberry.field(description="The number of occurrences.")


@strawberry.type(description="The usage of a language model.")
class ModelUsage:
    model: str | None = strawberry.field(description="The model; null for the total of all models.")
    prompt_version: str | None = strawberry.field(
        description=("The version of the prompt; null for the total of all versions.")
    )
    calls: int = strawberry.field(description="The number of calls.")
    requests: int = strawberry.field(description="The number of HTTP requests, including retries.")
    input_tokens: int = strawberry.field(description="The number of input tokens.")
    output_tokens: int = strawberry.field(description="The number of output tokens.")
    cost: Decimal = strawberry.field(description="The cost, at the configured prices and in their currency.")
    median_milliseconds: float | None = strawberry.field(description="The median duration of a call in milliseconds.")


@strawberry.type(description="A report on the use of recommendations.")
class GuidanceReport:
    total: ActionFigures = strawberry.field(description="Figures of all actions.")
    by_kind: list[KindFigures] = strawberry.field(description="Figures by kind, most shown first.")
    by_stage: list[StageFigures] = strawberry.field(description="Figures by stage, most shown first.")
    by_playbook: list[NamedFigures] = strawberry.field(description="Figures by playbook, most shown first.")
    by_prompt_version: list[NamedFigures] = strawberry.field(
        description="Figures by version of the prompt, of the actions that a language model worded."
    )
    by_model: list[NamedFigures] = strawberry.field(
        description=("Figures by language model, of the actions that one worded.")
    )
    by_reading: list[ReadingFigures] = strawberry.field(
        description="Figures by kind of reading. Dismissed actions point to wrong or useless readings."
    )
    dismissal_reasons: list[Occurrences] = strawberry.field(
        description=f"The {report.MOST_REASONS} most frequent reasons for dismissals, most frequent first."
    )
    usage: ModelUsage = strawberry.field(description="The usage of all language models together.")
    usage_by_model: list[ModelUsage] = strawberry.field(
        description=("The usage by language model and version of the prompt.")
    )
    model_outcomes: list[Occurrences] = strawberry.field(
        description=(
            "The outcomes of requests to the language model, most frequent first: `DONE`, or the reason why the rules' "
            "answer was kept, such as `TIMEOUT`, `UNGROUNDED` (the answer went beyond the facts) or `BUDGET_USED_UP`."
        )
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


async def _report(requester: Requester, arguments: Mapping[str, Any]) -> GuidanceReport:
    vendors_own(requester)
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
        "A report on the use of recommendations. Reserved for the vendor; null and `FORBIDDEN` for others.",
    )
    async def guidance_report(
        self,
        info: Info,
        filter: Annotated[GuidanceReportFilter | None, strawberry.argument(description="Filters the actions.")] = None,
    ) -> GuidanceReport | None: ...
