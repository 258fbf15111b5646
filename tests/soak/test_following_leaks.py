"""Calendars of a partner's people, and what they may ask of runs of automations: no mark of competitors.

The hunt proves itself: what the vendor's people get is full of marks.
"""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from graphql import GraphQLObjectType

from app.tasks.calendars import FeedCreated, calendar_of, create_feed
from app.tasks.icalendar import Shape, written
from app.vocabulary import Role
from schema import schema
from tests import hunts
from tests.samples import put
from tests.schema.mutation_matrix import PEOPLE
from tests.schema.world import MANAGER, SELLER, Demo, person
from tests.soak.hunting import everything_of, marks_in
from tests.soak.marked import MARK, Marked, mark

OF_EACH = hunts.size(10, whole=1_000)
ADMIN = PEOPLE[Role.VENDOR_ADMIN]
WHO = (MANAGER, SELLER, ADMIN)
AUTOMATIONS = (
    "{ automations(first: 50) { totalCount nodes { key name condition runs(first: 50) { nodes { id error } } } } }"
)
# About everybody's deals and registrations, as if given to each while they saw them.
GIVEN = """
INSERT INTO task (id, organization_id, from_organization_id, title, description, status, urgency, source, due_at,
  assignee_id, opportunity_id, registration_id, version, created_at, updated_at)
SELECT gen_random_uuid(), u.organization_id, u.organization_id, '{mark} title', '{mark} description', 'OPEN', 'NORMAL',
  'PERSON', $2::timestamptz, u.id, a.deal, a.registration, 1, now(), now()
FROM user_account u, (
  (SELECT o.id AS deal, NULL::uuid AS registration FROM opportunity o
   WHERE o.name LIKE '{mark}%' ORDER BY o.id LIMIT $3)
  UNION ALL
  (SELECT NULL, r.id FROM deal_registration r WHERE r.account_name LIKE '{mark}%' ORDER BY r.id LIMIT $3)) a
WHERE u.id = ANY ($1::uuid[]) RETURNING id
"""
TOLD = (
    "UPDATE automation SET name = '{mark} name', condition = 'deal.name == \"{mark}\"'",
    "UPDATE automation_run SET error = '{mark} error'",
    "UPDATE automation_step_run SET outcome = '{mark} outcome', error = '{mark} error'",
)


async def calendar(demo: Demo, who: str, at: datetime) -> bytes:
    """In both shapes, as calendar programs read it: its lines unfolded."""
    made = await create_feed(await person(who))
    assert isinstance(made, FeedCreated)
    assert made.secret is not None
    found = await calendar_of(demo.database, made.secret, at)
    assert found is not None
    return b"".join(written(found.tasks, shape, "Tasks").replace(b"\r\n ", b"") for shape in Shape)


def nodes() -> list[tuple[str, str]]:
    """By table, a question about one of its rows."""
    found = []
    for table, prefix, name in (
        ("automation", "aut", "Automation"),
        ("automation_run", "run", "AutomationRun"),
        ("automation_step_run", "stp", "StepRun"),
    ):
        type_ = schema._schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        text = f"query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {everything_of(type_)} }} }} }}"
        found.append((f"SELECT '{prefix}_' || id AS id FROM {table} ORDER BY id LIMIT 20", text))
    return found


async def asked(demo: Demo, who: str, marked: Marked) -> list[bytes]:
    """Marks in all that can be asked of automations and their runs."""
    heard = marks_in(orjson.dumps(await demo.execute(AUTOMATIONS, who)), AUTOMATIONS, None, marked)
    for ids, text in nodes():
        for row in await demo.database.fetch(ids):
            answer = orjson.dumps(await demo.execute(text, who, id=row["id"]))
            heard += marks_in(answer, text, {"id": row["id"]}, marked)
    return heard


@pytest.mark.soak
@pytest.mark.falls_back("not planned")
async def test_no_calendar_and_no_log_of_runs_tells_partners_of_competitors(demo: Demo) -> None:
    await put(demo.database)
    marked, at = await mark(demo.database, MANAGER), datetime.now(UTC)
    ids = [(await person(who)).user_id for who in WHO]
    given = await demo.database.fetch(GIVEN.format(mark=MARK), ids, at + timedelta(days=1), OF_EACH)
    for statement in TOLD:
        await demo.database.fetch(statement.format(mark=MARK))
    calendars = {who: await calendar(demo, who, at) for who in WHO}
    runs = {who: await asked(demo, who, marked) for who in WHO}
    for who in (MANAGER, SELLER):
        assert marks_in(calendars[who], "", None, marked) == [], who
        assert runs[who] == [], who
    proof = calendars[ADMIN].count(MARK.encode()), len(runs[ADMIN])
    assert all(proof), "nothing was marked"
    hunts.record(
        "Leaks in calendars and logs of runs",
        f"{len(given)} tasks about competitors' deals and registrations were given to a partner's manager and seller "
        "and to an administrator of the vendor's",
        f"the administrator's calendar held {proof[0]:,} marks and what they asked of runs {proof[1]:,}",
        "the others' calendars and answers held none",
    )
