"""SQL over deals: derived values, filters and the pipeline's groups.

Each takes the alias of the table it speaks of; values come as slots.
"""

from collections.abc import Callable, Sequence

from app.database.sql import Slot, Sql, all_of, sql
from app.deals import search
from app.identity.scopes import USER, VisibilityScope
from app.identity.visibility import visible
from app.settings import settings
from app.vocabulary import WinProbability


def days_in_stage(opportunity: str, now: Slot) -> Sql:
    """As `app.deals.stalling.days_in_stage`."""
    age = f"extract(epoch FROM {{}}::timestamptz - {opportunity}.entered_stage_at)"
    return sql(f"greatest(0, floor({age} / 86400))::integer", now)


def stall_after_days(opportunity: str, stage: str) -> str:
    """The age in days past which this deal counts as stalled in its stage; null: never."""
    own = f"({stage}.own_stall_days ->> coalesce({opportunity}.partner_id::text, ''))::float8"
    return (
        f"CASE WHEN {stage}.own_stall_days IS NULL THEN {stage}.stall_after_days"
        f" ELSE coalesce({own}, {stage}.stall_after_days) END"
    )


def stalled(opportunity: str, stage: str, now: Slot) -> Sql:
    """As `app.deals.stalling.is_stalled`."""
    age = f"extract(epoch FROM {{}}::timestamptz - {opportunity}.entered_stage_at)"
    return sql(
        f"coalesce({opportunity}.status = 'OPEN' AND {stage}.kind = 'OPEN'"
        f" AND {age} > ({stall_after_days(opportunity, stage)}) * 86400, FALSE)",
        now,
    )


def forecast_category(opportunity: str, stage: str) -> str:
    """The one set by hand while it is open, else the stage's."""
    return (
        f"CASE WHEN {opportunity}.status = 'OPEN' THEN coalesce({opportunity}.forecast_category,"
        f" {stage}.forecast_category) ELSE {stage}.forecast_category END"
    )


_CONDITIONS = {
    "ids": "{o}.id = ANY ({{}}::uuid[])",
    "stage_keys": "{o}.stage_id IN (SELECT fs.id FROM stage fs WHERE fs.key = ANY ({{}}::text[]))",
    "status": "{o}.status = ANY ({{}}::text[])",
    "playbook_key": "{o}.playbook_id IN (SELECT fp.id FROM playbook fp WHERE fp.key = {{}})",
    "partner_id": "{o}.partner_id = {{}}",
    "partner_ids": "{o}.partner_id = ANY ({{}}::uuid[])",
    "owner_id": "{o}.owner_id = {{}}",
    "account_id": "{o}.account_id = {{}}",
    "industry": "{o}.account_id IN (SELECT fa.id FROM account fa WHERE lower(fa.industry) = lower({{}}::text))",
    "amount_min": "{o}.amount >= {{}}",
    "amount_max": "{o}.amount <= {{}}",
    "currency": "{o}.currency = {{}}",
    "close_from": "{o}.expected_close_date >= {{}}",
    "close_to": "{o}.expected_close_date <= {{}}",
    "updated_since": "{o}.updated_at >= {{}}",
    "created_from": "{o}.created_at >= {{}}",
    "created_before": "{o}.created_at < {{}}",
    "closed_from": "{o}.closed_at >= {{}}",
    "closed_before": "{o}.closed_at < {{}}",
    "close_reason_keys": "{o}.close_reason_key = ANY ({{}}::text[])",
    "sources": "{o}.source = ANY ({{}}::text[])",
    "probability_min": "{o}.stage_id IN (SELECT fs.id FROM stage fs WHERE fs.win_probability >= {{}}::float8)",
    "probability_max": "{o}.stage_id IN (SELECT fs.id FROM stage fs WHERE fs.win_probability <= {{}}::float8)",
}
"""Filters by name, but for `search`, `stalled` and those of who asks."""

_OF_WIN_PROBABILITY = {"probability_min": ">=", "probability_max": "<="}


def is_predicted() -> bool:
    """Whether the vendor has chosen the model's probability for `winProbability`, in place of the stage's."""
    return settings().win_probability is WinProbability.MODEL


def _win_probability(scope: VisibilityScope, opportunity: str) -> Sql:
    """As the viewer is shown it: of the stage where the viewer sees no prediction."""
    return sql(
        f"coalesce((SELECT fq.win_probability FROM prediction fq WHERE fq.id = {opportunity}.id AND {{}}),"
        f" (SELECT fs.win_probability FROM stage fs WHERE fs.id = {opportunity}.stage_id))",
        visible(scope, "prediction", "fq"),
    )


_OF_THE_VIEWER = {
    "my_partners": "{o}.partner_id IN ({partners})",
    "others": "{o}.partner_id IS NULL OR {o}.partner_id NOT IN ({partners})",
}
_PARTNERS = "SELECT fg.id FROM organization fg WHERE fg.kind = 'PARTNER' AND fg.channel_manager_id = {}"


def conditions(scope: VisibilityScope, opportunity: str, value: Callable[[str], Slot | None]) -> Sequence[Sql]:
    """The conditions of the filters for which `value` has one."""
    apart = _OF_WIN_PROBABILITY if is_predicted() else {}
    given = ((template, value(name)) for name, template in _CONDITIONS.items() if name not in apart)
    found = [sql(template.format(o=opportunity), slot) for template, slot in given if slot is not None]
    found += [
        sql(f"{{}} {bound} {{}}::float8", _win_probability(scope, opportunity), slot)
        for name, bound in apart.items()
        if (slot := value(name)) is not None
    ]
    found += [
        sql(template.format(o=opportunity, partners=_PARTNERS), USER)
        for name, template in _OF_THE_VIEWER.items()
        if value(name) is not None
    ]
    text = value("search")
    return found if text is None else [*found, sql(f"{opportunity}.id IN ({{}})", search.matches(scope, text))]


def matching(
    scope: VisibilityScope, opportunity: str, stage: str, now: Slot, value: Callable[[str], Slot | None]
) -> Sql:
    """All filters, `stalled` included; TRUE when there are none."""
    wanted = list(conditions(scope, opportunity, value))
    flag = value("stalled")
    if flag is not None:
        wanted.append(sql("{} = {}", stalled(opportunity, stage, now), flag))
    return all_of(wanted)
