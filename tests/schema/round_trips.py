"""A telling value for every field of every mutation's input, and where the API gives it back.

A new field fails `test_every_input_field_is_given_and_read_back` until a trip gives it, or `UNREADABLE` says why it
can't be read. It is read under its own name of the object that the mutation is about, or else where `at` says:

    Trip("completeActivity", {"note": "Called them"}, at={"note": "activities[activity.id={activityId}].note"})

`{activityId}` stands for what was given of that name. A path that begins with `payload.` is read of the mutation's own
answer, with `query.` of what is asked afterwards (`seller.`: by a partner's seller), any other of the object, asked for
again by its id. Values that are functions are asked for the value; `became` says what is to be read where it isn't what
was given.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from app.models.columns import new_id
from app.vocabulary import Role
from tests.schema.mutation_matrix import (
    COMPETITOR,
    PEOPLE,
    Objects,
    a_channel_manager,
    a_third_partner,
    account,
    accounts,
    action,
    activity,
    api_client,
    automation,
    channel_manager,
    contact,
    criterion,
    deal_with_team,
    deals,
    delivered,
    draft,
    draft_registration,
    first_stage,
    hooked,
    measured_playbook,
    merge,
    modelled,
    new_address,
    new_key,
    newcomer,
    newcomer_to_team,
    own,
    own_deal,
    own_deal_asked,
    partner,
    partners,
    people,
    person,
    published,
    registration,
    rule,
    target_of,
    task,
    twin,
    twin_deal,
    unattached,
    vendors_deal,
)

ADMIN = PEOPLE[Role.VENDOR_ADMIN]

Became = Callable[[Objects, Mapping[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Trip:
    """`about`: the payload's field with the object, "" where it has none."""

    mutation: str
    about: str
    given: Mapping[str, Any]
    at: Mapping[str, str] = field(default_factory=dict)
    became: Mapping[str, Any] = field(default_factory=dict)


AUTOMATION = {
    path: path.replace("steps.", "steps[0].")
    for path in (
        *("key", "name", "description", "playbookKey", "condition", "trigger.events", "trigger.timeZone"),
        *("trigger.daysInStage", "trigger.daysBeforeClose", "trigger.daysSilent", "trigger.schedule"),
        *("steps.kind", "steps.settings", "steps.afterMinutes", "steps.onlyIfStill"),
    )
}
"""The fields of an automation's definition, and where they are read."""
UNREADABLE: Mapping[str, str] = {
    "expectedVersion": "A guard that is kept nowhere; that it refuses is tested with each mutation.",
    "expectedUpdatedAt": "A guard that is kept nowhere; that it refuses is tested with playbooks.",
    "upsertUser.subject": "It is the identity provider's, and nobody is shown it.",
    "rotateApiClientSecret.overlapHours": "It becomes a moment, `formerSecretEndsAt`: test_api_clients.py.",
    "rotateWebhookSecret.overlapHours": "It becomes a moment, `formerSecretEndsAt`: test_delivering.py.",
    "replayWebhook.after": "It is kept nowhere: what is sent shows it: test_delivering.py.",
    "saveRegistrations.registrations.expectedVersion": "A guard that is kept nowhere.",
    "extendRegistration.accept": "That it was declined is a status: test_registrations.py.",
    "approveRegistration.opportunityId": "Its customer has to be the registered one: test_registrations.py.",
    "approveRegistration.override": "It is kept nowhere but in the note beside it.",
    **dict.fromkeys(
        (
            "withdrawRegistration.registrationId",
            "withdrawRegistration.reason",
            "requestExtension.registrationId",
            "requestExtension.reason",
        ),
        "The partner's people withdraw, and trips are an administrator's: test_registrations.py.",
    ),
    **dict.fromkeys(
        (
            "respondToInvitation.opportunityId",
            "respondToInvitation.accept",
            "respondToInvitation.declineCode",
            "respondToInvitation.reason",
        ),
        "The invited partner's people respond, and trips are an administrator's: test_cosell.py.",
    ),
    **dict.fromkeys(
        (
            "tryAutomation.days",
            *(f"tryAutomation.automation.{path}" for path in AUTOMATION),
        ),
        "It changes nothing, and is told by its runs: test_automations.py.",
    ),
    "completeTask.note": "It is kept with what the task stands for: test_tasks.py.",
    "shareWithDistributor.newDeals": "A partner that has a distributor shares: test_cosell.py.",
    "expiresInDays": "It becomes a moment, `expiresAt`: test_cosell.py.",
    "offerOpportunity.mode": "It is kept nowhere: it is told by who is asked, and when.",
    "offerOpportunity.most": "It is told by how many are asked alone.",
    "markNotificationsRead.until": "It bounds what is marked: test_notifications.py.",
    "setNotificationPreferences.role": "It says whose preferences are set: test_notifications.py.",
    "upsertContent.stages.position": "It is told by the order of a stage's contents alone: test_contents.py.",
}
"""By the field's name, in all inputs or in one."""


async def own_endpoint(objects: Objects) -> str:
    """The vendor's."""
    return f"whe_{await hooked(objects, 'vendors')}"


async def own_delivery(objects: Objects) -> str:
    return await delivered(objects, await hooked(objects, "vendors"))


async def other_account(objects: Objects) -> str:
    return await account(objects, "own")


async def other_person(objects: Objects) -> str:
    return await person(objects, "colleague")


async def own_comment(objects: Objects) -> str:
    """The administrator's."""
    answer = await objects.demo.run(
        "mutation($input: AddCommentInput!) { addComment(input: $input) { comment { id } } }",
        ADMIN,
        input={"opportunityId": await own_deal(objects), "body": "First words"},
    )
    id: str = answer["addComment"]["comment"]["id"]
    return id


async def own_notifications(objects: Objects) -> list[str]:
    """The administrator's."""
    id = await objects.value(
        "INSERT INTO notification (id, user_id, number, kind, key) VALUES ($1, $2, 1, 'AUTOMATION', 'trip')"
        " RETURNING id",
        new_id(),
        demo_id(f"user/{ADMIN}"),
    )
    return [f"ntf_{id}"]


async def competitor(objects: Objects) -> str:
    return f"usr_{demo_id(f'user/{COMPETITOR}')}"


async def other_partner(objects: Objects) -> str:
    return await partner(objects, "foreign")


async def submitted(_: Objects, __: Mapping[str, Any]) -> str:
    return "SUBMITTED"


async def lost(_: Objects, __: Mapping[str, Any]) -> str:
    return "LOST"


async def next_spring(_: Objects) -> str:
    return (datetime.now(UTC) + timedelta(days=120)).replace(microsecond=0).isoformat()


async def closed_deal(objects: Objects) -> str:
    found = await objects.value("SELECT id FROM opportunity WHERE status = 'LOST' ORDER BY id LIMIT 1")
    return f"opp_{found}"


async def closed_deals(objects: Objects) -> list[str]:
    return [await closed_deal(objects)]


async def draft_of_published(objects: Objects) -> str:
    """A version of the published playbook in which discovery is called otherwise."""
    answer = await objects.demo.run(
        "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }",
        ADMIN,
        input={"copyOf": await published(objects, "own")},
    )
    id: str = answer["createPlaybook"]["playbook"]["id"]
    await objects.value(
        "UPDATE stage SET key = 'exploration', name = 'Exploration', aliases = '{}' WHERE key = 'discovery'"
        " AND playbook_id = $1",
        id.removeprefix("pbk_"),
    )
    return id


async def a_little_later(objects: Objects) -> str:
    """Than the closed deal closed."""
    found = await objects.value("SELECT closed_at FROM opportunity WHERE id = $1", (await closed_deal(objects))[4:])
    return str((found + timedelta(minutes=1)).replace(microsecond=0).isoformat())


FIRST = "payload.results[0]"


async def first_of_them(_: Objects, given: Mapping[str, Any]) -> str:
    return str(given["opportunityIds"][0])


OF_REGISTRATION = {"registrationId": "id"}
SAVED_IN_BULK = "payload.results[0].registration"
IN_BULK = {
    f"registrations.{path}": f"{SAVED_IN_BULK}.{place}"
    for path, place in {
        "partnerId": "partner.id",
        "playbookKey": "policy.playbookKey",
        "answers.questionKey": "answers[0].questionKey",
        "answers.answer": "answers[0].answer",
        **{
            path: path
            for path in (
                *("externalId", "title", "dealType", "products", "expectedCloseDate", "need", "nextStep"),
                *("amount.amount", "amount.currency", "account.name", "account.domain", "account.city"),
                *("account.registrationNumber", "account.country", "account.postalCode", "account.industry"),
                *("contact.name", "contact.title", "contact.email", "contact.phone"),
            )
        },
    }.items()
} | {"submit": f"{SAVED_IN_BULK}.status"}
LAST_MOVE = "transitions(first: 1).nodes[0]"
STAGES_OF = "query($id: ID!) { playbook(id: $id) { stages { key } } }"


async def stages_of_the_copied(objects: Objects, given: Mapping[str, Any]) -> list[str]:
    found = await objects.demo.run(STAGES_OF, ADMIN, id=given["copyOf"])
    return [stage["key"] for stage in found["playbook"]["stages"]]


async def stages_of_the_template(objects: Objects, given: Mapping[str, Any]) -> list[str]:
    found = await objects.demo.run("{ playbookTemplates { key stages { key } } }", ADMIN)
    (template,) = (one for one in found["playbookTemplates"] if one["key"] == given["templateKey"])
    return [stage["key"] for stage in template["stages"]]


async def their_organization(_: Objects, given: Mapping[str, Any]) -> str:
    return str(given["partnerId"]).replace("ptr_", "org_")


async def owner_of_a_deal(objects: Objects) -> str:
    """A newcomer who owns one deal."""
    id = await newcomer(objects, "own")
    await objects.value(
        "UPDATE opportunity SET owner_id = $1 WHERE id = $2", id[4:], (await own_deal(objects)).removeprefix("opp_")
    )
    return id


async def in_a_month(_: Objects) -> str:
    return (datetime.now(UTC).date() + timedelta(days=30)).isoformat()


async def next_month(_: Objects) -> str:
    """Its first day."""
    return (datetime.now(UTC).date().replace(day=1) + timedelta(days=32)).replace(day=1).isoformat()


async def deal_of_long(objects: Objects) -> str:
    """One that its partner has led for a while."""
    id = await own_deal(objects)
    await objects.value(
        "UPDATE field_change SET at = at - interval '1 day' WHERE opportunity_id = $1 AND field = 'partner'",
        UUID(id.removeprefix("opp_")),
    )
    return id


async def now_or_so(_: Objects) -> str:
    """Ten minutes ago, to the second, as it is given back."""
    return (datetime.now(UTC) - timedelta(minutes=10)).replace(microsecond=0).isoformat()


DEALS_OF = 'query.opportunities(filter: {{ownerId: "{reassignTo}"}}).nodes[owner.id={reassignTo}].owner.id'

MEMBER = "team[user.id={userId}]"
SPLIT = 'splits(on: "{from}")[0]'
OTHER = "conflicts[registration.id={otherRegistrationId}]"

MARKED = "criteria(scope: ALL)[criterion.id={criterionId}]"
DONE = "activities[activity.id={activityId}]"
PREFERENCES = "query.notificationPreferences"
PROMPT = "query.guidanceModel.playbookPrompts[playbookKey={playbookKey}]"

CRITERION = {
    "key": "agreed",
    "description": "They have agreed.",
    "required": False,
    "reader": "CUSTOMER",
    "customerWording": "Do you agree?",
    "confirmedBy": "VENDOR",
    "locks": ["nextStep"],
    "translations": [{"language": "de", "description": "Sie sind einig.", "customerWording": "Sind Sie einig?"}],
}
COMPUTED = {"key": "large", "description": "It is large.", "expression": "deal.amount > 5.0"}
STAGE = {
    "key": "first",
    "name": "First stage",
    "aliases": ["Phase 1"],
    "definition": "It begins.",
    "kind": "OPEN",
    "buyerPhase": "CONSIDERATION",
    "winProbability": 0.35,
    "forecastCategory": "BEST_CASE",
    "targetDays": 17,
    "autoAdvance": True,
    "contents": ["sample-piece"],
    "entryCriteria": [{**CRITERION, "key": "entered"}, {**COMPUTED, "key": "small"}],
    "exitCriteria": [CRITERION, COMPUTED],
    "activities": [
        {
            "key": "call",
            "name": "Call them",
            "description": "By telephone.",
            "required": True,
            "effortMinutes": 25,
            "serves": ["agreed"],
            "confirmedBy": "PARTNER_MANAGER",
            "reader": "CUSTOMER",
            "customerWording": "May we call you?",
            "translations": [
                {
                    "language": "de",
                    "name": "Anrufen",
                    "description": "Am Telefon.",
                    "customerWording": "Dürfen wir anrufen?",
                }
            ],
        }
    ],
    "translations": [{"language": "de", "name": "Erste", "definition": "Es geht los."}],
}
ENDS = [
    {"key": "won", "name": "Won", "kind": "WON", "winProbability": 1.0, "forecastCategory": "CLOSED"},
    {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0.0, "forecastCategory": "OMITTED"},
]
RULE = {
    "playbookKey": "it-software",
    "stageKey": "discovery",
    "key": new_key,
    "condition": "deal.amount > 3.0",
    "title": "A title of ours",
    "rationale": "A reason of ours",
    "kind": "INVOLVE_VENDOR",
    "weight": 0.75,
    "urgency": "HIGH",
    "effortMinutes": 45,
    "contentKeys": ["sample-piece"],
}

TRIPS = (
    Trip(
        "addComment",
        "comment",
        {"opportunityId": own_deal, "body": "Among us", "audience": "OWN_ORGANIZATION"},
        at={"opportunityId": "opportunity.id"},
    ),
    Trip(
        "addComment",
        "comment",
        {"registrationId": own(registration("SUBMITTED")), "body": "Of the registration"},
        at={"registrationId": "registration.id"},
    ),
    Trip(
        "markNotificationsRead",
        "",
        {"notificationIds": own_notifications},
        at={"notificationIds": "payload.notifications.id"},
    ),
    Trip(
        "setNotificationPreferences",
        "",
        {
            "preferences": [{"kind": "COMMENT_ADDED", "channel": "INBOX", "pace": "OFF"}],
            "quietHours": {"start": "21:30", "end": "06:45", "weekends": True},
            "dailyAt": "07:15",
            "chat": {"service": "SLACK", "url": "https://hooks.example.com/secret"},
        },
        at={
            "preferences.kind": f"{PREFERENCES}.preferences[kind=COMMENT_ADDED].kind",
            "preferences.channel": f"{PREFERENCES}.preferences[kind=COMMENT_ADDED].channel",
            "preferences.pace": f"{PREFERENCES}.preferences[kind=COMMENT_ADDED].pace",
            "quietHours.start": f"{PREFERENCES}.quietHours.start",
            "quietHours.end": f"{PREFERENCES}.quietHours.end",
            "quietHours.weekends": f"{PREFERENCES}.quietHours.weekends",
            "dailyAt": f"{PREFERENCES}.dailyAt",
            "chat.service": f"{PREFERENCES}.chat.service",
            "chat.url": f"{PREFERENCES}.chat.host",
        },
        became={"chat.url": "hooks.example.com"},
    ),
    Trip("editComment", "comment", {"commentId": own_comment, "body": "Other words"}, at={"commentId": "id"}),
    Trip("removeComment", "comment", {"commentId": own_comment}, at={"commentId": "id"}),
    Trip(
        "advanceStage",
        "opportunity",
        {
            "opportunityId": deal_of_long,
            "toStageKey": "closed-won",
            "reason": "They signed",
            "closeReasonKey": "best-fit",
            "override": True,
            "at": now_or_so,
        },
        at={
            "opportunityId": "id",
            "toStageKey": "stage.key",
            "reason": f"{LAST_MOVE}.reason",
            "override": f"{LAST_MOVE}.overridden",
            "at": f"{LAST_MOVE}.at",
        },
    ),
    Trip("archivePlaybook", "playbook", {"playbookId": own(draft)}, at={"playbookId": "id"}),
    Trip(
        "choosePrompt",
        "",
        {"playbookKey": "it-software", "promptVersion": "v3", "wording": "CHECKED"},
        at={
            "playbookKey": f"{PROMPT}.playbookKey",
            "promptVersion": f"{PROMPT}.promptVersion",
            "wording": f"{PROMPT}.wording",
        },
    ),
    Trip(
        "completeActivity",
        "opportunity",
        {"opportunityId": own_deal, "activityId": own(activity), "status": "SKIPPED", "note": "They know it"},
        at={
            "opportunityId": "id",
            "activityId": f"{DONE}.activity.id",
            "status": f"{DONE}.status",
            "note": f"{DONE}.note",
        },
    ),
    Trip(
        "createOpportunity",
        "opportunity",
        {
            "name": "A new deal",
            "accountName": "A new customer",
            "amount": {"amount": "12345.60", "currency": "CHF"},
            "expectedCloseDate": "2031-05-17",
            "externalId": "EXT-31",
            "nextStep": "Write to them",
            "notes": "They like it",
            "ownerId": own(person),
            "partnerId": own(partner),
            "playbookKey": "it-software",
            "stageKey": "discovery",
            "source": "CO_SELL",
            "dealType": "RENEWAL",
            "forecastCategory": "COMMIT",
        },
        at={
            "accountName": "account.name",
            "ownerId": "owner.id",
            "partnerId": "partner.id",
            "playbookKey": "playbook.key",
            "stageKey": "stage.key",
        },
    ),
    Trip(
        "createOpportunity",
        "opportunity",
        {"name": "Another deal", "accountId": other_account},
        at={"accountId": "account.id"},
    ),
    Trip(
        "createPlaybook",
        "playbook",
        {"copyOf": own(published), "key": new_key, "name": "A copy", "industry": "Shipping"},
        at={"copyOf": "stages.key"},
        became={"copyOf": stages_of_the_copied},
    ),
    Trip(
        "createPlaybook",
        "playbook",
        {"templateKey": "saas", "key": new_key},
        at={"templateKey": "stages.key"},
        became={"templateKey": stages_of_the_template},
    ),
    Trip(
        "deactivateUser",
        "user",
        {"userId": owner_of_a_deal, "reassignTo": other_person},
        at={"userId": "id", "reassignTo": DEALS_OF},
    ),
    Trip(
        "discardPlaybookDraft",
        "",
        {"playbookId": own(draft)},
        at={"playbookId": "payload.discardedPlaybookId"},
    ),
    Trip(
        "markCriterion",
        "opportunity",
        {"opportunityId": own_deal, "criterionId": own(criterion), "met": True, "evidence": "They wrote so"},
        at={
            "opportunityId": "id",
            "criterionId": f"{MARKED}.criterion.id",
            "met": f"{MARKED}.met",
            "evidence": f"{MARKED}.evidence",
        },
    ),
    Trip(
        "mergeAccounts",
        "account",
        {"keepId": other_account, "mergeIds": own(accounts)},
        at={"keepId": "id", "mergeIds": "merges.mergedId"},
    ),
    Trip("undoAccountMerge", "merge", {"mergeId": own(merge)}, at={"mergeId": "id"}),
    Trip(
        "movePlaybook",
        "opportunity",
        {
            "opportunityId": own_deal,
            "playbookKey": "manufacturing",
            "stageKey": first_stage,
            "reason": "It is about machines",
        },
        at={
            "opportunityId": "id",
            "playbookKey": "playbook.key",
            "stageKey": "stage.key",
            "reason": f"{LAST_MOVE}.reason",
        },
    ),
    Trip(
        "publishPlaybook",
        "",
        {
            "playbookId": draft_of_published,
            "dryRun": True,
            "stageMapping": [{"from": "discovery", "to": "negotiation"}],
        },
        at={
            "playbookId": "payload.playbook.id",
            "dryRun": "payload.dryRun",
            "stageMapping.from": "payload.placements[fromStageKey=discovery].fromStageKey",
            "stageMapping.to": "payload.placements[fromStageKey=discovery].toStageKey",
        },
    ),
    Trip(
        "removeGuidanceRule",
        "",
        {"ruleId": own(rule)},
        at={"ruleId": "query.guidanceRules(first: 100).nodes[id={ruleId}].id"},
        became={"ruleId": None},
    ),
    Trip(
        "respondToAction",
        "action",
        {"actionId": own(action), "response": "DISMISS", "reason": "They said no"},
        at={"actionId": "id", "response": "status", "reason": "responseReason"},
        became={"response": "DISMISSED"},
    ),
    Trip(
        "respondToAction",
        "action",
        {"actionId": own(action), "response": "SNOOZE", "until": in_a_month},
        at={"actionId": "id", "response": "status", "until": "snoozedUntil"},
        became={"response": "SNOOZED"},
    ),
    Trip(
        "upsertTask",
        "task",
        {
            "opportunityId": own_deal,
            "activityId": own(activity),
            "title": "Ask for the route",
            "description": "By telephone",
            "assigneeId": own(person),
            "dueAt": next_spring,
            "urgency": "HIGH",
            "status": "IN_PROGRESS",
        },
        at={"opportunityId": "opportunity.id", "activityId": "activity.id", "assigneeId": "assignee.id"},
    ),
    Trip(
        "upsertTask",
        "task",
        {"registrationId": own(registration("SUBMITTED")), "title": "Ask for the route"},
        at={"registrationId": "registration.id"},
    ),
    Trip("upsertTask", "task", {"taskId": own(task), "title": "Another title"}, at={"taskId": "id"}),
    Trip("completeTask", "task", {"taskId": own(task)}, at={"taskId": "id"}),
    Trip(
        "applyStageSuggestions",
        "playbook",
        {"playbookKey": measured_playbook, "stageKeys": ["qualification"]},
        at={"playbookKey": "key", "stageKeys": "stages[key=qualification].key"},
        became={"stageKeys": "qualification"},
    ),
    Trip(
        "upsertAutomation",
        "automation",
        {
            "automation": {
                "key": new_key,
                "name": "Welcome",
                "description": "Greets them",
                "playbookKey": "it-software",
                "trigger": {"events": ["OPPORTUNITY_CREATED"], "timeZone": "Europe/Berlin"},
                "condition": "deal.amount > 3.0",
                "steps": [
                    {
                        "kind": "COMMENT",
                        "settings": {"body": "Hello"},
                        "afterMinutes": 5,
                        "onlyIfStill": "deal.amount > 4.0",
                    }
                ],
            },
            "enabled": True,
        },
        at={f"automation.{path}": place for path, place in AUTOMATION.items()},
    ),
    *(
        Trip(
            "upsertAutomation",
            "automation",
            {
                "automation": {
                    "key": new_key,
                    "name": "By the time",
                    "trigger": trigger,
                    "steps": [{"kind": "COMMENT", "settings": {"body": "Hello"}}],
                }
            },
            at={f"automation.{path}": place for path, place in AUTOMATION.items()},
        )
        for trigger in (
            {"daysInStage": 17},
            {"daysBeforeClose": 18},
            {"daysSilent": 19},
            {"schedule": "0 7 * * MON"},
        )
    ),
    Trip("removeAutomation", "automation", {"automationId": own(automation)}, at={"automationId": "id"}),
    Trip(
        "setAutomationEnabled",
        "automation",
        {"automationId": own(automation), "enabled": True},
        at={"automationId": "id"},
    ),
    Trip(
        "setPlaybookAvailability",
        "playbook",
        {"playbookId": own(draft), "availableToTiers": ["GOLD"], "availableToPartnerIds": own(partners)},
        at={"playbookId": "id", "availableToPartnerIds": "availableToPartners.id"},
    ),
    Trip(
        "updateOpportunity",
        "opportunity",
        {
            "opportunityId": own_deal,
            "name": "Another name",
            "accountId": other_account,
            "amount": {"amount": "54321.05", "currency": "USD"},
            "expectedCloseDate": "2032-06-18",
            "nextStep": "Call them",
            "notes": "They are in a hurry",
            "ownerId": other_person,
            "source": "VENDOR",
            "dealType": "EXPANSION",
            "forecastCategory": "BEST_CASE",
            "qualification": [{"questionKey": "economic-buyer", "answer": "The treasurer"}],
        },
        at={
            "opportunityId": "id",
            "accountId": "account.id",
            "ownerId": "owner.id",
            "qualification.questionKey": "qualification[key=economic-buyer].key",
            "qualification.answer": "qualification[key=economic-buyer].answer",
        },
    ),
    Trip(
        "updateOpportunities",
        "",
        {
            "opportunityIds": own(deals),
            "name": "A name for all",
            "accountId": other_account,
            "amount": {"amount": "4321.05", "currency": "USD"},
            "expectedCloseDate": "2032-06-18",
            "nextStep": "Call all of them",
            "notes": "They are all in a hurry",
            "ownerId": other_person,
            "source": "VENDOR",
            "dealType": "EXPANSION",
            "forecastCategory": "BEST_CASE",
            "qualification": [{"questionKey": "economic-buyer", "answer": "The treasurer"}],
        },
        at={
            "opportunityIds": f"{FIRST}.opportunityId",
            "name": f"{FIRST}.opportunity.name",
            "accountId": f"{FIRST}.opportunity.account.id",
            "amount.amount": f"{FIRST}.opportunity.amount.amount",
            "amount.currency": f"{FIRST}.opportunity.amount.currency",
            "expectedCloseDate": f"{FIRST}.opportunity.expectedCloseDate",
            "nextStep": f"{FIRST}.opportunity.nextStep",
            "notes": f"{FIRST}.opportunity.notes",
            "ownerId": f"{FIRST}.opportunity.owner.id",
            "source": f"{FIRST}.opportunity.source",
            "qualification.questionKey": f"{FIRST}.opportunity.qualification[key=economic-buyer].key",
            "qualification.answer": f"{FIRST}.opportunity.qualification[key=economic-buyer].answer",
            "dealType": f"{FIRST}.opportunity.dealType",
            "forecastCategory": f"{FIRST}.opportunity.forecastCategory",
        },
        became={"opportunityIds": first_of_them},
    ),
    Trip(
        "updateOpportunities",
        "",
        {"opportunityIds": closed_deals, "closedAt": a_little_later, "reason": "All were entered late"},
        at={
            "opportunityIds": f"{FIRST}.opportunityId",
            "closedAt": f"{FIRST}.opportunity.closedAt",
            "reason": f"{FIRST}.opportunity.corrections(first: 1).nodes[0].reason",
        },
        became={"opportunityIds": first_of_them},
    ),
    Trip(
        "updateOpportunities",
        "",
        {"opportunityIds": own(deals), "accountName": "One customer of all", "partnerId": other_partner},
        at={
            "opportunityIds": f"{FIRST}.opportunityId",
            "accountName": f"{FIRST}.opportunity.account.name",
            "partnerId": f"{FIRST}.opportunity.partner.id",
        },
        became={"opportunityIds": first_of_them},
    ),
    Trip(
        "updateOpportunity",
        "opportunity",
        {"opportunityId": own_deal, "accountName": "Yet another customer", "partnerId": other_partner},
        at={"opportunityId": "id", "accountName": "account.name", "partnerId": "partner.id"},
    ),
    Trip(
        "updateOpportunity",
        "opportunity",
        {"opportunityId": closed_deal, "closedAt": a_little_later, "reason": "It was entered late"},
        at={"opportunityId": "id", "reason": "corrections(first: 1).nodes[0].reason"},
    ),
    Trip(
        "updatePlaybook",
        "playbook",
        {
            "playbookId": own(draft),
            "name": "A playbook",
            "description": "For ships.",
            "industry": "Shipping",
            "language": "en",
            "qualificationFramework": "MEDDICC",
            "closeReasons": [{"key": "price", "label": "The price", "outcome": "LOST"}],
            "reviewDueAt": "2031-02-03T00:00:00+00:00",
            "availableToTiers": ["PLATINUM"],
            "availableToPartnerIds": own(partners),
            "questions": [
                {
                    "key": "budget",
                    "label": "Budget",
                    "prompt": "Who pays?",
                    "translations": [{"language": "de", "label": "Etat", "prompt": "Wer zahlt?"}],
                }
            ],
            "stages": [STAGE, *ENDS],
            "translations": [{"language": "de", "name": "Spielbuch", "description": "Für Schiffe."}],
        },
        at={
            "playbookId": "id",
            "availableToPartnerIds": "availableToPartners.id",
            "questions.key": "qualificationQuestions[0].key",
            "questions.label": "qualificationQuestions[0].label",
            "questions.prompt": "qualificationQuestions[0].prompt",
            "questions.translations.language": "qualificationQuestions[0].translations[0].language",
            "questions.translations.label": "qualificationQuestions[0].translations[0].label",
            "questions.translations.prompt": "qualificationQuestions[0].translations[0].prompt",
            "stages.entryCriteria.expression": "stages[0].entryCriteria[1].expression",
            "stages.exitCriteria.expression": "stages[0].exitCriteria[1].expression",
            "stages.activities.serves": "stages[0].activities[0].serves.key",
            "stages.contents": "stages[0].contents(first: 9).nodes.key",
        },
    ),
    Trip(
        "updateViewer",
        "user",
        {"language": "fr", "timeZone": "Europe/Paris"},
        at={"language": "query.viewer.user.language", "timeZone": "query.viewer.user.timeZone"},
    ),
    Trip(
        "upsertAccount",
        "account",
        {
            "accountId": other_account,
            "name": "A renamed customer",
            "annualRevenue": "9876543.20",
            "country": "CH",
            "domain": "renamed.example",
            "employees": 321,
            "industry": "Shipping",
            "registrationNumber": "CHE-123.456.789",
        },
        at={"accountId": "id"},
    ),
    Trip(
        "upsertContent",
        "content",
        {
            "key": new_key,
            "title": "A piece",
            "kind": "CHECKLIST",
            "summary": "In short.",
            "body": "At length.",
            "url": "https://example.com/piece",
            "language": "de",
            "lifecyclePhase": "ENABLE",
            "reader": "CUSTOMER",
            "audience": ["GOLD"],
            "industries": ["Shipping"],
            "stages": [{"playbookKey": "it-software", "stageKey": "negotiation"}],
        },
        at={"stages.playbookKey": "stages[0].playbook.key", "stages.stageKey": "stages[0].key"},
    ),
    Trip(
        "upsertContent",
        "",
        {"key": new_key, "title": "A hidden piece", "kind": "DECK", "archived": True},
        at={
            "key": "payload.content.key",
            "title": "payload.content.title",
            "kind": "payload.content.kind",
            "archived": 'seller.contents(filter: {{search: "A hidden piece"}}).nodes[key={key}].key',
        },
        became={"archived": None},
    ),
    Trip("upsertGuidanceRule", "rule", RULE),
    Trip(
        "upsertPartner",
        "partner",
        {
            "partnerId": other_partner,
            "name": "A renamed partner",
            "region": "Antarctica",
            "kind": "DISTRIBUTOR",
            "tier": "REGISTERED",
            "industries": ["Shipping"],
            "regions": ["AQ"],
            "status": "ONBOARDING",
            "externalId": "P-77",
            "parentId": own(partner),
            "channelManagerId": own(channel_manager),
        },
        at={"partnerId": "id", "parentId": "parent.id", "channelManagerId": "channelManager.id"},
    ),
    Trip(
        "upsertContact",
        "contact",
        {
            "accountId": other_account,
            "name": "A new contact",
            "title": "Treasurer",
            "email": new_address,
            "phone": "+43 1 234567",
            "language": "fr",
            "buyingRole": "ECONOMIC_BUYER",
        },
        at={"accountId": "account.id"},
    ),
    Trip(
        "upsertContact",
        "contact",
        {"contactId": own(contact), "name": "A renamed contact"},
        at={"contactId": "id"},
    ),
    Trip("removeContact", "", {"contactId": own(contact)}, at={"contactId": "payload.contactId"}),
    Trip(
        "setDealContacts",
        "opportunity",
        {"opportunityId": own_deal, "contactIds": own(people)},
        at={"opportunityId": "id", "contactIds": "contacts.id"},
    ),
    Trip(
        "upsertApiClient",
        "apiClient",
        {"name": "A new client", "scopes": ["REGISTER", "WRITE"], "partnerId": other_partner},
        at={"partnerId": "organization.id"},
        became={"partnerId": their_organization},
    ),
    Trip("upsertApiClient", "apiClient", {"apiClientId": own(api_client), "name": "Renamed"}, at={"apiClientId": "id"}),
    Trip("rotateApiClientSecret", "apiClient", {"apiClientId": own(api_client)}, at={"apiClientId": "id"}),
    Trip(
        "upsertTarget",
        "target",
        {"period": "2031-Q2", "amount": {"amount": "120000.50", "currency": "CHF"}, "partnerId": own(partner)},
        at={"partnerId": "partner.id"},
    ),
    Trip(
        "upsertTarget",
        "target",
        {"period": "2031-07", "amount": {"amount": "1200.50", "currency": "EUR"}, "ownerId": own(person)},
        at={"ownerId": "owner.id"},
    ),
    Trip("removeTarget", "", {"targetId": own(target_of)}, at={"targetId": "payload.removedId"}),
    Trip(
        "submitForecast",
        "submission",
        {
            "period": "2031",
            "amount": {"amount": "98765.40", "currency": "USD"},
            "note": "They will sign",
            "partnerId": own(partner),
        },
        at={"partnerId": "partner.id"},
    ),
    Trip("removeApiClient", "apiClient", {"apiClientId": own(api_client)}, at={"apiClientId": "id"}),
    Trip(
        "upsertWebhookEndpoint",
        "endpoint",
        {
            "url": "https://hooks.example.com/new",
            "description": "Tells our CRM",
            "eventTypes": ["OPPORTUNITY_CREATED", "OPPORTUNITY_UPDATED"],
            "changedFields": ["amount", "name"],
            "filter": "deal.amount > 1000.0",
            "document": "subscription { opportunitiesChanged { type } }",
            "ordered": True,
            "enabled": False,
        },
    ),
    Trip(
        "upsertWebhookEndpoint",
        "endpoint",
        {"endpointId": own_endpoint, "description": "Renamed"},
        at={"endpointId": "id"},
    ),
    Trip("rotateWebhookSecret", "endpoint", {"endpointId": own_endpoint}, at={"endpointId": "id"}),
    Trip("removeWebhookEndpoint", "", {"endpointId": own_endpoint}, at={"endpointId": "payload.endpointId"}),
    Trip("sendTestWebhook", "delivery", {"endpointId": own_endpoint}, at={"endpointId": "endpoint.id"}),
    Trip("redeliverWebhook", "delivery", {"deliveryId": own_delivery}, at={"deliveryId": "id"}),
    Trip("replayWebhook", "endpoint", {"endpointId": own_endpoint}, at={"endpointId": "id"}),
    Trip(
        "saveRegistration",
        "registration",
        {
            "partnerId": other_partner,
            "playbookKey": "it-software",
            "externalId": new_key,
            "title": "A new project",
            "account": {
                "name": "Nordwind Energie GmbH",
                "domain": "nordwind.example",
                "registrationNumber": "HRB 4711",
                "country": "DE",
                "city": "Kiel",
                "postalCode": "24103",
                "industry": "Energy",
            },
            "contact": {
                "name": "Ada Lovelace",
                "title": "Treasurer",
                "email": "ada@nordwind.example",
                "phone": "+43 1 234567",
            },
            "dealType": "EXPANSION",
            "products": ["Suite", "Archive"],
            "amount": {"amount": "48000.50", "currency": "EUR"},
            "expectedCloseDate": "2199-03-31",
            "need": "Restores take a day",
            "nextStep": "Show a restore",
            "answers": [{"questionKey": "origin", "answer": "They called us"}],
        },
        at={"partnerId": "partner.id", "playbookKey": "policy.playbookKey"},
    ),
    Trip(
        "saveRegistration",
        "registration",
        {"registrationId": draft_registration, "opportunityId": own_deal},
        at={"registrationId": "id", "opportunityId": "opportunity.id"},
    ),
    Trip(
        "saveRegistrations",
        "",
        {
            "registrations": [
                {
                    "partnerId": other_partner,
                    "playbookKey": "it-software",
                    "externalId": new_key,
                    "title": "A new project",
                    "account": {
                        "name": "Nordwind Energie GmbH",
                        "domain": "nordwind.example",
                        "registrationNumber": "HRB 4711",
                        "country": "DE",
                        "city": "Kiel",
                        "postalCode": "24103",
                        "industry": "Energy",
                    },
                    "contact": {
                        "name": "Ada Lovelace",
                        "title": "Treasurer",
                        "email": "ada@nordwind.example",
                        "phone": "+43 1 234567",
                    },
                    "dealType": "EXPANSION",
                    "products": ["Suite", "Archive"],
                    "amount": {"amount": "48000.50", "currency": "EUR"},
                    "expectedCloseDate": "2199-03-31",
                    "need": "Restores take a day",
                    "nextStep": "Show a restore",
                    "answers": [{"questionKey": "origin", "answer": "They called us"}],
                }
            ],
            "submit": True,
        },
        at=IN_BULK,
        became={"submit": submitted},
    ),
    Trip(
        "saveRegistrations",
        "",
        {"registrations": [{"registrationId": draft_registration, "opportunityId": own_deal}]},
        at={
            "registrations.registrationId": f"{FIRST}.registration.id",
            "registrations.opportunityId": f"{FIRST}.registration.opportunity.id",
        },
    ),
    Trip("submitRegistration", "registration", {"registrationId": own(registration("DRAFT"))}, at=OF_REGISTRATION),
    Trip("startReview", "registration", {"registrationId": own(registration("SUBMITTED"))}, at=OF_REGISTRATION),
    Trip(
        "requestChanges",
        "registration",
        {
            "registrationId": own(registration("SUBMITTED")),
            "requests": [{"field": "need", "message": "Since when?"}],
            "reason": "A question",
        },
        at={
            **OF_REGISTRATION,
            "requests.field": "changeRequests[0].field",
            "requests.message": "changeRequests[0].message",
        },
    ),
    Trip(
        "approveRegistration",
        "registration",
        {
            "registrationId": unattached,
            "reason": "Welcome",
            "note": "Checked",
        },
        at={**OF_REGISTRATION, "note": "history[kind=APPROVE].note"},
    ),
    Trip(
        "rejectRegistration",
        "registration",
        {
            "registrationId": own(registration("SUBMITTED")),
            "code": "OUT_OF_TERRITORY",
            "reason": "Not yours",
            "note": "Checked",
        },
        at={**OF_REGISTRATION, "code": "rejectionCode", "note": "history[kind=REJECT].note"},
    ),
    Trip(
        "extendRegistration",
        "registration",
        {"registrationId": own(registration("APPROVED")), "days": 17, "reason": "Until spring"},
        at={**OF_REGISTRATION, "days": "extensions[0].days", "reason": "extensions[0].decision"},
    ),
    Trip(
        "revokeRegistration",
        "registration",
        {
            "registrationId": own(registration("APPROVED")),
            "code": "NOT_QUALIFIED",
            "reason": "It is off",
            "note": "Checked",
            "deal": "CLOSE",
        },
        at={
            **OF_REGISTRATION,
            "code": "rejectionCode",
            "note": "history[kind=REVOKE].note",
            "deal": "opportunity.status",
        },
        became={"deal": lost},
    ),
    Trip(
        "reinstateRegistration",
        "registration",
        {
            "registrationId": own(registration("EXPIRED")),
            "reason": "A mistake",
            "protectedUntil": next_spring,
        },
        at={**OF_REGISTRATION, "reason": "history[kind=REINSTATE].reason"},
    ),
    Trip("retrainPrediction", "model", {"playbookKey": modelled}),
    Trip("rollBackPrediction", "model", {"playbookKey": modelled, "version": 1}),
    Trip(
        "upsertRegistrationPolicy",
        "policy",
        {
            "playbookKey": "manufacturing",
            "key": new_key,
            "requiredFields": ["contact.email"],
            "questions": [{"key": "plant", "label": "Plant", "prompt": "Which plant?", "required": True}],
            "minimumAmount": {"amount": "5000.00", "currency": "EUR"},
            "eligible": "account.country in ['DE', 'AT']",
            "eligibleMessage": "Germany and Austria only",
            "autoApprove": "partner.tier == 'PLATINUM'",
            "reviewHours": 24,
            "calendars": [
                {"region": "DACH", "country": "DE", "subdivision": "BY", "timeZone": "Europe/Berlin"},
                {"timeZone": "Europe/Vienna"},
            ],
            "protectionDays": [{"tier": "GOLD", "days": 120}, {"days": 100}],
            "remindDaysBefore": [21, 7],
            "maxExtensions": 3,
            "extensionDays": 45,
            "maxOpenPerPartner": 40,
            "maxResubmissions": 5,
            "reviewAgainFields": ["amount"],
            "benefits": [
                {
                    "tier": "GOLD",
                    "dealType": "RENEWAL",
                    "discountPercent": "12.5",
                    "marginPoints": "1.25",
                    "note": "For a year",
                }
            ],
            "progress": "registration.daysApproved < 30",
        },
    ),
    Trip(
        "addTeamMember",
        "opportunity",
        {"opportunityId": own_deal, "userId": own(newcomer_to_team), "role": "PRESALES", "access": "EDIT"},
        at={
            "opportunityId": "id",
            "userId": f"{MEMBER}.user.id",
            "role": f"{MEMBER}.role",
            "access": f"{MEMBER}.access",
        },
    ),
    Trip(
        "removeTeamMember",
        "opportunity",
        {"opportunityId": own(deal_with_team), "userId": a_channel_manager},
        at={"opportunityId": "id", "userId": f"{MEMBER}.user.id"},
        became={"userId": None},
    ),
    Trip(
        "invitePartner",
        "invitation",
        {
            "opportunityId": own_deal,
            "partnerId": a_third_partner,
            "role": "REFERRAL",
            "attribution": "SOURCED",
            "access": "EDIT",
            "message": "Introduce us",
        },
        at={"partnerId": "partner.id"},
    ),
    Trip(
        "removeDealPartner",
        "opportunity",
        {"opportunityId": own_deal_asked, "partnerId": a_third_partner, "reason": "They have no time"},
        at={
            "opportunityId": "id",
            "partnerId": "partners[partner.id={partnerId}].partner.id",
            "reason": "partners[partner.id={partnerId}].reason",
        },
    ),
    Trip(
        "offerOpportunity",
        "opportunity",
        {"opportunityId": own(vendors_deal), "partnerIds": [a_third_partner], "message": "Take it over"},
        at={"opportunityId": "id", "partnerIds": "partners.partner.id", "message": "partners[0].message"},
    ),
    Trip(
        "setSplits",
        "opportunity",
        {"opportunityId": own_deal, "kind": "OVERLAY", "splits": [{"partnerId": own(partner), "percent": "40"}]},
        at={
            "opportunityId": "id",
            "kind": "splits[0].kind",
            "splits.partnerId": "splits[0].partner.id",
            "splits.percent": "splits[0].percent",
        },
    ),
    Trip(
        "setSplits",
        "opportunity",
        {"opportunityId": own_deal, "from": next_month, "splits": [{"userId": own(person), "percent": "100"}]},
        at={
            "opportunityId": "id",
            "from": f"{SPLIT}.since",
            "splits.userId": f"{SPLIT}.user.id",
            "splits.percent": f"{SPLIT}.percent",
        },
    ),
    Trip(
        "resolveConflict",
        "registration",
        {
            "registrationId": own(twin),
            "otherRegistrationId": own(twin),
            "decision": "NOT_THE_SAME",
            "note": "Another site",
        },
        at={
            "registrationId": "id",
            "otherRegistrationId": f"{OTHER}.registration.id",
            "decision": f"{OTHER}.decision",
            "note": f"{OTHER}.note",
        },
    ),
    Trip(
        "resolveConflict",
        "registration",
        {"registrationId": own(twin), "opportunityId": own(twin_deal), "decision": "NOT_THE_SAME"},
        at={
            "registrationId": "id",
            "opportunityId": "conflicts[opportunity.id={opportunityId}].opportunity.id",
            "decision": "conflicts[opportunity.id={opportunityId}].decision",
        },
    ),
    Trip("upsertPartner", "partner", {"key": new_key, "name": "A new partner"}),
    Trip(
        "upsertUser",
        "user",
        {
            "name": "A new person",
            "email": new_address,
            "role": "PARTNER_MANAGER",
            "language": "fr",
            "timeZone": "Europe/Paris",
            "partnerId": other_partner,
        },
        at={"partnerId": "organization.id"},
        became={"partnerId": their_organization},
    ),
    Trip(
        "upsertUser",
        "user",
        {"userId": owner_of_a_deal, "active": False, "reassignTo": other_person},
        at={"userId": "id", "reassignTo": DEALS_OF},
    ),
)
