"""From any end of the graph to any other: partners, people, customers, deals and playbooks lead to each other."""

import pytest

from app.demo.people import demo_id
from app.vocabulary import Role
from tests.schema.mutation_matrix import PEOPLE, ROWS, Objects
from tests.schema.test_mutation_matrix import MUTATIONS, document, input_for
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo

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


NEIGHBOURS = """{ partners(first: 20) { nodes { key } } viewer { organization { id } } }"""
ABOVE = """query($id: ID!) { partner(id: $id) { parent { key status children(first: 5) { totalCount nodes { key } } }
  children(first: 5) { totalCount nodes { key opportunities(first: 1) { totalCount } users { totalCount } } } } }"""


@pytest.mark.skip(reason="who sees whom has grown by selling together; needs its new expectation")
async def test_distributors_and_resellers_see_each_other_and_not_what_the_other_has(demo: Demo) -> None:
    async def of(who: str) -> tuple[list[str], dict[str, object]]:
        seen = await demo.run(NEIGHBOURS, who)
        id = seen["viewer"]["organization"]["id"].replace("org_", "ptr_")
        return [one["key"] for one in seen["partners"]["nodes"]], (await demo.run(ABOVE, who, id=id))["partner"]

    keys, partner = await of(DISTRIBUTOR)
    assert keys == ["cordoba-digital", "eastgate", "ferrum", "gotland-cloud"]
    nothing = {"opportunities": {"totalCount": 0}, "users": {"totalCount": 0}}
    below = [{"key": key, **nothing} for key in ("cordoba-digital", "ferrum", "gotland-cloud")]
    assert partner == {"parent": None, "children": {"totalCount": 3, "nodes": below}}
    keys, partner = await of(RESELLER)
    assert keys == ["cordoba-digital", "eastgate"]
    itself = {"totalCount": 1, "nodes": [{"key": "cordoba-digital"}]}
    parent = {"key": "eastgate", "status": "ACTIVE", "children": itself}
    assert partner == {"parent": parent, "children": {"totalCount": 0, "nodes": []}}
    assert (await of(RIVAL))[0] == ["brightwater"]


CHANGE = "mutation($input: UpsertPartnerInput!) { upsertPartner(input: $input) { partner { status } } }"


@pytest.mark.skip(reason="takes more deals than the demo has")
async def test_a_suspended_partner_changes_nothing_and_reads_as_before(demo: Demo) -> None:
    objects = Objects(demo)
    given = {row.mutation: (row, await input_for(objects, row, "own")) for row in ROWS}
    deals = "{ opportunities { totalCount } viewer { permissions } }"
    before = await demo.run(deals, MANAGER)
    suspended = {"partnerId": f"ptr_{demo_id('org/alpine-it')}", "status": "SUSPENDED"}
    await demo.run(CHANGE, VENDOR, input=suspended)
    who = PEOPLE[Role.PARTNER_MANAGER]
    for mutation in sorted({*MUTATIONS} - {"updateViewer"}):
        row, values = given[mutation]
        answer = (await demo.run(document(row.mutation), who, input=values))[mutation]
        assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"], mutation
    after = await demo.run(deals, MANAGER)
    assert after["viewer"]["permissions"] == ["READ"]
    assert after["opportunities"] == before["opportunities"]
