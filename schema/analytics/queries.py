"""The query for analytics."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.analytics.all_partners import AllPartners
from app.analytics.evidence import in_words
from app.analytics.findings import ABOUT_TIME, Finding
from app.analytics.outcomes import Days, Group, Month, Reason
from app.analytics.report import kept_analytics
from app.analytics.stages import Place
from app.analytics.stays import StageFigures
from app.database import database
from schema import one_currency
from schema.analytics.filters import LOOKS, AnalyticsFilter, cohort_of
from schema.analytics.types import (
    Analytics,
    AnalyticsFinding,
    AnalyticsGroup,
    Bottleneck,
    FunnelStage,
    NamedCount,
    StageVelocity,
    WinPoint,
    WonInOneCurrency,
)
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import FindingKind
from schema.figures import Rate, Spread
from schema.money import sums
from schema.one_currency import InForce

Stages = list[tuple[Place, StageFigures]]
_WITH_RATES = {one_currency.NAME, "groups", "wins"}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


async def _analytics(requester: Requester, arguments: Mapping[str, Any], names: Collection[str]) -> Analytics:
    wanted: AnalyticsFilter = arguments["filter"]
    cohort = cohort_of(wanted, requester.at)
    parts = {_CAPITAL.sub("_", name).lower() for name in names}
    if one_currency.NAME in names:
        parts.add("won_amount")
    found = await kept_analytics(database(), requester.viewer, cohort, wanted.group_by, parts - {"in_one_currency"})
    told, total = found.told, found.outcomes
    rates = await one_currency.in_force(found.as_of) if _WITH_RATES & set(names) else None
    return Analytics(
        as_of=found.as_of,
        deals=total.won + total.lost + total.open,
        open=total.open,
        won=total.won,
        lost=total.lost,
        win_rate=Rate.among(total.won, total.won + total.lost),
        won_amount=sums(total.won_amount),
        funnel=[_funnel(place, one, told.get((place.playbook_key, place.key))) for place, one in found.stages],
        velocity=[_velocity(place, one, told.get((place.playbook_key, place.key))) for place, one in found.stages],
        bottlenecks=_bottlenecks(found.stages),
        cycle=spread(total.cycle),
        wins=[_month(one, rates) for one in found.months],
        loss_reasons=_reasons(found.reasons),
        groups=[_group(one, rates) for one in found.groups],
        findings=[_finding(one) for one in found.findings],
        in_one_currency=_together(total.won_amount, rates),
    )


def _together(won: Mapping[str, Decimal], rates: InForce | None) -> WonInOneCurrency | None:
    if rates is None:
        return None
    found = rates.together({"won_amount": won})
    return WonInOneCurrency(currency=found.currency, missing=found.missing, **found.sums)


def spread(days: Days) -> Spread:
    return Spread.at(days.of, days.mean, days.points)


def _funnel(place: Place, one: StageFigures, told: AllPartners | None) -> FunnelStage:
    return FunnelStage(
        stage_id=place.stage_id,
        entered=one.entered,
        moved_on=one.moved_on,
        sent_back=one.sent_back,
        lost_here=one.lost_here,
        still_here=one.still_here,
        went_back=one.went_back,
        skipped=one.skipped,
        won=one.won,
        lost=one.lost,
        still_open=one.still_open,
        conversion=Rate.among(one.moved_on, one.entered),
        conversion_of_decided=Rate.among(one.moved_on, one.moved_on + one.lost_here),
        reached_win=Rate.among(one.won, one.entered),
        win_rate=Rate.among(one.won, one.won + one.lost),
        all_partners_win_rate=told and told.win_rate,
    )


def _velocity(place: Place, one: StageFigures, told: AllPartners | None) -> StageVelocity:
    return StageVelocity(
        stage_id=place.stage_id,
        stays=one.over,
        open=one.running,
        median=one.median,
        p80=one.p80,
        p95=one.p95,
        outlived=one.outlived,
        all_partners_median=told and told.median,
    )


def _bottlenecks(stages: Stages) -> list[Bottleneck]:
    everything = sum(one.days for _, one in stages)
    return [
        Bottleneck(
            stage_id=place.stage_id,
            share_of_time=one.days / everything if everything else 0.0,
            delay_days=one.excess_days / stays if (stays := one.over + one.running) else 0.0,
            days=one.days,
            deals_lost=one.lost_here,
            amount_lost=sums(one.amount_lost),
        )
        for place, one in sorted(stages, key=lambda stage: -stage[1].days)
    ]


def _month(month: Month, rates: InForce | None) -> WinPoint:
    return WinPoint(
        month=month.month,
        won=month.won,
        lost=month.lost,
        rate=Rate.among(month.won, month.won + month.lost),
        won_amount=sums(month.won_amount),
        in_one_currency=_together(month.won_amount, rates),
    )


def _reasons(reasons: list[Reason]) -> list[NamedCount]:
    lost = sum(one.count for one in reasons)
    return [
        NamedCount(
            playbook_key=one.playbook_key,
            key=one.key,
            label=one.label,
            count=one.count,
            share=Rate.among(one.count, lost),
            amount=sums(one.amount),
        )
        for one in reasons
    ]


def _group(group: Group, rates: InForce | None) -> AnalyticsGroup:
    found = group.outcomes
    return AnalyticsGroup(
        partner_id=group.partner_id,
        owner_id=group.owner_id,
        key=group.key,
        deals=found.won + found.lost + found.open,
        open=found.open,
        won=found.won,
        lost=found.lost,
        win_rate=Rate.among(found.won, found.won + found.lost),
        cycle=spread(found.cycle),
        won_amount=sums(found.won_amount),
        in_one_currency=_together(found.won_amount, rates),
    )


def _finding(finding: Finding) -> AnalyticsFinding:
    about_time = finding.kind in ABOUT_TIME
    return AnalyticsFinding(
        stage_id=finding.place.stage_id,
        kind=FindingKind(finding.kind),
        text=in_words(finding),
        count=finding.observed.count,
        observed=Rate.among(finding.observed.count, finding.observed.of),
        expected=finding.expected,
        cost_days=finding.cost if about_time else None,
        cost_deals=None if about_time else finding.cost,
    )


@strawberry.type
class AnalyticsQuery:
    @root(
        Made(_analytics, rows=200, scan=Scan("opportunity", LOOKS, always=Look.THROUGH, times=6), selects=True),
        "Figures over the viewer's opportunities: what becomes of them stage by stage, how long that takes, and where "
        "time and opportunities are lost. A partner's figures are of its own opportunities.",
    )
    async def analytics(
        self, info: Info, filter: Annotated[AnalyticsFilter, strawberry.argument(description="The opportunities.")]
    ) -> Analytics: ...
