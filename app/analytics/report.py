"""The analytics of a viewer's deals: only the parts that are asked for, in as few statements as these take."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from app.analytics.all_partners import AllPartners, all_partners
from app.analytics.cohort import Cohort
from app.analytics.findings import Finding, findings
from app.analytics.kept import kept_answers
from app.analytics.outcomes import Group, Month, Outcomes, Reason, loss_reasons, months, outcomes
from app.analytics.stages import Place, Places, read_places
from app.analytics.stays import StageFigures, stage_figures
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.vocabulary import AnalyticsGroupBy

OF_STAGES = frozenset({"funnel", "velocity", "bottlenecks", "findings"})
OF_DEALS = frozenset({"deals", "open", "won", "lost", "win_rate", "cycle", "won_amount"})


@dataclass(slots=True)
class Analytics:
    """`stages`: in the order of their playbooks. `told`: by the keys of playbook and stage."""

    as_of: datetime
    stages: list[tuple[Place, StageFigures]] = field(default_factory=list)
    outcomes: Outcomes = field(default_factory=Outcomes)
    months: list[Month] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    told: dict[tuple[str, str], AllPartners] = field(default_factory=dict)


async def kept_analytics(
    db: Reader, viewer: Viewer, cohort: Cohort, by: AnalyticsGroupBy | None, parts: Collection[str]
) -> Analytics:
    """As `analytics`, or as it was made a while ago, where that is a matter of many deals (`app.analytics.kept`)."""
    moment = cohort.as_of if cohort.past else None
    asked = (repr(sorted(cohort.filters.items())), moment, by, frozenset(parts))
    return await kept_answers.answer(viewer, asked, lambda: analytics(db, viewer, cohort, by, parts))


async def analytics(
    db: Reader, viewer: Viewer, cohort: Cohort, by: AnalyticsGroupBy | None, parts: Collection[str]
) -> Analytics:
    """`parts`: names of `OF_STAGES` and `OF_DEALS`, `wins`, `loss_reasons`, `groups`."""
    playbook_key = cohort.filters.get("playbook_key")
    places = await read_places(db, viewer, None if playbook_key is None else str(playbook_key))
    found = Analytics(cohort.as_of)
    if OF_STAGES & set(parts):
        found.stages = await _stages(db, viewer, places, cohort)
        found.told = await all_partners(db, list({place.playbook_key for place, _ in found.stages}))
    if "findings" in parts:
        found.findings = findings(found.stages)
    if OF_DEALS & set(parts):
        found.outcomes = next((one.outcomes for one in await outcomes(db, viewer, places, cohort)), Outcomes())
    if "wins" in parts:
        found.months = await months(db, viewer, places, cohort)
    if "loss_reasons" in parts:
        found.reasons = await loss_reasons(db, viewer, places, cohort)
    if "groups" in parts and by is not None:
        found.groups = await outcomes(db, viewer, places, cohort, by)
    return found


async def _stages(db: Reader, viewer: Viewer, places: Places, cohort: Cohort) -> list[tuple[Place, StageFigures]]:
    figures = await stage_figures(db, viewer, places, cohort)
    touched = {number for number in figures if places.all[number].is_open}
    if "playbook_key" in cohort.filters:
        touched |= {place.number for place in places.all if place.is_open and place.shown}
    return [(place, figures.get(place.number, StageFigures())) for place in places.listed(touched)]
