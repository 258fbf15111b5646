"""Changes of deals at random, of every kind that there is, as people, imports and operators make them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from tests.schema.registrations import step, submitted
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

PARTNERS = tuple(f"ptr_{demo_id(f'org/{key}')}" for key in ("alpine-it", "brightwater", "cordoba-digital"))
PEOPLE = tuple(f"usr_{demo_id(f'user/{name}')}" for name in (SELLER, COLLEAGUE, MANAGER, RIVAL, VENDOR))
PLAYBOOKS = ("it-software", "manufacturing")
NOBODY = UUID(int=0)
CURRENCIES = ("EUR", "USD", "GBP")
ADMIN = "Ingrid Solberg"


@dataclass
class Wanderer:
    """`done`: the changes that came about, by name, so that a test can tell that they did."""

    demo: Demo
    chance: Random
    done: dict[str, int]

    async def step(self) -> None:
        change = self.chance.choice(CHANGES)
        if await change(self):
            name = change.__name__
            self.done[name] = self.done.get(name, 0) + 1

    async def mutate(self, name: str, who: str = VENDOR, /, **given: Any) -> bool:
        """Whether it changed something: rules refuse much of what is made up."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ message }} }} }}"
        errors: list[Any] = (await self.demo.run(document, who, input=given))[name]["userErrors"]
        return not errors

    async def some(self, statement: str, *parameters: object) -> Any:
        """One of the first column, in an order that the chance alone decides."""
        rows = await self.demo.database.fetch(statement, *parameters)
        found = sorted(str(row[0]) for row in rows)
        return self.chance.choice(found) if found else None

    async def deal(self, condition: str = "TRUE") -> str:
        found = await self.some(f"SELECT id FROM opportunity o WHERE {condition}")
        return f"opp_{found or NOBODY}"

    def money(self) -> dict[str, str] | None:
        if self.chance.random() < 0.2:
            return None
        return {"amount": f"{self.chance.randrange(1, 900_000)}.50", "currency": self.chance.choice(CURRENCIES)}

    def day(self) -> str | None:
        return self.chance.choice((None, "2026-02-28", "2026-12-31", "2027-01-01", "2031-07-15"))


async def register(one: Wanderer) -> bool:
    given: dict[str, Any] = {"name": "Wandering", "accountName": "Wanderers"}
    given |= {"playbookKey": one.chance.choice(PLAYBOOKS)}
    given |= {"amount": one.money(), "expectedCloseDate": one.day(), "partnerId": one.chance.choice((*PARTNERS, None))}
    return await one.mutate("createOpportunity", **given)


async def register_by_a_seller(one: Wanderer) -> bool:
    given = {"name": "Wandering", "accountName": "Wanderers", "playbookKey": "it-software", "amount": one.money()}
    return await one.mutate("createOpportunity", SELLER, **given)


async def change(one: Wanderer) -> bool:
    deal = await one.deal("status = 'OPEN'")
    return await one.mutate("updateOpportunity", opportunityId=deal, amount=one.money(), expectedCloseDate=one.day())


async def correct_a_closed_one(one: Wanderer) -> bool:
    deal = await one.deal("status <> 'OPEN'")
    said = {"amount": one.money(), "closedAt": datetime.now(UTC).isoformat(), "reason": "It was so"}
    return await one.mutate("updateOpportunity", opportunityId=deal, **said)


async def give_to_another_owner(one: Wanderer) -> bool:
    return await one.mutate(
        "updateOpportunity", opportunityId=await one.deal("status = 'OPEN'"), ownerId=one.chance.choice(PEOPLE)
    )


async def give_to_another_partner(one: Wanderer) -> bool:
    deal = await one.deal("status = 'OPEN'")
    return await one.mutate("updateOpportunity", opportunityId=deal, partnerId=one.chance.choice(PARTNERS))


async def change_many(one: Wanderer) -> bool:
    deals = [await one.deal("status = 'OPEN'") for _ in range(4)]
    return await one.mutate("updateOpportunities", opportunityIds=list(dict.fromkeys(deals)), amount=one.money())


async def advance(one: Wanderer) -> bool:
    return await _move(one, "o.status = 'OPEN'")


async def reopen(one: Wanderer) -> bool:
    return await _move(one, "o.status <> 'OPEN'")


async def _move(one: Wanderer, condition: str) -> bool:
    deal = await one.deal(condition)
    stages = "SELECT s.key FROM stage s JOIN opportunity o ON o.playbook_id = s.playbook_id WHERE o.id = $1"
    stage = await one.some(stages, deal.removeprefix("opp_"))
    said = {"override": True, "reason": "By chance"}
    return await one.mutate("advanceStage", opportunityId=deal, toStageKey=stage, **said)


async def move_to_another_playbook(one: Wanderer) -> bool:
    key = one.chance.choice(PLAYBOOKS)
    first = await one.some(
        "SELECT s.key FROM stage s JOIN playbook p ON p.id = s.playbook_id"
        " WHERE p.key = $1 AND p.status = 'PUBLISHED' AND s.kind = 'OPEN'",
        key,
    )
    given = {"playbookKey": key, "stageKey": first, "reason": "By chance"}
    return await one.mutate("movePlaybook", opportunityId=await one.deal("status = 'OPEN'"), **given)


async def publish(one: Wanderer) -> bool:
    """A new version, to which open deals go."""
    of = await one.some("SELECT id FROM playbook WHERE key = $1 AND status = 'PUBLISHED'", one.chance.choice(PLAYBOOKS))
    create = "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }"
    made = (await one.demo.run(create, VENDOR, input={"copyOf": f"pbk_{of}"}))["createPlaybook"]["playbook"]
    return made is not None and await one.mutate("publishPlaybook", playbookId=made["id"])


async def merge_accounts(one: Wanderer) -> bool:
    accounts = [f"acc_{await one.some('SELECT account_id FROM opportunity')}" for _ in range(2)]
    return accounts[0] != accounts[1] and await one.mutate("mergeAccounts", keepId=accounts[0], mergeIds=[accounts[1]])


async def approve_a_registration(one: Wanderer) -> bool:
    number = one.chance.randrange(10**6)
    account = {"name": f"Registered {number}", "country": "DE", "domain": f"r{number}.example"}
    waiting = await submitted(one.demo, SELLER, title=f"Deal {number}", account=account)
    given = {"registrationId": waiting["id"], "override": True, "note": "By chance"}
    answer = await one.demo.run(step("approveRegistration", "id"), VENDOR, input=given)
    errors: list[Any] = answer["approveRegistration"]["userErrors"]
    return not errors


async def sell_along(one: Wanderer) -> bool:
    """The rival's deal is sold by the seller's partner as well, whose manager then sees it."""
    deal = await one.deal(f"status = 'OPEN' AND partner_id = '{demo_id('org/brightwater')}'")
    invited = await one.mutate("invitePartner", VENDOR, opportunityId=deal, partnerId=PARTNERS[0])
    return invited and await one.mutate("respondToInvitation", MANAGER, opportunityId=deal, accept=True)


async def share_with_a_seller(one: Wanderer) -> bool:
    deal = await one.deal(f"status = 'OPEN' AND partner_id = '{demo_id('org/alpine-it')}'")
    return await one.mutate("addTeamMember", MANAGER, opportunityId=deal, userId=PEOPLE[0])


async def leave(one: Wanderer) -> bool:
    """A colleague goes; the deals are the seller's from then on."""
    return await one.mutate("deactivateUser", ADMIN, userId=PEOPLE[1], reassignTo=PEOPLE[0])


async def remove(one: Wanderer) -> bool:
    """As an operator's script does."""
    id = (await one.deal("NOT EXISTS (SELECT FROM deal_registration r WHERE r.opportunity_id = o.id)"))[4:]
    await one.demo.value("DELETE FROM opportunity WHERE id = $1 RETURNING id", id)
    return True


async def change_past_everything(one: Wanderer) -> bool:
    """Straight in the table, many at once: an import's statement, say."""
    days = one.chance.randrange(0, 200)
    await one.demo.database.fetch(
        "UPDATE opportunity SET entered_stage_at = entered_stage_at - $1::integer * interval '1 day',"
        " amount = CASE WHEN amount IS NULL THEN NULL ELSE amount + 0.25 END WHERE status = 'OPEN'"
        " AND get_byte(uuid_send(id), 15) % 7 = 0",
        days,
    )
    return True


async def set_a_category(one: Wanderer) -> bool:
    category = one.chance.choice((None, "OMITTED", "COMMIT", "BEST_CASE"))
    deal = await one.deal("status = 'OPEN'")
    return await one.mutate("updateOpportunity", opportunityId=deal, forecastCategory=category)


async def date_back(one: Wanderer) -> bool:
    """As an import that tells more of a deal's history does."""
    days = one.chance.randrange(1, 400)
    deal = await one.deal("status = 'OPEN'")
    statement = "UPDATE opportunity SET created_at = created_at - $1::integer * interval '1 day' WHERE id = $2"
    await one.demo.database.fetch(statement, days, deal.removeprefix("opp_"))
    return True


async def have_other_limits(one: Wanderer) -> bool:
    """As the nightly measurement sets them: for all, for a partner, and for the vendor's own deals."""
    own = {PARTNERS[0][4:]: float(one.chance.randrange(1, 60)), "": float(one.chance.randrange(1, 60))}
    await one.demo.database.fetch(
        "UPDATE stage SET stall_after_days = $1, own_stall_days = $2::text::jsonb WHERE position % 2 = $3",
        one.chance.choice((None, 1.5, 12.0, 40.0)),
        one.chance.choice((None, str(own).replace("'", '"'))),
        one.chance.randrange(2),
    )
    return True


Change = Callable[[Wanderer], Awaitable[bool]]
CHANGES: tuple[Change, ...] = (
    register,
    register_by_a_seller,
    change,
    correct_a_closed_one,
    give_to_another_owner,
    give_to_another_partner,
    change_many,
    advance,
    advance,
    reopen,
    move_to_another_playbook,
    publish,
    merge_accounts,
    approve_a_registration,
    sell_along,
    share_with_a_seller,
    leave,
    remove,
    change_past_everything,
    set_a_category,
    date_back,
    have_other_limits,
)
