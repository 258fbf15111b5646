"""From any end of the graph to any other: partners, people, customers, deals and playbooks lead to each other."""

from dataclasses import replace

import pytest

from app.demo.people import demo_id
from app.vocabulary import Role
from tests.schema.mutation_matrix import PEOPLE, ROWS, Objects
from tests.schema.test_mutation_matrix import MUTATIONS, document, input_for
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo
from tests.tables import contents_of_all_tables

DISTRIBUTOR, RESELLER = "Sanna Virtanen", "Lucía Romero"
WALK = """query($id: ID!) { partner(id: $id) {
  users(first: 2) { nodes { name partner { id } opportunities(first: 1) { totalCount nodes { owner { name } } } } }
  opportunities(first: 2, orderBy: {field: AMOUNT, direction: DESC}, filter: {status: [OPEN]}) { totalCount nodes {
    account { opportunities(first: 1) { nodes { partner { id } } }
      contacts(first: 1) { nodes { opportunities(first: 1) { nodes { partner { id } } } } } }
    stage { opportunities(first: 1) { nodes { partner { id } } } }
    playbook { opportunities(first: 1, orderBy: {field: NAME, direction: ASC}) { nodes { partner { id } } } } } }
  channelManager { managedPartners(first: 10) { nodes { key } } } parent { key } accounts { totalCount } } }"""


@pytest.mark.parametrize("who", [VENDOR, MANAGER, SELLER])
async def test_a_client_walks_from_a_partner_to_all_that_is_its(demo: Demo, who: str) -> None:
    partner = f"ptr_{demo_id('org/alpine-it')}"
    found = (await demo.run(WALK, who, id=partner))["partner"]
    assert [user["partner"]["id"] for user in found["users"]["nodes"]] == [partner] * 2
    deals = found["opportunities"]
    counted = await demo.run(
        "query($id: ID!) { opportunities(filter: {partnerId: $id, status: [OPEN]}) { totalCount } }", who, id=partner
    )
    assert deals["totalCount"] == counted["opportunities"]["totalCount"] > 0
    for deal in deals["nodes"]:
        for back in (deal["account"], deal["stage"], deal["playbook"]):
            assert back["opportunities"]["nodes"]
        if who != VENDOR:  # nobody else's deals anywhere on the way
            ways = [deal[name]["opportunities"]["nodes"] for name in ("account", "stage", "playbook")]
            ways += [one["opportunities"]["nodes"] for one in deal["account"]["contacts"]["nodes"]]
            assert {one["partner"]["id"] for way in ways for one in way} == {partner}
    managed = [one["key"] for one in found["channelManager"]["managedPartners"]["nodes"]]
    expected = ["alpine-it", "cordoba-digital", "eastgate", "gotland-cloud", "isar-systeme"]
    assert managed == (expected if who == VENDOR else ["alpine-it"])


NEIGHBOURS = """{ partners(first: 20) { nodes { key } } viewer { organization { id } }
  opportunities(first: 100) { nodes { id partner { key } } } }"""
ABOVE = """query($id: ID!) { partner(id: $id) { parent { key status children(first: 5) { totalCount nodes { key } } }
  children(first: 5) { totalCount nodes { key users { totalCount } opportunities(first: 5) { nodes { id } } } } } }"""
PART = """mutation($input: RemoveDealPartnerInput!) { removeDealPartner(input: $input) {
  userErrors { code path } } }"""


async def sold_together(demo: Demo) -> dict[tuple[str, str], str]:
    """The deals by who leads and who has accepted to sell them along."""
    deals = await demo.database.fetch(
        "SELECT l.key AS lead, a.key AS along, o.id FROM deal_partner d JOIN opportunity o ON o.id = d.opportunity_id"
        " JOIN organization l ON l.id = o.partner_id JOIN organization a ON a.id = d.partner_id"
        " WHERE d.status = 'ACCEPTED'"
    )
    return {(row["lead"], row["along"]): f"opp_{row['id']}" for row in deals}


@pytest.mark.parametrize("walled", [True, False], ids=["walled", "conditions alone"])
async def test_distributors_and_resellers_see_each_other_and_not_what_the_other_has(demo: Demo, walled: bool) -> None:
    """But for the deals that they sell together; likewise whoever sells a deal with them, as long as they do."""
    asking = replace(demo, walled=walled)

    async def of(who: str) -> tuple[list[str], dict[str, object], list[str]]:
        seen = await asking.run(NEIGHBOURS, who)
        id = seen["viewer"]["organization"]["id"].replace("org_", "ptr_")
        keys = [one["key"] for one in seen["partners"]["nodes"]]
        own = next(key for key in keys if f"ptr_{demo_id(f'org/{key}')}" == id)
        others = [one["id"] for one in seen["opportunities"]["nodes"] if one["partner"]["key"] != own]
        return keys, (await asking.run(ABOVE, who, id=id))["partner"], others

    def below(deals_of_cordoba: list[str]) -> dict[str, object]:
        deals = {"cordoba-digital": deals_of_cordoba, "ferrum": [], "gotland-cloud": []}
        nodes = [
            {"key": key, "users": {"totalCount": 0}, "opportunities": {"nodes": [{"id": id} for id in ids]}}
            for key, ids in deals.items()
        ]
        return {"parent": None, "children": {"totalCount": 3, "nodes": nodes}}

    together = await sold_together(demo)
    assert {*together} == {("cordoba-digital", "eastgate"), ("eastgate", "delta-works")}
    shared, led = together["cordoba-digital", "eastgate"], together["eastgate", "delta-works"]
    resellers = ["cordoba-digital", "ferrum", "gotland-cloud"]
    keys, partner, others = await of(DISTRIBUTOR)
    assert keys == sorted([*resellers, "eastgate", "delta-works"])
    assert (partner, others) == (below([shared]), [shared])
    itself = {"totalCount": 1, "nodes": [{"key": "cordoba-digital"}]}
    parent = {"key": "eastgate", "status": "ACTIVE", "children": itself}
    nobody = {"totalCount": 0, "nodes": []}
    for_reseller = (["cordoba-digital", "eastgate"], {"parent": parent, "children": nobody}, list[str]())
    assert await of(RESELLER) == for_reseller
    assert (await of(RIVAL))[0] == ["brightwater"]
    for deal, key in ((shared, "eastgate"), (led, "delta-works")):
        ended = {"opportunityId": deal, "partnerId": f"ptr_{demo_id(f'org/{key}')}"}
        assert (await demo.run(PART, VENDOR, input=ended))["removeDealPartner"]["userErrors"] == []
    # It is invited still to a deal that delta-works leads, and isn't told whose it is.
    assert await demo.value(
        "SELECT count(*) FROM deal_partner d JOIN opportunity o ON o.id = d.opportunity_id"
        " WHERE d.partner_id = $1 AND o.partner_id = $2 AND d.status = 'INVITED'",
        demo_id("org/eastgate"),
        demo_id("org/delta-works"),
    )
    assert await of(DISTRIBUTOR) == (sorted([*resellers, "eastgate"]), below([]), [])
    assert await of(RESELLER) == for_reseller


CHANGE = "mutation($input: UpsertPartnerInput!) { upsertPartner(input: $input) { partner { status } } }"


async def test_a_suspended_partner_changes_nothing_and_reads_as_before(demo: Demo) -> None:
    deals = "{ opportunities { totalCount nodes { id } } viewer { permissions } }"
    before = await demo.run(deals, MANAGER)
    suspended = {"partnerId": f"ptr_{demo_id('org/alpine-it')}", "status": "SUSPENDED"}
    await demo.run(CHANGE, VENDOR, input=suspended)
    after = await demo.run(deals, MANAGER)
    assert after["viewer"]["permissions"] == ["READ"]
    assert after["opportunities"] == before["opportunities"]
    assert before["opportunities"]["totalCount"] > 0
    asked = {row.mutation: row for row in ROWS}
    # What is a person's own goes on.
    own = {"updateViewer", "createCalendarFeed", "removeCalendarFeed", "setNotificationPreferences"}
    own |= {"markNotificationsRead"}
    for mutation in sorted({*MUTATIONS} - own):
        values = await input_for(Objects(demo), asked[mutation], "own")
        stored = await contents_of_all_tables(demo.database)
        answer = (await demo.run(document(mutation), PEOPLE[Role.PARTNER_MANAGER], input=values))[mutation]
        assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"], mutation
        assert await contents_of_all_tables(demo.database) == stored, mutation
