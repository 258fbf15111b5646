"""Many registrations of few customers at the same moment: of each customer exactly one needs no override, and none is
approved by itself that conflicts with another."""

import asyncio
import re
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.registrations.deciding import decide
from tests import hunts
from tests.schema.registrations import done, read, refusals, saved, submitted, taken
from tests.schema.test_conflicts import AS_OTHERS_WRITE_IT, CONFLICTS, KELBRIN
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo
from tests.statements import counting

CUSTOMERS = hunts.size(2, whole=20)
NAMES = (
    "Ardovan Belmuth Corvast Dremholt Estavik Fjordal Grenova Hastrup Imbrand Jolvent Kresta Lumfeld Mordavi Wexilgo"
)
NAMES += " Ostrand Pelvora Quandal Rosvint Strelbo Zuphimar"
WAYS = (
    "{} Fördertechnik GmbH",
    "{} Foerdertechnik",
    "FÖRDERTECHNIK {}",
    "{} Fördertechnik G.m.b.H.",
    "{}s Fördertechnik",
)


OF_A_CUSTOMER = 10
AT_ONCE = 20
"""Requests in flight; of more, a server may refuse some as too many."""


async def test_of_many_on_one_customer_exactly_one_needs_no_override(demo: Demo) -> None:
    await demo.database.fetch("UPDATE registration_policy SET max_open_per_partner = NULL RETURNING id")
    people = (SELLER, RIVAL, MANAGER, COLLEAGUE)
    drafts = []
    for n, name in enumerate(NAMES.split()[:CUSTOMERS]):
        for m in range(OF_A_CUSTOMER):
            account = {**KELBRIN["account"], "name": WAYS[m % len(WAYS)].format(name), "domain": None, "city": "Kiel"}
            who = people[(n + m) % len(people)]
            drafts.append((name, who, (await saved(demo, who, **{**KELBRIN, "account": account}))["id"]))
    free = asyncio.Semaphore(AT_ONCE)

    async def in_turn(asked: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        async with free:
            return await asked

    await asyncio.gather(*(in_turn(done(demo, "submitRegistration", who, registrationId=id)) for _, who, id in drafts))
    answers = await asyncio.gather(
        *(in_turn(taken(demo, "approveRegistration", VENDOR, registrationId=id)) for _, _, id in drafts)
    )
    approved = [name for (name, _, _), answer in zip(drafts, answers, strict=True) if not answer["userErrors"]]
    assert sorted(approved) == sorted(NAMES.split()[:CUSTOMERS])
    assert {code for answer in answers for code, _ in refusals(answer)} == {"BLOCKED"}


async def test_what_conflicts_is_not_approved_by_itself_and_the_rest_is(demo: Demo) -> None:
    await demo.database.fetch("UPDATE registration_policy SET auto_approve = 'true' RETURNING id")
    first = await submitted(demo, SELLER, **KELBRIN)
    assert first["status"] == "SUBMITTED"
    await decided(first)
    found = await read(demo, first["id"])
    assert found is not None
    assert (found["status"], found["history"][-1]["automatic"]) == ("APPROVED", True)
    second = await submitted(demo, RIVAL, **AS_OTHERS_WRITE_IT)
    await decided(second)
    assert await read(demo, second["id"], RIVAL) == second


async def test_a_submission_sends_the_same_statements_and_answer_whether_or_not_it_conflicts(demo: Demo) -> None:
    await submitted(demo, SELLER, **KELBRIN)
    sent, answers = list[list[str]](), list[str]()
    for name in ("Kelbrin", "Ostrova", "Kelbrin", "Ostrova"):
        account = {**KELBRIN["account"], "name": f"{name} Fördertechnik GmbH", "domain": f"{name.lower()}.example"}
        draft = await saved(demo, RIVAL, **{**KELBRIN, "account": account})
        async with counting(demo.database) as statements:
            answer = await done(demo, "submitRegistration", RIVAL, registrationId=draft["id"])
            conflicts = (await demo.run(CONFLICTS, RIVAL, id=draft["id"]))["registration"]["conflicts"]
        assert conflicts == []
        await done(demo, "withdrawRegistration", RIVAL, registrationId=draft["id"])
        sent.append(statements)
        own = r"reg_[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[^\"']*|DR-\d{4}-\d+|[Kk]elbrin|[Oo]strova"
        answers.append(re.sub(own, "", str(answer)))
    assert sent[2] == sent[3]
    assert len(set(answers)) == 1


async def decided(registration: dict[str, Any]) -> None:
    await decide(UUID(registration["id"].removeprefix("reg_")), datetime.now(UTC))
