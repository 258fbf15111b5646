"""Accounts that are one customer become one, with all that is theirs, and two again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.database import Database
from app.deals.create import NewOpportunity, create
from app.deals.editing import Changed
from app.deals.merging import DERIVED, MOST, POINTING, AccountsMerged, merge_accounts, undo_merge
from app.demo.people import demo_id
from app.models.columns import new_id
from tests.schema.test_contacts import UPSERT, changed, refusals, registered
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, deal_of, person

PATIENCE = 20
MERGE = """mutation($input: MergeAccountsInput!) { mergeAccounts(input: $input) { moved
  account { id version merges { id mergedId mergedName undoableUntil undoneAt by { name } } }
  userErrors { code path message } } }"""
UNDO = """mutation($input: UndoAccountMergeInput!) { undoAccountMerge(input: $input) {
  account { id name version externalId } merge { undoneAt undoableUntil } userErrors { code path message } } }"""
ACCOUNT = """query($id: ID!) { account(id: $id) { id name version externalId
  opportunities(first: 50) { nodes { id version } } contacts(first: 50) { nodes { name } } } node(id: $id) { id } }"""


async def account(demo: Demo, name: str, partner: str | None = None, external_id: str | None = None) -> str:
    id = new_id()
    await demo.value(
        "INSERT INTO account (id, name, name_key, partner_id, external_id, annual_revenue)"
        " VALUES ($1, $2, lower($2), $3, $4, 12.50)",
        id,
        name,
        demo_id(f"org/{partner}") if partner else None,
        external_id,
    )
    return f"acc_{id}"


async def deal_with(demo: Demo, account_id: str, n: int = 0) -> str:
    """The seller's open deal number `n` from now on."""
    rows = await demo.database.fetch(
        "SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' ORDER BY id", demo_id(f"user/{SELLER}")
    )
    deal = rows[n]["id"]
    await demo.value("UPDATE opportunity SET account_id = $1 WHERE id = $2", key(account_id), deal)
    return f"opp_{deal}"


def key(id: str) -> UUID:
    return UUID(id[4:])


async def read(demo: Demo, id: str, who: str = VENDOR) -> Any:
    return (await demo.run(ACCOUNT, who, id=id))["account"]


def deals_of(found: Any) -> set[str]:
    return {node["id"] for node in found["opportunities"]["nodes"]}


async def test_all_that_is_an_accounts_goes_to_the_kept_one_and_comes_back(demo: Demo) -> None:
    keep, former = await account(demo, "Acme"), await account(demo, "ACME Inc", external_id="crm:7")
    kept_deal, deal, gone = [await deal_with(demo, one, n) for n, one in enumerate((keep, former, former))]
    await registered(demo, former, "Ada", VENDOR)
    before = await read(demo, former)
    merged = await changed(demo, MERGE, VENDOR, keepId=keep, mergeIds=[former])
    assert merged["userErrors"] == []
    assert merged["moved"] == 2
    (merge,) = merged["account"]["merges"]
    assert (merge["mergedId"], merge["mergedName"], merge["by"]) == (former, "ACME Inc", {"name": VENDOR})
    found = await read(demo, keep)
    assert deals_of(found) == {kept_deal, deal, gone}
    assert (found["name"], found["externalId"]) == ("Acme", None)
    assert found["contacts"]["nodes"] == [{"name": "Ada"}]
    for who in (VENDOR, SELLER):  # by its old id, it is the kept one
        assert (await read(demo, former, who))["id"] == keep
    assert (await demo.run(ACCOUNT, VENDOR, id=former))["node"] is None

    elsewhere = await account(demo, "Elsewhere")
    await deal_with(demo, elsewhere, 2)
    undone = await changed(demo, UNDO, VENDOR, mergeId=merge["id"])
    assert undone["userErrors"] == []
    assert undone["account"] == {
        "id": former,
        "name": "ACME Inc",
        "version": before["version"] + 1,
        "externalId": "crm:7",
    }
    assert undone["merge"]["undoneAt"] is not None
    assert deals_of(await read(demo, former)) == {deal}
    assert deals_of(await read(demo, keep)) == {kept_deal}
    assert (await read(demo, former))["contacts"]["nodes"] == [{"name": "Ada"}]
    assert refusals(await changed(demo, UNDO, VENDOR, mergeId=merge["id"])) == [("INVALID", ["mergeId"])]
    asked = "{ events(last: 5, types: [ACCOUNTS_MERGED, ACCOUNT_MERGE_UNDONE]) { nodes { type account { id } } } }"
    for who in (SELLER, MANAGER):
        assert (await demo.run(asked, who))["events"]["nodes"] == [], "who has other records of a customer"
    told = await demo.run(asked, VENDOR)
    assert [(node["type"], node["account"]["id"]) for node in told["events"]["nodes"]] == [
        ("ACCOUNTS_MERGED", keep),
        ("ACCOUNT_MERGE_UNDONE", former),
    ]


async def test_requests_by_id_and_by_name_find_the_kept_one(demo: Demo) -> None:
    keep, former = await account(demo, "Acme"), await account(demo, "acme incorporated", "alpine-it")
    await changed(demo, MERGE, VENDOR, keepId=keep, mergeIds=[former])
    create_it = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
      opportunity { account { id } } userErrors { code path message } } }"""
    for who, given in ((VENDOR, {"accountId": former}), (MANAGER, {"accountName": "Acme  Incorporated"})):
        made = await changed(demo, create_it, who, name="Deal", playbookKey="it-software", **given)
        assert made["userErrors"] == []
        assert made["opportunity"]["account"] == {"id": keep}
    deal = await deal_of(demo, SELLER)
    move = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
      opportunity { account { id } } userErrors { code path message } } }"""
    moved = await changed(demo, move, VENDOR, opportunityId=deal, accountId=former)
    assert moved["opportunity"]["account"] == {"id": keep}
    contact = await changed(demo, UPSERT, VENDOR, accountId=former, name="Ada")
    assert contact["contact"]["account"] == {"id": keep}
    save = """mutation($input: UpsertAccountInput!) { upsertAccount(input: $input) {
      account { id industry } userErrors { code path message } } }"""
    saved = await changed(demo, save, VENDOR, accountId=former, industry="Retail")
    assert saved["account"] == {"id": keep, "industry": "Retail"}


async def test_one_that_was_kept_may_go_into_another_and_all_comes_apart_again(demo: Demo) -> None:
    first, second, third = [await account(demo, name) for name in ("First", "Second", "Third")]
    deal = await deal_with(demo, first)
    one = (await changed(demo, MERGE, VENDOR, keepId=second, mergeIds=[first]))["account"]["merges"][0]["id"]
    other = await changed(demo, MERGE, VENDOR, keepId=third, mergeIds=[second])
    assert [merge["mergedId"] for merge in other["account"]["merges"]] == [second, first]
    assert (await read(demo, first))["id"] == third
    assert (await changed(demo, UNDO, VENDOR, mergeId=one))["userErrors"] == []
    assert deals_of(await read(demo, first)) == {deal}
    assert (await changed(demo, UNDO, VENDOR, mergeId=other["account"]["merges"][0]["id"]))["userErrors"] == []
    assert [(await read(demo, one))["id"] for one in (first, second, third)] == [first, second, third]


@pytest.mark.parametrize(
    ("keep", "merge", "path"),
    [
        ("brightwater's", ["alpine's"], ["mergeIds", "0"]),
        ("alpine's", ["vendor's"], ["mergeIds", "0"]),
        ("vendor's", ["vendor's"], ["mergeIds", "0"]),
        ("vendor's", ["alpine's", "alpine's"], ["mergeIds", "1"]),
        ("vendor's", [], ["mergeIds"]),
        ("vendor's", ["alpine's"] * (MOST + 1), ["mergeIds"]),
        ("placeholder", ["alpine's"], ["keepId"]),
        ("vendor's", ["placeholder"], ["mergeIds", "0"]),
    ],
)
async def test_what_cannot_be_one_stays_apart(demo: Demo, keep: str, merge: list[str], path: list[str]) -> None:
    ids = {
        "alpine's": await account(demo, "A", "alpine-it"),
        "brightwater's": await account(demo, "B", "brightwater"),
        "vendor's": await account(demo, "V"),
        "placeholder": await account(demo, "Not named", external_id="crm:"),
    }
    answer = await changed(demo, MERGE, VENDOR, keepId=ids[keep], mergeIds=[ids[one] for one in merge])
    assert refusals(answer) == [("INVALID", path)]
    assert await demo.value("SELECT count(*) FROM account_merge") == 0


async def test_a_merge_is_undone_within_thirty_days(demo: Demo) -> None:
    keep, former = await account(demo, "Acme"), await account(demo, "ACME Inc")
    vendor = await person(VENDOR)
    long_ago = datetime.now(UTC) - timedelta(days=30, minutes=1)
    merged = await merge_accounts(vendor, key(keep), [key(former)], at=long_ago)
    assert isinstance(merged, AccountsMerged)
    assert refusals(await changed(demo, UNDO, VENDOR, mergeId=f"mrg_{merged.merge_ids[0]}")) == [
        ("INVALID", ["mergeId"])
    ]


async def somebody_waits(demo: Demo) -> None:
    """For another's lock. As the tables' owner, who sees what others wait for."""
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    connection = await asyncpg.connect(demo.database.url)
    try:
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetch(waiting):
                pass
    finally:
        await connection.close()


async def test_a_deal_that_is_made_meanwhile_is_with_the_kept_one(demo: Demo) -> None:
    """Whoever is about to name the account waits for the merge, and then names the one that it went into."""
    keep, former = await account(demo, "Acme"), await account(demo, "ACME Inc")
    vendor = await person(VENDOR)
    new = NewOpportunity({"name": "Deal"}, account_id=key(former), playbook_key="it-software")
    other = await Database.connect(demo.database.url, size=1)
    async with other.transaction() as tx:
        await merge_accounts(vendor, key(keep), [key(former)], tx=tx)
        making = asyncio.ensure_future(create(vendor, new))
        await somebody_waits(demo)
    made = await making
    await other.close()
    assert isinstance(made, Changed)
    found = await demo.value("SELECT account_id FROM opportunity WHERE id = $1", made.opportunity_id)
    assert f"acc_{found}" == keep


async def test_whatever_points_at_accounts_is_moved(demo: Demo) -> None:
    """The database knows of no other foreign key to accounts than the models."""
    rows = await demo.database.fetch(
        "SELECT c.conrelid::regclass::text AS name, a.attname::text AS of FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.contype = 'f' AND c.confrelid = 'account'::regclass"
    )
    assert sorted((row["name"], row["of"]) for row in rows if row["name"] not in DERIVED) == list(POINTING)


async def test_undoing_names_what_is_in_the_way(demo: Demo) -> None:
    keep, former = await account(demo, "Acme"), await account(demo, "ACME Inc", external_id="crm:9")
    merge = (await changed(demo, MERGE, VENDOR, keepId=keep, mergeIds=[former]))["account"]["merges"][0]["id"]
    await account(demo, "Another", external_id="crm:9")
    outcome = await undo_merge(await person(VENDOR), key(merge))
    assert [(error.code, error.path) for error in outcome.errors] == [("CONFLICT", ("mergeId",))]  # type: ignore[union-attr]
