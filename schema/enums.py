"""The domain's enumerations as the API shows them: the same values, each with its description."""

from enum import StrEnum
from typing import TypeVar

import strawberry
from graphql import GraphQLEnumType, GraphQLSchema

from app.vocabulary import (
    ActionResponse,
    ActionStatus,
    ActivityStatus,
    BlockerCode,
    BuyerPhase,
    ConfirmedBy,
    ContentKind,
    CriteriaScope,
    CriterionCheck,
    EnrichmentState,
    ErrorCode,
    EventType,
    ForecastCategory,
    GuidanceSource,
    KeptKind,
    LapseReason,
    LifecyclePhase,
    OpportunityOrderField,
    OpportunitySource,
    OpportunityStatus,
    OrderDirection,
    OrganizationKind,
    PartnerKind,
    PartnerTier,
    Permission,
    PlacementBasis,
    PlaybookIssueCode,
    PlaybookStatus,
    Role,
    Severity,
    StageKind,
    TransitionKind,
    UnplacedReason,
)
from guidance.actions import ActionKind, Urgency
from guidance.facts import Reader, ReadingKind
from guidance.wording import Wording

__all__ = [
    "ActionKind",
    "ActionResponse",
    "ActionStatus",
    "ActivityStatus",
    "BlockerCode",
    "BuyerPhase",
    "ConfirmedBy",
    "ContentKind",
    "CriteriaScope",
    "CriterionCheck",
    "EnrichmentState",
    "ErrorCode",
    "EventType",
    "ForecastCategory",
    "GuidanceSource",
    "KeptKind",
    "LapseReason",
    "LifecyclePhase",
    "OpportunityOrderField",
    "OpportunitySource",
    "OpportunityStatus",
    "OrderDirection",
    "OrganizationKind",
    "PartnerKind",
    "PartnerTier",
    "Permission",
    "PlacementBasis",
    "PlaybookIssueCode",
    "PlaybookStatus",
    "Reader",
    "ReadingKind",
    "Role",
    "Severity",
    "StageKind",
    "TransitionKind",
    "UnplacedReason",
    "Urgency",
    "Wording",
    "described",
    "use_members",
]

E = TypeVar("E", bound=type[StrEnum])


def described(enum: E, description: str, **values: str) -> E:
    """Give the API's descriptions to an enumeration of the domain; each value needs one."""
    missing = {value.name for value in enum} ^ set(values)
    if missing:
        raise ValueError(f"{enum.__name__}: descriptions and values differ in {sorted(missing)}")
    made = strawberry.enum(enum, description=description)
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return made


def use_members(schema: GraphQLSchema) -> None:
    """Let every enum argument arrive as a member: in a sorted schema Strawberry's enum types are plain copies, which
    hand over text."""
    for type_ in schema.type_map.values():
        definition = type_.extensions.get("strawberry-definition")
        if isinstance(type_, GraphQLEnumType) and definition is not None:
            for value in type_.values.values():
                value.value = definition.wrapped_cls(value.value)


described(
    OrganizationKind,
    "Which side of the channel an organisation is on.",
    VENDOR="The vendor, whose products are sold.",
    PARTNER="A channel partner, who sells them.",
)
described(
    PartnerKind,
    "What a partner does for its living.",
    RESELLER="Buys and resells.",
    INTEGRATOR="Builds the product into larger solutions.",
    DISTRIBUTOR="Sells to other resellers.",
    MANAGED_SERVICE_PROVIDER="Runs the product for its customers.",
)
described(
    Reader,
    "Who something is for: whom an activity or a message addresses, whose word meets a criterion.",
    CUSTOMER="The customer's people.",
    PARTNER="The partner's people who sell.",
    VENDOR="The vendor's people: the channel manager and who stands behind.",
)
described(
    ConfirmedBy,
    "Who may confirm something that people have to say of a deal.",
    ANYONE_ON_DEAL="Whoever may edit the deal.",
    PARTNER_MANAGER="The partner's managers, and the vendor's people.",
    VENDOR="The vendor's people: channel managers and administrators.",
)
described(
    PartnerTier,
    "A partner's level in the vendor's programme, lowest first.",
    REGISTERED="Signed up, no commitments yet.",
    SILVER="First level with commitments.",
    GOLD="Second level.",
    PLATINUM="Highest level.",
)
described(
    Role,
    "What a user is; decides what they may see and do.",
    VENDOR_ADMIN="Runs the programme at the vendor: sees and may do everything.",
    CHANNEL_MANAGER="Looks after partners at the vendor: sees every deal, may override and reopen.",
    PARTNER_MANAGER="Leads a partner's sellers: sees all deals of the own organisation.",
    PARTNER_SELLER="Sells at a partner: sees the own deals and those that were shared.",
)
described(
    Permission,
    "Something the viewer may do, to the deals they can see.",
    READ="Query.",
    CREATE_OPPORTUNITY="Register new opportunities.",
    EDIT_OPPORTUNITY="Change opportunities, mark criteria, complete activities.",
    ADVANCE="Move opportunities to another stage.",
    OVERRIDE="Move opportunities although criteria or activities are open.",
    REOPEN="Reopen closed opportunities.",
    ASSIGN_PARTNER="Give opportunities to another partner.",
    SHARE_OPPORTUNITY="Show an opportunity to a further seller of the partner.",
    MANAGE_PLAYBOOKS="Create, change and publish playbooks.",
    MANAGE_CONTENT="Create and change enablement content.",
    MANAGE_PARTNERS="Create and change partners.",
    MANAGE_USERS="Invite, change and deactivate partners' people; with `ADMINISTER` the vendor's as well.",
    ADMINISTER="Administer the programme.",
)
described(
    PlaybookStatus,
    "Where a version of a playbook stands.",
    DRAFT="Being written; only the vendor sees it and only a draft can be changed.",
    PUBLISHED="In use: new deals start here. At most one version of a playbook is.",
    ARCHIVED="Out of use: no deal begins on it. Those that could not move to a later version go on on it.",
)
described(
    PlacementBasis,
    "By what the stage was found that open deals go to.",
    MAPPING="`stageMapping` names it.",
    KEY="It has the same key.",
    NAME="It is called by the old stage's key or name.",
    ALIAS="The old stage's key or name is among its aliases.",
)
described(
    UnplacedReason,
    "Why open deals stay where they are.",
    NO_COUNTERPART="No stage there has their stage's key, or its key or name as a name or an alias: map it.",
    AMBIGUOUS="Several stages there answer to their stage's key or name: map it.",
    CLOSED_STAGE="What answers to their stage is a won or lost stage there, and open deals don't go into one: map it.",
)
described(
    LapseReason,
    "Why people's word on a criterion no longer counts.",
    REWORDED="It asks something else now: it is asked anew, and what was said is still shown.",
    COMPUTED="The deal's own fields decide it now.",
    REMOVED="Nothing there asks it any more.",
)
described(
    StageKind,
    "Whether a stage is part of the work or its end.",
    OPEN="The deal is being worked on.",
    WON="The deal was closed and won.",
    LOST="The deal was closed and lost.",
)
described(
    BuyerPhase,
    "Where the buyer stands in their own process.",
    AWARENESS="Recognises a problem.",
    CONSIDERATION="Looks at ways to solve it.",
    EVALUATION="Compares solutions.",
    DECISION="Chooses and negotiates.",
    ADOPTION="Puts it to use.",
)
described(
    ForecastCategory,
    "How a stage's deals count in a forecast.",
    OMITTED="Not counted.",
    PIPELINE="Possible, too early to commit.",
    BEST_CASE="Likely if all goes well.",
    COMMIT="Expected to close.",
    CLOSED="Closed.",
)
described(
    CriterionCheck,
    "Who decides whether a criterion is met.",
    MANUAL="A person marks it.",
    EXPRESSION="A CEL expression over the deal's own fields decides.",
)
described(
    CriteriaScope,
    "Which criteria of a deal are meant.",
    EXIT_CURRENT="Exit criteria of the stage the deal is in.",
    ENTRY_NEXT="Entry criteria of the next open stage.",
    ALL="Entry and exit criteria of every stage, in playbook order.",
)
described(
    ActivityStatus,
    "What became of an activity.",
    PENDING="Still to do.",
    COMPLETED="Done.",
    SKIPPED="Left out on purpose.",
)
described(
    OpportunityStatus,
    "Whether a deal is still being worked on.",
    OPEN="Being worked on.",
    WON="Closed and won.",
    LOST="Closed and lost.",
)
described(
    OpportunitySource,
    "Who found the deal.",
    PARTNER="The partner registered it.",
    VENDOR="The vendor passed it on.",
    CO_SELL="Both work on it together.",
)
described(
    TransitionKind,
    "What a move of a deal amounts to.",
    CREATED="The deal was created in this stage.",
    FORWARD="To the next stage.",
    SKIP="Forward over one or more stages; needs a reason.",
    BACK="To an earlier stage; needs a reason.",
    WON="Closed and won.",
    LOST="Closed and lost; needs a reason.",
    REOPEN="From closed back to an open stage; needs a reason and a channel manager.",
)
described(
    BlockerCode,
    "Why a move is not allowed now.",
    EXIT_CRITERION_UNMET="A required exit criterion of a stage that the deal would leave is not met.",
    ENTRY_CRITERION_UNMET="A required entry criterion of the target stage is not met.",
    ACTIVITY_OPEN="A required activity of the current stage is still to do.",
    NOT_LAST_OPEN_STAGE="A deal is won from the last open stage.",
    SAME_STAGE="The deal is in this stage already.",
    OPPORTUNITY_CLOSED="The deal is closed; it has to be reopened first.",
    PERMISSION_REQUIRED="The viewer may not make this move.",
    REASON_REQUIRED="This move needs a reason.",
)
described(
    ContentKind,
    "What a piece of enablement content is.",
    BATTLECARD="How to win against an alternative.",
    DECK="Slides to present.",
    CASE_STUDY="How somebody else succeeded.",
    TEMPLATE="A document or message to adapt.",
    TRAINING="Something to learn from.",
    PRICING="What it costs, and how to argue it.",
    DEMO="Something to show.",
    CHECKLIST="What to make sure of.",
)
described(
    LifecyclePhase,
    "The phase of the partner lifecycle that content serves.",
    STRATEGIZE="Plan the channel.",
    RECRUIT="Find partners.",
    ONBOARD="Get partners started.",
    ENABLE="Teach partners to sell.",
    MARKET="Create demand together.",
    SELL="Win deals.",
    INCENTIVIZE="Reward results.",
    ACCELERATE="Grow what works.",
)
described(
    Severity,
    "How much a finding matters.",
    ERROR="Keeps the playbook from being published.",
    WARNING="Will hurt in practice.",
    NOTICE="Worth a look.",
)
described(
    PlaybookIssueCode,
    "What a review of a playbook found.",
    TOO_MANY_STAGES="More open stages than people can tell apart.",
    TOO_FEW_STAGES="Too few open stages to steer by.",
    VAGUE_STAGE_NAME="A stage's name says little about the buyer's progress.",
    MISSING_DEFINITION="A stage has no definition, or too short a one.",
    MISSING_EXIT_CRITERIA="An open stage has no required exit criterion.",
    MISSING_NEXT_STEPS="An open stage has no activities.",
    PROBABILITY_NOT_INCREASING="A later stage has no higher win probability than an earlier one.",
    MISSING_ENABLEMENT="An open stage has no content linked.",
    MISSING_BUYER_PHASE="A stage does not say where the buyer stands.",
    MISSING_TARGET_DURATION="An open stage has no target duration.",
    REVIEW_OVERDUE="The playbook's review date has passed.",
    UNUSED_STAGE="Hardly any deal entered the stage.",
    CONDITION_OUT_OF_BOUNDS="A criterion's condition was saved before today's bounds on its cost, and breaks them.",
    MISSING_CUSTOMER_WORDING="Something is asked of the customer that has no `customerWording`, so nothing is drafted.",
    INTERNAL_CUSTOMER_WORDING="A `customerWording` says what customers shouldn't read, so it is not used.",
    UNUSED_CUSTOMER_WORDING="A `customerWording` stands where the customer is not the reader, so it is not used.",
    MISSING_PHRASEBOOK="There is no phrasebook in the playbook's language, so nothing it says is drafted.",
    MISSING_TRANSLATION="Texts have no translation into a language that the rest of the playbook has.",
    MISSING_REVIEW_DATE="No date is set for the playbook's next review.",
    FORECAST_OUT_OF_ORDER="A stage's forecast category falls behind the one before, or isn't that of its kind.",
    CONDITION_NEVER_MET="No deal can meet a criterion's expression, or not together with another's.",
    CONDITION_ALWAYS_MET="Every deal meets a criterion's expression.",
    UNKNOWN_STAGE="An expression or a rule of guidance speaks of a stage that the playbook doesn't have.",
    UNKNOWN_QUESTION="A criterion's expression asks for the answer to a question that the playbook doesn't have.",
    UNKNOWN_VALUE="A criterion's expression compares a field with a word that it never holds.",
    UNFILLABLE_FIELD="A criterion's expression asks for a field that no mutation sets.",
)
described(
    EventType,
    "What happened.",
    OPPORTUNITY_CREATED="A deal was created.",
    OPPORTUNITY_UPDATED="Fields of a deal changed.",
    OPPORTUNITY_STAGE_CHANGED="A deal moved to another stage.",
    OPPORTUNITY_LEFT="A deal left the sight of those who are told: it has another partner or another owner.",
    OPPORTUNITY_CAME="A deal came into the sight of those who are told.",
    CRITERION_MARKED="A criterion of a deal was marked.",
    ACTIVITY_COMPLETED="An activity of a deal changed its status.",
    PLAYBOOK_CREATED="A draft was created.",
    PLAYBOOK_UPDATED="A draft was changed, or whom a playbook is for.",
    PLAYBOOK_PUBLISHED="A version was published.",
    PLAYBOOK_ARCHIVED="A version was archived.",
    PLAYBOOK_DISCARDED="A draft was thrown away; there is no such playbook any more.",
    CONTENT_CHANGED="A piece of content was created or changed.",
    RECOMMENDATIONS_UPDATED="The next best actions of a deal changed, or somebody answered one.",
)
described(
    ActionKind,
    "What a next best action is about.",
    COMPLETE_CRITERION="Make sure that an exit criterion of the stage holds, and mark it.",
    DO_ACTIVITY="Do or schedule an activity that the stage asks for.",
    SHARE_CONTENT="Send a piece of content to the customer.",
    STUDY_CONTENT="Read a piece of content before the next conversation.",
    ADVANCE_STAGE="Move the deal to the next stage: nothing blocks it.",
    RE_ENGAGE="Get in touch with a customer who has gone quiet.",
    FIX_CLOSE_DATE="Repair a close date that is missing, past or out of reach.",
    ANSWER_QUESTION="Find out what a qualification question asks.",
    INVOLVE_VENDOR="Ask the vendor's people for help.",
    REQUALIFY="Find out whether the deal is still alive.",
    CLOSE_LOST="Close a deal that earlier ones say is lost.",
    PREPARE_NEXT_STAGE="Meet what the next stage asks for before the deal gets there.",
    CUSTOM="A rule of the vendor's own.",
)
described(
    Urgency,
    "How much a next best action presses.",
    LOW="When there is time.",
    NORMAL="This week.",
    HIGH="In the next days.",
    CRITICAL="Today.",
)
described(
    ActionStatus,
    "What became of a next best action.",
    PROPOSED="Open for an answer.",
    ACCEPTED="Somebody took it on.",
    DISMISSED="Somebody turned it down.",
    COMPLETED="It was done.",
    EXPIRED="The deal moved on, and it applies no more.",
)
described(
    ActionResponse,
    "An answer to a next best action.",
    ACCEPT="We take it on.",
    DISMISS="Not for us; needs a reason.",
    COMPLETE="It is done.",
)
described(
    GuidanceSource,
    "Where advice comes from.",
    RULES="Rules over the deal's facts.",
    RULES_AND_LLM="Rules found it; a language model chose it and pointed at the facts and blocks that tell it.",
)
described(
    ReadingKind,
    "What a language model has read out of somebody's text.",
    WAIT_UNTIL="A date before which nothing is to be expected.",
    OBJECTION="An objection that a battlecard answers.",
    COMPETITOR="A competitor of the vendor's list.",
    ROLE="The role that somebody has in the purchase.",
    ASKED_FOR="A content that somebody wants to have.",
)
described(
    Wording,
    "Whose words are shown where a language model has chosen.",
    COMPOSED="The rules' sentences and the phrasebook's blocks alone.",
    CHECKED="The model's own sentences as well, each checked by itself; drafts with such have `checkBeforeSending`.",
)
described(
    EnrichmentState,
    "Whether a language model has worked on the advice.",
    NOT_CONFIGURED="No language model is set up.",
    PENDING="It has been asked; `recommendationsUpdated` delivers its answer.",
    DONE="Its answer is what you see.",
    FAILED="It gave no answer that could be used, or could not be asked now; you see the rules' answer.",
    SKIPPED="It was not asked: the deal is closed, there is nothing to word, or your day's budget is used up.",
)
described(
    ErrorCode,
    "What kind of problem a user error reports.",
    NOT_FOUND="There is no such thing, or the viewer may not know of it.",
    FORBIDDEN="The viewer can see it but may not do this.",
    INVALID="The input can't be right; `path` says where.",
    CONFLICT="Somebody else was faster: read again and retry.",
    BLOCKED="The stage's rules don't allow it yet; `blockers` says why.",
    RATE_LIMITED="Too much in too short a time.",
    IDEMPOTENCY_MISMATCH="The same `clientMutationId` was used for another input.",
    UNAVAILABLE="A part of the service is down for the moment.",
)
described(
    OrderDirection,
    "Which way a list is ordered.",
    ASC="Smallest, oldest or first letter first; empty values last.",
    DESC="Largest, newest or last letter first; empty values last.",
)
described(
    OpportunityOrderField,
    "What a list of opportunities is ordered by. Ties are broken by id.",
    UPDATED_AT="When the deal last changed.",
    CREATED_AT="When it was created.",
    EXPECTED_CLOSE_DATE="When it is expected to close.",
    AMOUNT="Its amount, by number: currencies are not converted into one another.",
    DAYS_IN_STAGE="How long it has been in its stage.",
    NAME="Its name.",
    CLOSED_AT="When it was closed; open deals come last.",
    SOURCE="Who found it: `CO_SELL`, `PARTNER`, `VENDOR`.",
    WIN_PROBABILITY="The win probability of its stage.",
)

described(
    KeptKind,
    "What a text was that stays with the partner whose people wrote it.",
    NOTES="The deal's notes.",
    NEXT_STEP="Its next step.",
    ANSWER="An answer to a qualification question.",
    EVIDENCE="What was said to prove a criterion.",
    ACTIVITY_NOTE="What was said about an activity.",
    REASON="Why the deal was moved.",
    CLOSE_REASON="Why it had been closed.",
    EXTERNAL_ID="Its id in the partner's own system.",
)
