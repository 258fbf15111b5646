"""What administrators look at: the audit log with its filters and its chain, and consumers' lag."""

from typing import Any

from app.audit import Entry, add
from app.audit.chain import seal
from app.consumer_list import CONSUMERS
from app.consumers.follow import register
from app.demo.people import demo_id
from app.vocabulary import Role
from tests.schema.mutation_matrix import PEOPLE
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

ADMIN = PEOPLE[Role.VENDOR_ADMIN]
OTHERS = (VENDOR, MANAGER, SELLER)
LOG = """query($filter: AuditEntryFilter, $first: Int, $after: Cursor) {
  auditEntries(filter: $filter, first: $first, after: $after) { totalCount
    nodes { id action actor { name } mutation requestId subject detail link hash }
    pageInfo { hasNextPage endCursor } } }"""
VERIFY = """query($after: String, $expected: String) { auditVerification(after: $after, expected: $expected) {
  head link lastLink sinceLink complete problem unsealed resealed { link } } }"""
CONSUMERS_LAG = "{ consumers { name lagSeconds eventsBehind delayedEvents eventsAside movedAt } }"


async def entered(demo: Demo, *actions: str, subject: str = "opp_1", who: str | None = None) -> None:
    actor = None if who is None else demo_id(f"user/{who}")
    for action in actions:
        await add(demo.database, Entry(action, actor_id=actor, subject=subject, detail={"by": 1}))


async def listed(demo: Demo, **filter: Any) -> list[str]:
    found = (await demo.run(LOG, ADMIN, filter=filter, first=10))["auditEntries"]
    assert found["totalCount"] == len(found["nodes"])
    return [one["action"] for one in found["nodes"]]


async def test_entries_come_newest_first_with_who_and_what(demo: Demo) -> None:
    await entered(demo, "FIRST", who=SELLER)
    await seal(demo.database)
    await entered(demo, "SECOND")
    second, first = (await demo.run(LOG, ADMIN, first=2))["auditEntries"]["nodes"]
    assert (second["action"], second["actor"], second["link"], second["hash"]) == ("SECOND", None, None, None)
    assert (first["action"], first["actor"], first["subject"]) == ("FIRST", {"name": SELLER}, "opp_1")
    assert first["detail"] == {"by": 1}
    assert first["link"] is not None
    assert len(first["hash"]) == 64


async def test_filters_narrow_the_list(demo: Demo) -> None:
    moment = (await demo.value("SELECT now()")).isoformat()
    await entered(demo, "A", "B", who=SELLER)
    await entered(demo, "C", who=VENDOR, subject="opp_2")
    later = (await demo.value("SELECT clock_timestamp()")).isoformat()
    assert await listed(demo, since=moment) == ["C", "B", "A"]
    assert await listed(demo, since=moment, actions=["A", "C"]) == ["C", "A"]
    assert await listed(demo, since=moment, actorId=f"usr_{demo_id(f'user/{SELLER}')}") == ["B", "A"]
    assert await listed(demo, subject="opp_2") == ["C"]
    assert await listed(demo, since=later) == []
    assert await listed(demo, since=moment, until=moment) == []
    no: list[dict[str, Any]] = [{"subject": "\0"}, {"subject": "x" * 9_999}, {"actions": ["\0"]}, {"actions": []}]
    for nonsense in no:
        assert await listed(demo, **nonsense) == []
    wrong = await demo.errors(LOG, ADMIN, filter={"actorId": "opp_1"})
    assert wrong == [("INVALID", ["filter", "actorId"])]


async def test_pages_follow_one_another(demo: Demo) -> None:
    await entered(demo, *"ABCDE")
    seen: list[str] = []
    after = None
    while len(seen) < 5:
        page = (await demo.run(LOG, ADMIN, filter={"subject": "opp_1"}, first=2, after=after))["auditEntries"]
        seen += [one["action"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == list("EDCBA")
    assert not page["pageInfo"]["hasNextPage"]


async def test_the_log_is_for_administrators(demo: Demo) -> None:
    await entered(demo, "A")
    for who in OTHERS:
        assert (await demo.run(LOG, who))["auditEntries"]["nodes"] == []
        assert (await demo.run(LOG, who))["auditEntries"]["totalCount"] == 0
        for query in (VERIFY, CONSUMERS_LAG):
            assert await demo.errors(query, who) == [("FORBIDDEN", None)]


async def test_the_chain_is_verified_and_its_head_proves_it_later(demo: Demo) -> None:
    await entered(demo, *"ABC")
    await seal(demo.database)
    found = (await demo.run(VERIFY, ADMIN))["auditVerification"]
    assert (found["complete"], found["problem"], found["unsealed"]) == (True, None, 0)
    assert found["link"] == found["lastLink"]
    await entered(demo, "D")
    again = (await demo.run(VERIFY, ADMIN, after=found["head"], expected=found["head"]))["auditVerification"]
    assert (again["complete"], again["link"], again["unsealed"]) == (True, found["link"], 1)
    other = f"{found['link']}:{'00' * 32}"
    broken = (await demo.run(VERIFY, ADMIN, expected=other))["auditVerification"]
    assert (broken["complete"], broken["link"]) == (False, found["link"] - 1)
    assert broken["problem"] == f"link {found['link']}: its hash is not the one that was kept"


async def test_what_is_no_head_is_refused(demo: Demo) -> None:
    good = "00" * 32
    for name in ("after", "expected"):
        for text in ("", "7", "x:y", f"-1:{good}", f"{2**63}:{good}", f"1:{good}00", "1:" + "z" * 64, "9" * 5_000):
            assert await demo.errors(VERIFY, ADMIN, **{name: text}) == [("INVALID", [name])], text


async def test_consumers_say_how_far_behind_they_are(demo: Demo) -> None:
    for consumer in CONSUMERS:
        await register(demo.database, consumer)
    found = (await demo.run(CONSUMERS_LAG, ADMIN))["consumers"]
    assert [one["name"] for one in found] == sorted(consumer.name for consumer in CONSUMERS)
    assert {(one["delayedEvents"], one["eventsAside"]) for one in found} == {(0, 0)}
    assert all(one["lagSeconds"] >= 0 and one["eventsBehind"] >= 0 for one in found)
