"""Advice and what it is made from.

A next best action is seen by who sees its deal and all content that it speaks of, if it was given to the partner that
leads the deal now. One that stands for a task is seen by who sees that. Of a registration or a prediction it speaks to
that partner and the vendor alone, as these are seen. Rules of guidance and what was learned or spent are the vendor's.
"""

from collections.abc import Sequence

from tortoise.models import Model

from app import models
from app.database.sql import TRUE, Sql, all_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns.content import sees_content
from app.nouns.noun import INTERNAL, Noun, Rows, RowSecurity, nobody
from app.nouns.opportunity import sees_of_opportunity, sees_opportunity
from app.nouns.participation import by_invitation, by_lead
from app.nouns.policies import OF_A_DEAL
from app.nouns.task import sees_task
from app.vocabulary import Permission


def _sees_action(scope: VisibilityScope, n: Sql) -> Sql:
    hidden = sql(
        "EXISTS (SELECT FROM action_content vac JOIN content vc ON vc.id = vac.content_id"
        " WHERE vac.action_id = {}.id AND ({}) IS NOT TRUE)",
        n,
        sees_content(scope, sql("vc")),
    )
    return all_of(
        [_given_to_who_leads(scope, n), _for_who_leads(scope, n), _of_a_task(scope, n), sql("NOT {}", hidden)]
    )


def _given_to_who_leads(scope: VisibilityScope, n: Sql) -> Sql:
    """What was advised while another partner led the deal is for nobody who sees it now."""
    deal = sees_opportunity(scope, sql("vo"))
    return sql(
        "EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id"
        " AND vo.partner_id IS NOT DISTINCT FROM {}.partner_id AND {})",
        *(n, n, deal),
    )


def _for_who_leads(scope: VisibilityScope, n: Sql) -> Sql:
    """What it speaks of, a registration or a prediction, is seen by the vendor and the partner that it was given to."""
    if scope is VisibilityScope.EVERYTHING:
        return TRUE
    return sql("({}.kind NOT IN ('REGISTER_DEAL', 'RAISE_CHANCES') OR {}.partner_id = {})", n, n, ORGANIZATION)


def _of_a_task(scope: VisibilityScope, n: Sql) -> Sql:
    """It says what the task is, and is seen by who sees that."""
    seen = sees_task(scope, sql("vt"))
    return sql("({}.kind <> 'DO_TASK' OR EXISTS (SELECT FROM task vt WHERE vt.id = {}.task_id AND {}))", n, n, seen)


def _parts(_: VisibilityScope, n: Sql) -> Sequence[Sql]:
    return by_lead(n), by_invitation(n, sql("{}.opportunity_id", n))


def _sees_of_action(scope: VisibilityScope, row: Sql) -> Sql:
    action = _sees_action(scope, sql("vna"))
    return sql("EXISTS (SELECT FROM next_best_action vna WHERE vna.id = {}.action_id AND {})", row, action)


RECOMMENDATION = Noun(model=models.Recommendation, seen_by=sees_of_opportunity, row_security=RowSecurity(OF_A_DEAL))

NEXT_BEST_ACTION = Noun(
    model=models.NextBestAction,
    prefix="nba",
    rows=Rows(of_a_deal=10),
    seen_by=_sees_action,
    # Which content it may speak of is for the application's own condition.
    row_security=RowSecurity(
        "EXISTS (SELECT FROM opportunity vo WHERE vo.id = next_best_action.opportunity_id"
        " AND vo.partner_id IS NOT DISTINCT FROM next_best_action.partner_id)"
    ),
    parts=_parts,
    seen_with_it=frozenset({"opportunity_id", "criterion_id", "activity_id", "target_stage_id", "task_id"}),
    permissions={"respondToAction": Permission.EDIT_OPPORTUNITY},
)

ACTION_CONTENT = Noun(
    model=models.ActionContent,
    seen_by=_sees_of_action,
    row_security=RowSecurity("EXISTS (SELECT FROM next_best_action vna WHERE vna.id = action_id)"),
)

GUIDANCE_RULE = Noun(
    model=models.GuidanceRule,
    prefix="rul",
    rows=Rows(),
    seen_by=nobody,
    row_security=INTERNAL,
    permissions={"upsertGuidanceRule": Permission.MANAGE_PLAYBOOKS, "removeGuidanceRule": Permission.MANAGE_PLAYBOOKS},
)

PLAYBOOK_PROMPT = Noun(
    model=models.PlaybookPrompt,
    seen_by=nobody,
    row_security=INTERNAL,
    permissions={"choosePrompt": Permission.MANAGE_PLAYBOOKS},
)


def _house(model: type[Model]) -> Noun:
    return Noun(model=model, seen_by=nobody, row_security=INTERNAL)


NOUNS = (
    RECOMMENDATION,
    NEXT_BEST_ACTION,
    ACTION_CONTENT,
    GUIDANCE_RULE,
    _house(models.ShownSlate),
    PLAYBOOK_PROMPT,
    _house(models.ModelBudget),
    _house(models.ModelCall),
    _house(models.StageHistory),
    _house(models.PartnerHistory),
    _house(models.ActionOutcome),
    _house(models.ActionEffect),
    _house(models.BenchmarkDay),
    _house(models.StageBenchmark),
    _house(models.ActionBenchmark),
)
