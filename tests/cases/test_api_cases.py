"""Search, totals and external ids as clients of the API meet them."""

from tests.cases.test_cases import Verdict, verdict
from tests.schema.world import MANAGER, Demo

__all__ = ["verdict"]

NAMES = {
    "Ha\N{COMBINING DIAERESIS}fner O\N{COMBINING DIAERESIS}lmühle": ("häfner", "hafner", "ÖLMÜHLE", "olmuhle"),
    "Renée Garção": ("renee", "garcao", "RENÉE"),
    "Weißstraßen AG": ("weissstrassen", "weißstraßen", "STRASSE"),
    "中部瓦斯 契約更新": ("瓦斯", "契約"),
    "Żółć i Spółka": ("zolc", "spolka"),
}
CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { externalId } userErrors { code } } }"""
FIND = "query($search: String) { opportunities(first: 5, filter: {search: $search}) { nodes { name } } }"
TOTAL = "{ pipeline { total { count } } open: pipeline(filter: {status: [OPEN]}) { total { count } } }"


def deal(name: str, external_id: str | None = None) -> dict[str, object]:
    return {"name": name, "accountName": "Case", "playbookKey": "it-software", "externalId": external_id}


async def test_search(demo: Demo, verdict: Verdict) -> None:
    for name in NAMES:
        await demo.run(CREATE, MANAGER, input=deal(name))
    faults = []
    for name, words in NAMES.items():
        for word in words:
            found = await demo.run(FIND, MANAGER, search=word)
            if len(found["opportunities"]["nodes"]) != 1:
                faults.append(f"{word}: {found['opportunities']['nodes']}, not {name}")
    verdict("20", f"{sum(map(len, NAMES.values()))} of our own", faults)


async def test_totals_and_external_ids(demo: Demo, verdict: Verdict) -> None:
    totals = await demo.run(TOTAL, MANAGER)
    faults = [] if totals["pipeline"] == totals["open"] else [f"totals: {totals}"]
    first = await demo.run(CREATE, MANAGER, input=deal("a", "E-1"))
    assert first["createOpportunity"]["userErrors"] == []
    for other in (" E-1 ", "E-1\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}E-1", "E-1\t"):
        again = (await demo.run(CREATE, MANAGER, input=deal("a", other)))["createOpportunity"]
        if [error["code"] for error in again["userErrors"]] != ["CONFLICT"]:
            faults.append(f"{other!r}: {again}")
    verdict("23", "5 of our own", faults)
