"""Tasks: seen by who sees their deal or registration, of the organisation whose task it is and of the one that made it.
So no partner reads another one's tasks on a deal that they sell together, nor the vendor's. Of a task that belongs to
neither, a seller sees the own ones and those that they made. The vendor's people see all.
"""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import CLOSED, Noun, Rows, RowSecurity, nobody
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.policies import OF_A_DEAL
from app.nouns.registration import OF_A_REGISTRATION, sees_of_registration
from app.vocabulary import Permission


def sees_task(scope: VisibilityScope, t: Sql) -> Sql:
    whose = any_of(
        [sql("{}.organization_id = {}", t, ORGANIZATION), sql("{}.from_organization_id = {}", t, ORGANIZATION)]
    )
    alone = sql("({}.opportunity_id IS NULL AND {}.registration_id IS NULL)", t, t)
    if scope is VisibilityScope.OWN_AND_SHARED:
        own = any_of([sql("{}.assignee_id = {}", t, USER), sql("{}.created_by_id = {}", t, USER)])
        alone = all_of([alone, own])
    return all_of([whose, any_of([alone, sees_of_opportunity(scope, t), sees_of_registration(scope, t)])])


TASK = Noun(
    model=models.Task,
    prefix="tsk",
    subject="task",
    rows=Rows(of_a_deal=5),
    seen_by=sees_task,
    row_security=RowSecurity(
        f"(SELECT {policies.ORGANIZATION}) IN (organization_id, from_organization_id)"
        f" AND (opportunity_id IS NULL AND registration_id IS NULL AND ((SELECT {policies.SEES_ALL})"
        f" OR (SELECT {policies.USER}) IN (assignee_id, created_by_id)) OR {OF_A_DEAL} OR {OF_A_REGISTRATION})"
    ),
    seen_with_it=frozenset({"opportunity_id", "registration_id"}),
    permissions=dict.fromkeys(("upsertTask", "completeTask"), Permission.EDIT_OPPORTUNITY),
)

CALENDAR_FEED = Noun(
    model=models.CalendarFeed,
    seen_by=nobody,
    row_security=CLOSED,
    permissions=dict.fromkeys(("createCalendarFeed", "removeCalendarFeed"), Permission.READ),
)

NOUNS = (TASK, CALENDAR_FEED)
