"""Who may do what to whose objects: a row for every mutation and every id that its input takes.

A new mutation, or a new `ID` in an input, makes `test_mutation_matrix` fail until it has its row here. A row says which
mutation, which id of its input is varied (None: it takes none), what kind of object that id names, the rest of an input
that works on one's own object, and what comes of it:

    Row("advanceStage", "opportunityId", DEAL, {"toStageKey": "closed-lost", "reason": "x"}, LIKE_THE_DEAL)

The outcome is a line for each role with a word for each target: `ok`, an error code, or `-`: there is no such object.

    own        the viewer's own (for the vendor's people: that of the partner seller below)
    shared     a colleague's, shared with the partner seller
    colleague  a colleague's, not shared
    foreign    a competing partner's, or of another owner or playbook
    unknown    nothing has this id

A kind of object is a function `(Objects, target) → id`; an input value may be one as well, `(Objects) → value`. Each is
asked anew for every attempt, since an attempt that works uses its object up.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from app.models.columns import new_id
from app.periods import period_of
from app.vocabulary import PeriodKind, Role
from tests.schema.world import Demo

TARGETS = ("own", "shared", "colleague", "foreign", "unknown")
PEOPLE = {
    Role.VENDOR_ADMIN: "Ingrid Solberg",
    Role.CHANNEL_MANAGER: "Tomás Herrera",
    Role.PARTNER_MANAGER: "Lena Brandt",
    Role.PARTNER_SELLER: "Jonas Frei",
}
SELLER, COLLEAGUE, COMPETITOR = "Jonas Frei", "Mirela Kovač", "Daniel Clarke"
NOBODY = "00000000-0000-7000-8000-000000000000"


_PERIODS = count()


@dataclass
class Objects:
    """Things to attempt a mutation on; deals are handed out once each."""

    demo: Demo
    used: set[UUID] = field(default_factory=set)
    latest: UUID | None = None

    async def deal(self, target: str) -> UUID:
        """An open one, made that person's, of which nobody has confirmed anything yet, and which nobody shares."""
        owner, organization = (COMPETITOR, "brightwater") if target == "foreign" else (COLLEAGUE, "alpine-it")
        id: UUID = await self.value(
            "UPDATE opportunity SET owner_id = $1, partner_id = $2 WHERE id = (SELECT o.id FROM opportunity o"
            " JOIN playbook p ON p.id = o.playbook_id WHERE o.status = 'OPEN' AND p.key = 'it-software'"
            " AND NOT o.id = ANY ($3::uuid[]) ORDER BY o.id LIMIT 1) RETURNING id",
            demo_id(f"user/{SELLER if target == 'own' else owner}"),
            demo_id(f"org/{organization}"),
            list(self.used),
        )
        assert id is not None, "the demo has no more deals"
        self.used.add(id)
        self.latest = id
        for table in ("criterion_mark", "deal_registration", "team_member", "deal_partner"):
            await self.value(f"DELETE FROM {table} WHERE opportunity_id = $1", id)
        await self.value(
            "UPDATE opportunity SET registration_id = NULL, registration_status = NULL, protected_until = NULL"
            " WHERE id = $1",
            id,
        )
        if target == "shared":
            share = "INSERT INTO team_member (id, opportunity_id, user_id, access) VALUES ($1, $2, $3, 'EDIT')"
            await self.value(share, new_id(), id, demo_id(f"user/{SELLER}"))
        return id

    async def value(self, statement: str, *parameters: object) -> Any:
        return await self.demo.value(statement, *parameters)


Kind = Callable[[Objects, str], Awaitable[Any]]
Given = Callable[[Objects], Awaitable[Any]]


async def deal(objects: Objects, target: str) -> str:
    return f"opp_{NOBODY if target == 'unknown' else await objects.deal(target)}"


async def deals(objects: Objects, target: str) -> list[str]:
    return [await deal(objects, target)]


async def modelled(objects: Objects) -> str:
    """A playbook whose latest training is in use, and isn't its first."""
    there = "SELECT count(*) FROM prediction_model WHERE playbook_key = 'it-software'"
    if await objects.value(there) < 2:
        await objects.value("DELETE FROM prediction_model WHERE playbook_key = 'it-software'")
        for version in (1, 2):
            await objects.value(
                "INSERT INTO prediction_model (id, playbook_key, version, audience, of_whom, basis, trained_at, deals,"
                " wins, content, current) VALUES ($1, 'it-software', $2, 'VENDOR', 'VENDOR', 'STAGE_PROBABILITY',"
                " now(), 0, 0, '{}', FALSE)",
                new_id(),
                version,
            )
    await objects.value("UPDATE prediction_model SET current = FALSE WHERE playbook_key = 'it-software'")
    await objects.value(
        "UPDATE prediction_model SET current = TRUE WHERE playbook_key = 'it-software'"
        " AND version = (SELECT max(version) FROM prediction_model WHERE playbook_key = 'it-software')"
    )
    return "it-software"


async def own_deal(objects: Objects) -> str:
    return await deal(objects, "own")


async def account(objects: Objects, target: str) -> str:
    """The customer of such a deal, one that no partner created and that has no other deal."""
    if target == "unknown":
        return f"acc_{NOBODY}"
    id = new_id()
    await objects.value("INSERT INTO account (id, name, industry) VALUES ($1, $2, 'IT software')", id, f"Account {id}")
    await objects.value("UPDATE opportunity SET account_id = $2 WHERE id = $1", await objects.deal(target), id)
    return f"acc_{id}"


async def accounts(objects: Objects, target: str) -> list[str]:
    return [await account(objects, target)]


async def merge(objects: Objects, target: str) -> str:
    """Of an account into that of such a deal."""
    if target == "unknown":
        return f"mrg_{NOBODY}"
    answer = await objects.demo.run(
        "mutation($input: MergeAccountsInput!) { mergeAccounts(input: $input) { account { merges { id } } } }",
        PEOPLE[Role.VENDOR_ADMIN],
        input={"keepId": await account(objects, target), "mergeIds": [await account(objects, target)]},
    )
    id: str = answer["mergeAccounts"]["account"]["merges"][0]["id"]
    return id


async def contact(objects: Objects, target: str) -> str:
    """Somebody at the customer of such a deal, of the records of its partner."""
    if target == "unknown":
        return f"con_{NOBODY}"
    account_id = (await account(objects, target)).removeprefix("acc_")
    return await somebody(objects, account_id, "brightwater" if target == "foreign" else "alpine-it")


async def somebody(objects: Objects, account_id: object, partner: str | None) -> str:
    id = await objects.value(
        "INSERT INTO contact (id, account_id, partner_id, name) VALUES ($1, $2::text::uuid, $3, $4) RETURNING id",
        new_id(),
        str(account_id),
        demo_id(f"org/{partner}") if partner else None,
        "Somebody",
    )
    return f"con_{id}"


async def deal_with_somebody(objects: Objects, target: str) -> str:
    """Such a deal, in which somebody of the vendor's records takes part."""
    if target != "unknown":
        id = await objects.deal(target)
        account_id = await objects.value("SELECT account_id FROM opportunity WHERE id = $1", id)
        person_id = (await somebody(objects, account_id, None)).removeprefix("con_")
        await objects.value(
            "INSERT INTO opportunity_contact (id, opportunity_id, contact_id, position)"
            " VALUES ($1, $2, $3::text::uuid, 0)",
            new_id(),
            id,
            person_id,
        )
        return f"opp_{id}"
    return f"opp_{NOBODY}"


async def people(objects: Objects, target: str) -> list[str]:
    """Somebody at the customer of the deal that was handed out last; else as `contact`."""
    if target != "own":
        return [await contact(objects, target)]
    account_id = await objects.value("SELECT account_id FROM opportunity WHERE id = $1", objects.latest)
    return [await somebody(objects, account_id, "alpine-it")]


async def comment(objects: Objects, target: str) -> str:
    """To everyone on such a deal, by its owner."""
    if target == "unknown":
        return f"com_{NOBODY}"
    deal_id = await objects.deal(target)
    id = await objects.value(
        "INSERT INTO comment (id, opportunity_id, author_id, organization_id, audience, body)"
        " SELECT $1, o.id, o.owner_id, o.partner_id, 'EVERYONE_ON_IT', 'Said' FROM opportunity o WHERE o.id = $2"
        " RETURNING id",
        new_id(),
        deal_id,
    )
    return f"com_{id}"


async def task(objects: Objects, target: str) -> str:
    """Of such a deal, its owner's."""
    if target == "unknown":
        return f"tsk_{NOBODY}"
    id = await objects.value(
        "INSERT INTO task (id, opportunity_id, organization_id, from_organization_id, assignee_id, created_by_id,"
        " title)"
        " SELECT $1, o.id, o.partner_id, o.partner_id, o.owner_id, o.owner_id, 'Call them' FROM opportunity o"
        " WHERE o.id = $2 RETURNING id",
        new_id(),
        await objects.deal(target),
    )
    return f"tsk_{id}"


async def new_automation(objects: Objects) -> dict[str, Any]:
    trigger = {"events": ["OPPORTUNITY_UPDATED"]}
    steps = [{"kind": "COMMENT", "settings": {"body": "Well done"}}]
    return {"key": await new_key(objects), "name": "Automation", "trigger": trigger, "steps": steps}


async def automation(objects: Objects, target: str) -> str:
    if target == "unknown":
        return f"aut_{NOBODY}"
    answer = await objects.demo.run(
        "mutation($input: UpsertAutomationInput!) { upsertAutomation(input: $input) { automation { id } } }",
        PEOPLE[Role.VENDOR_ADMIN],
        input={"automation": await new_automation(objects)},
    )
    id: str = answer["upsertAutomation"]["automation"]["id"]
    return id


async def notifications(objects: Objects, target: str) -> list[str]:
    """One of the partner's seller, of a colleague or of a competitor."""
    if target == "unknown":
        return [f"ntf_{NOBODY}"]
    name = {"own": SELLER, "colleague": COLLEAGUE}.get(target, COMPETITOR)
    id = await objects.value(
        "INSERT INTO notification (id, user_id, number, kind, key)"
        " SELECT $1, $2, coalesce(max(n.number), 0) + 1, 'AUTOMATION', $1::uuid::text FROM notification n"
        " WHERE n.user_id = $2 RETURNING id",
        new_id(),
        demo_id(f"user/{name}"),
    )
    return [f"ntf_{id}"]


async def partner(objects: Objects, target: str) -> str:
    key = {"own": "org/alpine-it", "foreign": "org/brightwater"}.get(target)
    return f"ptr_{demo_id(key) if key else NOBODY}"


async def person(objects: Objects, target: str) -> str:
    name = {"own": SELLER, "colleague": COLLEAGUE, "foreign": COMPETITOR}.get(target)
    return f"usr_{demo_id(f'user/{name}') if name else NOBODY}"


async def api_client(objects: Objects, target: str) -> str:
    if target == "unknown":
        return f"cli_{NOBODY}"
    id = await objects.value(
        "INSERT INTO api_client (id, organization_id, name, scopes, secret_hash)"
        " VALUES ($1, $2, $1::uuid::text, '{READ}', '') RETURNING id",
        new_id(),
        demo_id(f"org/{'brightwater' if target == 'foreign' else 'alpine-it'}"),
    )
    return f"cli_{id}"


async def webhook_endpoint(objects: Objects, target: str) -> str:
    return f"whe_{NOBODY if target == 'unknown' else await hooked(objects, target)}"


async def hooked(objects: Objects, target: str) -> UUID:
    """`vendors`: the vendor's own."""
    whose = {"foreign": COMPETITOR, "vendors": PEOPLE[Role.VENDOR_ADMIN]}
    person = whose.get(target, PEOPLE[Role.PARTNER_MANAGER])
    id: UUID = await objects.value(
        "INSERT INTO webhook_endpoint (id, organization_id, owner_id, url, secret)"
        " SELECT $1, u.organization_id, u.id, 'https://hooks.example.com/', '' FROM user_account u WHERE u.id = $2"
        " RETURNING id",
        new_id(),
        demo_id(f"user/{person}"),
    )
    return id


async def webhook_delivery(objects: Objects, target: str) -> str:
    if target == "unknown":
        return f"whd_{NOBODY}"
    return await delivered(objects, await hooked(objects, target))


async def delivered(objects: Objects, endpoint: UUID) -> str:
    id = await objects.value(
        "INSERT INTO webhook_delivery (id, endpoint_id, type, status) VALUES ($1, $2, 'PING', 'DELIVERED')"
        " RETURNING id",
        new_id(),
        endpoint,
    )
    return f"whd_{id}"


async def new_period(_: Objects) -> str:
    return str(period_of(PeriodKind.MONTH, date(2040, 1, 1)).shifted(next(_PERIODS)).key)


async def target_of(objects: Objects, target: str) -> str:
    """What such a person is to win."""
    if target == "unknown":
        return f"tgt_{NOBODY}"
    id, owner = new_id(), (await person(objects, target)).removeprefix("usr_")
    await objects.value("DELETE FROM sales_target WHERE owner_id = $1::text::uuid AND period = '2032-01'", owner)
    await objects.value(
        "INSERT INTO sales_target (id, partner_id, owner_id, period, kind, first_day, last_day, amount, currency,"
        " set_at) SELECT $1, u.organization_id, u.id, '2032-01', 'MONTH', '2032-01-01', '2032-01-31', 1, 'EUR', now()"
        " FROM user_account u WHERE u.id = $2::text::uuid",
        id,
        owner,
    )
    return f"tgt_{id}"


async def newcomer(objects: Objects, target: str) -> str:
    """Somebody of that partner who owns nothing."""
    if target == "unknown":
        return f"usr_{NOBODY}"
    id = new_id()
    await objects.value(
        "INSERT INTO user_account (id, organization_id, name, role) VALUES ($1, $2, $3, 'PARTNER_SELLER')",
        id,
        demo_id(f"org/{'brightwater' if target == 'foreign' else 'alpine-it'}"),
        f"Newcomer {id}",
    )
    return f"usr_{id}"


async def channel_manager(objects: Objects, target: str) -> str:
    """One of the vendor's, not the one who looks after the partner; foreign: somebody of a partner."""
    return await person(objects, target) if target != "own" else f"usr_{demo_id('user/Grace Adeyemi')}"


async def new_address(objects: Objects) -> str:
    return f"{new_id()}@example.com"


async def a_channel_manager(objects: Objects) -> str:
    return await channel_manager(objects, "own")


async def deal_with_team(objects: Objects, target: str) -> str:
    """Such a deal, with somebody of the vendor on its team."""
    if target != "unknown":
        id = await objects.deal(target)
        await _join(objects, id, "Grace Adeyemi")
        return f"opp_{id}"
    return f"opp_{NOBODY}"


async def _join(objects: Objects, deal: UUID | None, name: str) -> None:
    statement = "INSERT INTO team_member (id, opportunity_id, user_id) VALUES ($1, $2, $3)"
    await objects.value(statement, new_id(), deal, demo_id(f"user/{name}"))


async def teammate(objects: Objects, target: str) -> str:
    """Somebody on the team of the deal that was handed out last, but for one of a competing partner."""
    if target != "own":
        return await person(objects, target)
    await _join(objects, objects.latest, "Samuel Ott")
    return f"usr_{demo_id('user/Samuel Ott')}"


async def newcomer_to_team(objects: Objects, target: str) -> str:
    """Of the own partner, of a competing one that takes no part, or nobody."""
    return f"usr_{demo_id('user/Samuel Ott')}" if target == "own" else await person(objects, target)


async def third_partner(objects: Objects, target: str) -> str:
    """One that takes no part in any deal."""
    return f"ptr_{NOBODY}" if target == "unknown" else f"ptr_{demo_id('org/cordoba-digital')}"


async def a_third_partner(objects: Objects) -> str:
    return await third_partner(objects, "own")


async def _ask(objects: Objects, id: UUID | None, partner_key: str, status: str) -> None:
    await objects.value(
        "INSERT INTO deal_partner (id, opportunity_id, partner_id, status, expires_at)"
        " VALUES ($1, $2, $3, $4, now() + interval '9 days')",
        new_id(),
        id,
        demo_id(f"org/{partner_key}"),
        status,
    )


async def vendors_deal(objects: Objects, target: str) -> str:
    """One that no partner leads."""
    id = await deal(objects, target)
    statement = "UPDATE opportunity SET partner_id = NULL, owner_id = NULL WHERE id = $1::text::uuid"
    await objects.value(statement, id.removeprefix("opp_"))
    return id


async def deal_asked_for(objects: Objects, target: str) -> str:
    """A competitor's deal to which the partner is invited, or (foreign) another partner."""
    if target == "unknown":
        return f"opp_{NOBODY}"
    id = await objects.deal("foreign")
    await _ask(objects, id, "alpine-it" if target == "own" else "cordoba-digital", "INVITED")
    return f"opp_{id}"


async def deal_sold_along(objects: Objects, target: str) -> str:
    """Such a deal, which a third partner sells along; own: a competitor's, which the own partner does."""
    if target == "unknown":
        return f"opp_{NOBODY}"
    id = await objects.deal("foreign" if target == "own" else target)
    await _ask(objects, id, "alpine-it" if target == "own" else "cordoba-digital", "ACCEPTED")
    return f"opp_{id}"


async def own_deal_asked(objects: Objects) -> str:
    """The own deal, to which the partner of the vendor's choice is invited."""
    id = await objects.deal("own")
    await _ask(objects, id, "cordoba-digital", "ACCEPTED")
    return f"opp_{id}"


def of_playbook(table: str, prefix: str, condition: str = "TRUE") -> Kind:
    """A criterion or activity of the deals' playbook, or (foreign) of another one."""

    async def find(objects: Objects, target: str) -> str:
        key = {"own": "it-software", "foreign": "manufacturing"}.get(target)
        found = await objects.value(
            f"SELECT x.id FROM {table} x JOIN stage s ON s.id = x.stage_id JOIN playbook p ON p.id = s.playbook_id"
            f" WHERE p.key = $1 AND p.status = 'PUBLISHED' AND {condition} ORDER BY s.position, x.position LIMIT 1",
            key,
        )
        return f"{prefix}_{found if key else NOBODY}"

    return find


criterion = of_playbook("criterion", "crt", "x.check_kind = 'MANUAL' AND x.confirmed_by = 'ANYONE_ON_DEAL'")
activity = of_playbook("activity", "act")


async def partners(objects: Objects, target: str) -> list[str]:
    return [await partner(objects, target)]


async def first_stage(objects: Objects) -> str:
    """Of a playbook that the deals are not on."""
    found: str = await objects.value(
        "SELECT s.key FROM stage s JOIN playbook p ON p.id = s.playbook_id"
        " WHERE p.key = 'manufacturing' AND p.status = 'PUBLISHED' ORDER BY s.position LIMIT 1"
    )
    return found


async def published(objects: Objects, target: str) -> str:
    if target == "unknown":
        return f"pbk_{NOBODY}"
    found = await objects.value("SELECT id FROM playbook WHERE key = 'it-software' AND status = 'PUBLISHED'")
    return f"pbk_{found}"


async def draft(objects: Objects, target: str) -> str:
    if target == "unknown":
        return f"pbk_{NOBODY}"
    answer = await objects.demo.run(
        "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }",
        PEOPLE[Role.VENDOR_ADMIN],
        input={"templateKey": "saas", "key": f"draft-{new_id()}"},
    )
    id: str = answer["createPlaybook"]["playbook"]["id"]
    return id


async def measured_playbook(objects: Objects) -> str:
    """The key of one whose stages say otherwise than its deals."""
    await objects.value(
        "UPDATE stage SET target_days = 3000 WHERE kind = 'OPEN'"
        " AND playbook_id IN (SELECT id FROM playbook WHERE key = 'it-software')"
    )
    return "it-software"


async def action(objects: Objects, target: str) -> str:
    """The best next action of such a deal, among those that speak of no content."""
    if target == "unknown":
        return f"nba_{NOBODY}"
    query = "query($id: ID!) { opportunity(id: $id) { recommendations(first: 20) { actions { id contents { id } } } } }"
    found = await objects.demo.run(query, PEOPLE[Role.VENDOR_ADMIN], id=f"opp_{await objects.deal(target)}")
    actions = found["opportunity"]["recommendations"]["actions"]
    return str(next(one["id"] for one in actions if not one["contents"]))


async def rule(objects: Objects, target: str) -> str:
    if target == "unknown":
        return f"rul_{NOBODY}"
    answer = await objects.demo.run(
        "mutation($input: UpsertGuidanceRuleInput!) { upsertGuidanceRule(input: $input) { rule { id } } }",
        PEOPLE[Role.VENDOR_ADMIN],
        input={**NEW_RULE, "key": await new_key(objects)},
    )
    id: str = answer["upsertGuidanceRule"]["rule"]["id"]
    return id


async def new_key(objects: Objects) -> str:
    return f"key-{new_id()}"


async def new_name(objects: Objects) -> str:
    return f"Name {new_id()}"


OVERRIDDEN = {"override": True, "note": "One firm under two names"}
"""The deals of these registrations are with other customers."""


def registration(status: str) -> Kind:
    """One of such a deal in that state, of the deal's partner and owner."""

    async def find(objects: Objects, target: str) -> str:
        return f"reg_{NOBODY if target == 'unknown' else await registered(objects, target, status)}"

    return find


async def registered(objects: Objects, target: str, status: str) -> UUID:
    deal_id, id = await objects.deal(target), new_id()
    await objects.value(
        "INSERT INTO deal_registration (id, number, status, policy_id, partner_id, owner_id, opportunity_id,"
        " account_name, account_country, products, amount, currency, expected_close_date, need, submitted_at,"
        " review_due_at, submissions, approved_at, protected_until)"
        " SELECT $1, $2, $3::text, p.id, o.partner_id, o.owner_id, o.id, 'Customer ' || $1::uuid, 'DE',"
        " '{Suite}', 5000, 'EUR', '2199-01-01', 'Need', now(), now(), 1,"
        " CASE WHEN $3::text IN ('APPROVED', 'EXPIRED') THEN now() END,"
        " CASE WHEN $3::text IN ('APPROVED', 'EXPIRED') THEN now() + interval '60 days' END"
        " FROM opportunity o, registration_policy p WHERE o.id = $4 AND p.playbook_key = 'it-software'",
        id,
        f"DR-{id}",
        status,
        deal_id,
    )
    return id


TWIN = "Twinfeld Ostrovan"
"""Customers of this name are in conflict."""


async def twin(objects: Objects, target: str) -> str:
    """A submitted registration of that customer."""
    if target == "unknown":
        return f"reg_{NOBODY}"
    id = await registered(objects, target, "SUBMITTED")
    await objects.value("UPDATE deal_registration SET account_name = $2 WHERE id = $1", id, TWIN)
    return f"reg_{id}"


async def twin_deal(objects: Objects, target: str) -> str:
    """A deal with that customer, and without a registration."""
    if target == "unknown":
        return f"opp_{NOBODY}"
    id = await objects.deal(target)
    await objects.value(
        "UPDATE account SET name = $2, country = 'DE', domain = NULL, registration_number = NULL"
        " WHERE id = (SELECT o.account_id FROM opportunity o WHERE o.id = $1)",
        id,
        TWIN,
    )
    return f"opp_{id}"


async def draft_registration(objects: Objects) -> str:
    """Of no deal."""
    id = await registered(objects, "own", "DRAFT")
    await objects.value("UPDATE deal_registration SET opportunity_id = NULL WHERE id = $1", id)
    return f"reg_{id}"


async def unattached(objects: Objects) -> str:
    """Submitted, of no deal."""
    id = await registered(objects, "own", "SUBMITTED")
    await objects.value("UPDATE deal_registration SET opportunity_id = NULL WHERE id = $1", id)
    return f"reg_{id}"


async def new_title(objects: Objects) -> dict[str, str]:
    return {"title": await new_name(objects)}


async def new_registration(objects: Objects) -> dict[str, str]:
    return {"title": await new_name(objects), "playbookKey": "it-software"}


async def of_draft_registration(objects: Objects) -> dict[str, str]:
    return {"registrationId": await draft_registration(objects)}


def own(kind: Kind) -> Given:
    async def given(objects: Objects) -> Any:
        return await kind(objects, "own")

    return given


Outcome = Mapping[Role, str]


IN_A_PERIOD = {"period": new_period, "amount": {"amount": "1000.00", "currency": "EUR"}}


def outcome(admin: str, manager: str, partner_manager: str, seller: str) -> Outcome:
    return dict(zip(PEOPLE, (admin, manager, partner_manager, seller), strict=True))


#                        own shared colleague foreign unknown
LIKE_THE_DEAL = outcome(
    admin="              ok  ok     ok        ok        NOT_FOUND",
    manager="            ok  ok     ok        ok        NOT_FOUND",
    partner_manager="    ok  ok     ok        NOT_FOUND NOT_FOUND",
    seller="             ok  ok     NOT_FOUND NOT_FOUND NOT_FOUND",
)
PART_OF_ITS_PLAYBOOK = outcome(*["ok - - NOT_FOUND NOT_FOUND"] * 4)
COLLEAGUES_AND_THE_VENDOR = outcome(*["ok - ok NOT_FOUND NOT_FOUND"] * 4)
FOR_THE_VENDOR = outcome(*["ok - - - NOT_FOUND"] * 2, *["FORBIDDEN - - - FORBIDDEN"] * 2)

OF_PARTNERS_DEALS = outcome(*["ok ok ok ok NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2)
FOR_EVERYBODY = outcome(*["ok - - - -"] * 4)
FOR_THE_VENDOR_ALONE = outcome(*["ok - - - -"] * 2, *["FORBIDDEN - - - -"] * 2)

THE_PARTNERS_ALONE = outcome(
    admin="              FORBIDDEN FORBIDDEN - - NOT_FOUND",
    manager="            FORBIDDEN FORBIDDEN - - NOT_FOUND",
    partner_manager="    ok  ok     ok        NOT_FOUND NOT_FOUND",
    seller="             ok  ok     NOT_FOUND NOT_FOUND NOT_FOUND",
)
FOR_REVIEWERS = outcome(*["ok ok ok ok NOT_FOUND"] * 2, *["FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN"] * 2)

BY_MANAGERS = outcome(
    admin="              ok  ok     ok        ok        NOT_FOUND",
    manager="            ok  ok     ok        ok        NOT_FOUND",
    partner_manager="    ok  ok     ok        NOT_FOUND NOT_FOUND",
    seller="             FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN",
)
PARTNERS = outcome(*["ok - - ok NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2)

WEBHOOKS = outcome(
    admin="              NOT_FOUND - - NOT_FOUND NOT_FOUND",
    manager="            FORBIDDEN - - FORBIDDEN FORBIDDEN",
    partner_manager="    ok        - - NOT_FOUND NOT_FOUND",
    seller="             FORBIDDEN - - FORBIDDEN FORBIDDEN",
)

TASKS = outcome(
    admin="              ok  ok        ok        ok        NOT_FOUND",
    manager="            ok  ok        ok        ok        NOT_FOUND",
    partner_manager="    ok  ok        ok        NOT_FOUND NOT_FOUND",
    seller="             ok  FORBIDDEN NOT_FOUND NOT_FOUND NOT_FOUND",
)

THE_SELLERS_OWN = outcome(*["NOT_FOUND - NOT_FOUND NOT_FOUND NOT_FOUND"] * 3, *["ok - NOT_FOUND NOT_FOUND NOT_FOUND"])

CLIENTS = outcome(
    admin="              ok        - - ok        NOT_FOUND",
    manager="            FORBIDDEN - - FORBIDDEN FORBIDDEN",
    partner_manager="    ok        - - NOT_FOUND NOT_FOUND",
    seller="             FORBIDDEN - - FORBIDDEN FORBIDDEN",
)


@dataclass(frozen=True)
class Row:
    mutation: str
    argument: str | None
    kind: Kind | None
    given: Mapping[str, Any]
    expected: Outcome


NEW_RULE = {
    "playbookKey": "it-software",
    "stageKey": "discovery",
    "condition": "deal.amount > 0.0",
    "title": "Title",
    "rationale": "Rationale",
}
NEW_DEAL = {"name": "Deal", "accountName": "Customer", "playbookKey": "it-software"}
OF_AN_ACCOUNT = {"name": "Deal"}

ROWS = (
    Row("markNotificationsRead", "notificationIds", notifications, {}, THE_SELLERS_OWN),
    Row(
        "setNotificationPreferences",
        None,
        None,
        {"preferences": [{"kind": "DEAL_STALLED", "channel": "EMAIL", "pace": "DAILY"}]},
        FOR_EVERYBODY,
    ),
    Row("addComment", "opportunityId", deal, {"body": "Hello"}, LIKE_THE_DEAL),
    Row("addComment", "registrationId", registration("SUBMITTED"), {"body": "Hello"}, LIKE_THE_DEAL),
    Row(
        "editComment",
        "commentId",
        comment,
        {"body": new_name},
        outcome(
            "FORBIDDEN FORBIDDEN - - NOT_FOUND",
            "FORBIDDEN FORBIDDEN - - NOT_FOUND",
            "FORBIDDEN FORBIDDEN - NOT_FOUND NOT_FOUND",
            "ok FORBIDDEN NOT_FOUND NOT_FOUND NOT_FOUND",
        ),
    ),
    Row(
        "removeComment",
        "commentId",
        comment,
        {},
        outcome(
            "ok ok ok ok NOT_FOUND",
            "ok ok ok ok NOT_FOUND",
            "ok ok ok NOT_FOUND NOT_FOUND",
            "ok FORBIDDEN NOT_FOUND NOT_FOUND NOT_FOUND",
        ),
    ),
    Row("advanceStage", "opportunityId", deal, {"toStageKey": "closed-lost", "reason": "It is off"}, LIKE_THE_DEAL),
    Row("createOpportunity", "accountId", account, OF_AN_ACCOUNT, LIKE_THE_DEAL),
    Row(
        "createOpportunity",
        "partnerId",
        partner,
        NEW_DEAL,
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["ok - - NOT_FOUND NOT_FOUND"] * 2),
    ),
    Row(
        "createOpportunity",
        "ownerId",
        person,
        NEW_DEAL,  # of the vendor's deal without a partner, nobody but the vendor's people is the owner
        outcome(*["NOT_FOUND - NOT_FOUND NOT_FOUND NOT_FOUND"] * 2, *["ok - ok NOT_FOUND NOT_FOUND"] * 2),
    ),
    Row("updateOpportunities", "opportunityIds", deals, {"nextStep": new_name}, LIKE_THE_DEAL),
    Row("updateOpportunities", "accountId", account, {"opportunityIds": own(deals)}, LIKE_THE_DEAL),
    Row(
        "updateOpportunities",
        "ownerId",
        person,
        {"opportunityIds": own(deals), "nextStep": new_name},
        COLLEAGUES_AND_THE_VENDOR,
    ),
    Row(
        "updateOpportunities",
        "partnerId",
        partner,
        {"opportunityIds": own(deals), "nextStep": new_name},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["ok - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row("updateOpportunity", "opportunityId", deal, {"nextStep": new_name}, LIKE_THE_DEAL),
    Row("updateOpportunity", "accountId", account, {"opportunityId": own_deal}, LIKE_THE_DEAL),
    Row(
        "updateOpportunity",
        "ownerId",
        person,
        {"opportunityId": own_deal, "nextStep": new_name},
        COLLEAGUES_AND_THE_VENDOR,
    ),
    Row(
        "updateOpportunity",
        "partnerId",
        partner,
        {"opportunityId": own_deal, "nextStep": new_name},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["ok - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "markCriterion",
        "opportunityId",
        deal,
        {"criterionId": own(criterion), "met": True, "evidence": new_name},
        LIKE_THE_DEAL,
    ),
    Row(
        "markCriterion",
        "criterionId",
        criterion,
        {"opportunityId": own_deal, "met": True, "evidence": new_name},
        PART_OF_ITS_PLAYBOOK,
    ),
    Row("completeActivity", "opportunityId", deal, {"activityId": own(activity), "note": new_name}, LIKE_THE_DEAL),
    Row(
        "completeActivity",
        "activityId",
        activity,
        {"opportunityId": own_deal, "note": new_name},
        PART_OF_ITS_PLAYBOOK,
    ),
    Row("upsertAccount", "accountId", account, {"registrationNumber": new_name}, LIKE_THE_DEAL),
    Row("upsertContact", "contactId", contact, {"title": new_name}, LIKE_THE_DEAL),
    Row("upsertContact", "accountId", account, {"name": new_name}, LIKE_THE_DEAL),
    Row("removeContact", "contactId", contact, {}, LIKE_THE_DEAL),
    Row("setDealContacts", "opportunityId", deal_with_somebody, {"contactIds": []}, LIKE_THE_DEAL),
    Row(
        "setDealContacts",
        "contactIds",
        people,
        {"opportunityId": own_deal},
        outcome(
            admin="ok - - - NOT_FOUND",
            manager="ok - - - NOT_FOUND",
            partner_manager="ok - - NOT_FOUND NOT_FOUND",
            seller="ok - NOT_FOUND NOT_FOUND NOT_FOUND",
        ),
    ),
    Row("saveRegistration", "registrationId", registration("DRAFT"), {"title": new_name}, LIKE_THE_DEAL),
    Row(
        "saveRegistration",
        "partnerId",
        partner,
        {"playbookKey": "it-software", "title": new_name},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["ok - - NOT_FOUND NOT_FOUND"] * 2),
    ),
    Row(
        "saveRegistration",
        "opportunityId",
        deal,
        {"registrationId": draft_registration},
        outcome(
            admin="ok ok ok - NOT_FOUND",  # a competitor's is seen, and INVALID
            manager="ok ok ok - NOT_FOUND",
            partner_manager="ok ok ok NOT_FOUND NOT_FOUND",
            seller="ok ok NOT_FOUND NOT_FOUND NOT_FOUND",
        ),
    ),
    Row("retrainPrediction", None, None, {"playbookKey": modelled}, FOR_THE_VENDOR_ALONE),
    Row("rollBackPrediction", None, None, {"playbookKey": modelled}, FOR_THE_VENDOR_ALONE),
    Row(
        "upsertRegistrationPolicy",
        None,
        None,
        {"playbookKey": "it-software", "eligibleMessage": new_name},
        FOR_THE_VENDOR_ALONE,
    ),
    Row(
        "saveRegistrations",
        "registrations.registrationId",
        registration("DRAFT"),
        {"registrations": new_title},
        LIKE_THE_DEAL,
    ),
    Row(
        "saveRegistrations",
        "registrations.partnerId",
        partner,
        {"registrations": new_registration},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["ok - - NOT_FOUND NOT_FOUND"] * 2),
    ),
    Row(
        "saveRegistrations",
        "registrations.opportunityId",
        deal,
        {"registrations": of_draft_registration},
        outcome(
            admin="ok ok ok - NOT_FOUND",
            manager="ok ok ok - NOT_FOUND",
            partner_manager="ok ok ok NOT_FOUND NOT_FOUND",
            seller="ok ok NOT_FOUND NOT_FOUND NOT_FOUND",
        ),
    ),
    Row("submitRegistration", "registrationId", registration("DRAFT"), {}, LIKE_THE_DEAL),
    Row("withdrawRegistration", "registrationId", registration("SUBMITTED"), {}, THE_PARTNERS_ALONE),
    Row("startReview", "registrationId", registration("SUBMITTED"), {}, FOR_REVIEWERS),
    Row(
        "requestChanges",
        "registrationId",
        registration("SUBMITTED"),
        {"requests": [{"field": "need", "message": "Since when?"}]},
        FOR_REVIEWERS,
    ),
    Row("approveRegistration", "registrationId", registration("SUBMITTED"), OVERRIDDEN, FOR_REVIEWERS),
    Row(
        "approveRegistration",
        "opportunityId",
        deal,
        {"registrationId": unattached, **OVERRIDDEN},
        outcome(*["ok ok ok - NOT_FOUND"] * 2, *["FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "requestExtension",
        "registrationId",
        registration("APPROVED"),
        {"reason": "The budget comes in spring"},
        THE_PARTNERS_ALONE,
    ),
    Row("extendRegistration", "registrationId", registration("APPROVED"), {}, FOR_REVIEWERS),
    Row(
        "revokeRegistration",
        "registrationId",
        registration("APPROVED"),
        {"code": "NOT_QUALIFIED", "reason": "It is off"},
        FOR_REVIEWERS,
    ),
    Row("reinstateRegistration", "registrationId", registration("EXPIRED"), {"reason": "A mistake"}, FOR_REVIEWERS),
    Row("rejectRegistration", "registrationId", registration("SUBMITTED"), {"code": "DUPLICATE"}, FOR_REVIEWERS),
    Row(
        "resolveConflict",
        "registrationId",
        twin,
        {"otherRegistrationId": own(twin), "decision": "NOT_THE_SAME"},
        FOR_REVIEWERS,
    ),
    Row(
        "resolveConflict",
        "otherRegistrationId",
        twin,
        {"registrationId": own(twin), "decision": "NOT_THE_SAME"},
        FOR_REVIEWERS,
    ),
    Row(
        "resolveConflict",
        "opportunityId",
        twin_deal,
        {"registrationId": own(twin), "decision": "NOT_THE_SAME"},
        FOR_REVIEWERS,
    ),
    Row("createPlaybook", "copyOf", published, {"key": new_key}, FOR_THE_VENDOR),
    Row("updatePlaybook", "playbookId", draft, {"name": new_name}, FOR_THE_VENDOR),
    Row("publishPlaybook", "playbookId", draft, {}, FOR_THE_VENDOR),
    Row("archivePlaybook", "playbookId", draft, {}, FOR_THE_VENDOR),
    Row("discardPlaybookDraft", "playbookId", draft, {}, FOR_THE_VENDOR),
    Row("applyStageSuggestions", None, None, {"playbookKey": measured_playbook}, FOR_THE_VENDOR_ALONE),
    Row("setPlaybookAvailability", "playbookId", draft, {"availableToTiers": ["GOLD"]}, FOR_THE_VENDOR),
    Row(
        "setPlaybookAvailability",
        "availableToPartnerIds",
        partners,
        {"playbookId": own(draft)},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "updatePlaybook",
        "availableToPartnerIds",
        partners,
        {"playbookId": own(draft)},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row("mergeAccounts", "keepId", account, {"mergeIds": own(accounts)}, OF_PARTNERS_DEALS),
    Row("mergeAccounts", "mergeIds", accounts, {"keepId": own(account)}, OF_PARTNERS_DEALS),
    Row("undoAccountMerge", "mergeId", merge, {}, OF_PARTNERS_DEALS),
    Row(
        "movePlaybook",
        "opportunityId",
        deal,
        {"playbookKey": "manufacturing", "stageKey": first_stage, "reason": "It is about machines"},
        outcome(*["ok ok ok ok NOT_FOUND"] * 2, *["FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "upsertContent",
        None,
        None,
        {"key": new_key, "title": "Title", "kind": "DECK"},
        FOR_THE_VENDOR_ALONE,
    ),
    Row("respondToAction", "actionId", action, {"response": "ACCEPT"}, LIKE_THE_DEAL),
    Row("upsertTask", "opportunityId", deal, {"title": "Call them"}, LIKE_THE_DEAL),
    Row("upsertTask", "registrationId", registration("SUBMITTED"), {"title": "Call them"}, LIKE_THE_DEAL),
    Row(
        "upsertTask",
        "activityId",
        activity,
        {"opportunityId": own_deal, "title": "Call them"},
        PART_OF_ITS_PLAYBOOK,
    ),
    Row(
        "upsertTask",
        "assigneeId",
        person,
        {"opportunityId": own_deal, "title": "Call them"},
        outcome(*["ok - INVALID INVALID NOT_FOUND"] * 2, *["ok - INVALID NOT_FOUND NOT_FOUND"] * 2),
    ),
    Row("upsertTask", "taskId", task, {"title": new_name}, TASKS),
    Row("completeTask", "taskId", task, {}, TASKS),
    Row("upsertAutomation", None, None, {"automation": new_automation}, FOR_THE_VENDOR_ALONE),
    Row("tryAutomation", None, None, {"automation": new_automation, "days": 1}, FOR_THE_VENDOR_ALONE),
    Row("setAutomationEnabled", "automationId", automation, {"enabled": True}, FOR_THE_VENDOR),
    Row("removeAutomation", "automationId", automation, {}, FOR_THE_VENDOR),
    Row("createCalendarFeed", None, None, {}, FOR_EVERYBODY),
    Row("removeCalendarFeed", None, None, {}, FOR_EVERYBODY),
    Row("updateViewer", None, None, {"language": "de", "timeZone": "Europe/Berlin"}, FOR_EVERYBODY),
    Row("upsertGuidanceRule", None, None, {**NEW_RULE, "key": new_key}, FOR_THE_VENDOR_ALONE),
    Row("removeGuidanceRule", "ruleId", rule, {}, FOR_THE_VENDOR),
    Row("choosePrompt", None, None, {"playbookKey": "it-software", "promptVersion": "v3"}, FOR_THE_VENDOR_ALONE),
    Row("addTeamMember", "opportunityId", deal, {"userId": a_channel_manager}, BY_MANAGERS),
    Row(
        "addTeamMember",
        "userId",
        newcomer_to_team,
        {"opportunityId": own_deal},
        outcome(
            "ok - - NOT_FOUND NOT_FOUND",
            "ok - - NOT_FOUND NOT_FOUND",
            "ok - - NOT_FOUND NOT_FOUND",
            "FORBIDDEN - - FORBIDDEN FORBIDDEN",
        ),
    ),
    Row("removeTeamMember", "opportunityId", deal_with_team, {"userId": a_channel_manager}, BY_MANAGERS),
    Row(
        "removeTeamMember",
        "userId",
        teammate,
        {"opportunityId": own_deal},
        outcome(
            "ok - NOT_FOUND NOT_FOUND NOT_FOUND",
            "ok - NOT_FOUND NOT_FOUND NOT_FOUND",
            "ok - NOT_FOUND NOT_FOUND NOT_FOUND",
            "FORBIDDEN - FORBIDDEN FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "invitePartner",
        "opportunityId",
        deal,
        {"partnerId": a_third_partner},
        outcome(  # who leads a deal, where the vendor allows it
            "ok ok ok ok NOT_FOUND",
            "ok ok ok ok NOT_FOUND",
            "FORBIDDEN FORBIDDEN - NOT_FOUND NOT_FOUND",
            "FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "invitePartner",
        "partnerId",
        third_partner,
        {"opportunityId": own_deal},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "respondToInvitation",
        "opportunityId",
        deal_asked_for,
        {"accept": True},
        outcome(
            "NOT_FOUND - - NOT_FOUND NOT_FOUND",
            "NOT_FOUND - - NOT_FOUND NOT_FOUND",
            "ok - - NOT_FOUND NOT_FOUND",
            "FORBIDDEN - - FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "removeDealPartner",
        "opportunityId",
        deal_sold_along,
        {"partnerId": None},
        outcome(
            "- - - - NOT_FOUND",
            "- - - - NOT_FOUND",
            "ok - - NOT_FOUND NOT_FOUND",
            "FORBIDDEN - - FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "removeDealPartner",
        "partnerId",
        third_partner,
        {"opportunityId": own_deal_asked},
        outcome(  # who leads a deal ends what it has begun itself
            "ok - - - NOT_FOUND",
            "ok - - - NOT_FOUND",
            "FORBIDDEN - - - NOT_FOUND",
            "FORBIDDEN - - - FORBIDDEN",
        ),
    ),
    Row(
        "offerOpportunity",
        "opportunityId",
        vendors_deal,
        {"most": 1},
        outcome(*["ok - - - NOT_FOUND"] * 2, *["FORBIDDEN - - - FORBIDDEN"] * 2),
    ),
    Row(
        "offerOpportunity",
        "partnerIds",
        partners,
        {"opportunityId": own(vendors_deal)},
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "shareWithDistributor",
        None,
        None,
        {"newDeals": True},  # none of them has one
        outcome(
            "INVALID - - - -",
            "INVALID - - - -",
            "INVALID - - - -",
            "FORBIDDEN - - - -",
        ),
    ),
    Row(
        "setSplits",
        "opportunityId",
        deal,
        {"splits": [{"percent": "100"}]},
        outcome(*["ok ok ok ok NOT_FOUND"] * 2, *["FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "setSplits",
        "splits.partnerId",
        partner,
        {"opportunityId": own_deal, "splits": {"percent": "100"}},
        outcome(*["ok - - NOT_FOUND NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row(
        "setSplits",
        "splits.userId",
        person,
        {"opportunityId": own_deal, "splits": {"percent": "100"}},
        outcome(*["ok - NOT_FOUND NOT_FOUND NOT_FOUND"] * 2, *["FORBIDDEN - FORBIDDEN FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row("upsertPartner", "partnerId", partner, {"region": new_name}, PARTNERS),
    Row("upsertPartner", "parentId", partner, {"key": new_key, "name": "Reseller"}, PARTNERS),
    Row(
        "upsertPartner",
        "channelManagerId",
        channel_manager,
        {"partnerId": own(partner), "region": new_name},
        outcome(*["ok - - NOT_FOUND NOT_FOUND"] * 2, *["FORBIDDEN - - FORBIDDEN FORBIDDEN"] * 2),
    ),
    Row("upsertUser", "userId", newcomer, {"name": new_name}, PARTNERS),
    Row(
        "upsertUser",
        "partnerId",
        partner,
        {"name": new_name, "email": new_address, "role": "PARTNER_SELLER"},
        PARTNERS,
    ),
    Row("upsertUser", "reassignTo", person, {"userId": own(newcomer), "active": False}, PARTNERS),
    Row("upsertApiClient", "apiClientId", api_client, {"name": new_name}, CLIENTS),
    Row("upsertApiClient", "partnerId", partner, {"name": new_name, "scopes": ["WRITE"]}, CLIENTS),
    Row("rotateApiClientSecret", "apiClientId", api_client, {}, CLIENTS),
    Row("removeApiClient", "apiClientId", api_client, {}, CLIENTS),
    Row("upsertWebhookEndpoint", "endpointId", webhook_endpoint, {"description": new_name}, WEBHOOKS),
    Row("rotateWebhookSecret", "endpointId", webhook_endpoint, {}, WEBHOOKS),
    Row("removeWebhookEndpoint", "endpointId", webhook_endpoint, {}, WEBHOOKS),
    Row("sendTestWebhook", "endpointId", webhook_endpoint, {}, WEBHOOKS),
    Row("redeliverWebhook", "deliveryId", webhook_delivery, {}, WEBHOOKS),
    Row("replayWebhook", "endpointId", webhook_endpoint, {}, WEBHOOKS),
    Row(
        "upsertTarget",
        "partnerId",
        partner,
        IN_A_PERIOD,
        outcome(  # the organisation's own is the vendor's to set
            "ok - - ok NOT_FOUND",
            "ok - - ok NOT_FOUND",
            "FORBIDDEN - - NOT_FOUND NOT_FOUND",
            "FORBIDDEN - - FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "upsertTarget",
        "ownerId",
        person,
        IN_A_PERIOD,
        outcome(
            "ok - ok ok NOT_FOUND",
            "ok - ok ok NOT_FOUND",
            "ok - ok NOT_FOUND NOT_FOUND",
            "FORBIDDEN - FORBIDDEN FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "removeTarget",
        "targetId",
        target_of,
        {},
        outcome(
            "ok - ok ok NOT_FOUND",
            "ok - ok ok NOT_FOUND",
            "ok - ok NOT_FOUND NOT_FOUND",
            "FORBIDDEN - FORBIDDEN FORBIDDEN FORBIDDEN",
        ),
    ),
    Row(
        "submitForecast",
        "partnerId",
        partner,
        IN_A_PERIOD,
        outcome(*["ok - - ok NOT_FOUND"] * 2, *["ok - - NOT_FOUND NOT_FOUND"] * 2),
    ),
    Row("deactivateUser", "userId", newcomer, {}, PARTNERS),
    Row("deactivateUser", "reassignTo", person, {"userId": own(newcomer)}, PARTNERS),
)  # fmt: skip
