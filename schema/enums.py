"""The domain's enumerations as the API shows them: the same values, each with its description."""

from enum import StrEnum
from typing import TypeVar

import strawberry
from graphql import GraphQLEnumType, GraphQLSchema

from app.vocabulary import (
    ActionResponse,
    ActionStatus,
    ActivityStatus,
    AnalyticsGroupBy,
    ApiScope,
    Attribution,
    AutomationStepKind,
    BacktestPopulation,
    BlockerCode,
    BuyerPhase,
    BuyingRole,
    ChatService,
    CloseOutcome,
    CommentAudience,
    CommentOrderField,
    ConfirmedBy,
    ConflictDecision,
    ConflictKind,
    ContactOrderField,
    ContentKind,
    CriteriaScope,
    CriterionCheck,
    DealPartnerRole,
    DealType,
    DeclineCode,
    EnrichmentState,
    ErrorCode,
    EventType,
    ExtensionStatus,
    FindingKind,
    ForecastCategory,
    ForecastMethod,
    GuidanceSource,
    InvitationStatus,
    KeptKind,
    LapseReason,
    LifecyclePhase,
    ModelAudience,
    NotificationChannel,
    NotificationKind,
    NotificationPace,
    OfferMode,
    OpportunityOrderField,
    OpportunitySource,
    OpportunityStatus,
    OrderDirection,
    OrganizationKind,
    PartnerKind,
    PartnerOrderField,
    PartnerStatus,
    PartnerTier,
    PeriodKind,
    Permission,
    PlacementBasis,
    PlaybookIssueCode,
    PlaybookStatus,
    PredictionBasis,
    PredictionTrend,
    RegistrationOrderField,
    RegistrationStatus,
    RegistrationStepKind,
    RejectionCode,
    RevokedDeal,
    Role,
    RollUp,
    RunStatus,
    SearchKind,
    Severity,
    SplitKind,
    StageKind,
    TaskOrderField,
    TaskScope,
    TaskSource,
    TaskStatus,
    TeamAccess,
    TeamRole,
    TransitionKind,
    UnplacedReason,
    UserOrderField,
    WebhookDeliveryStatus,
    WebhookReplayStatus,
)
from guidance.actions import ActionKind, Urgency
from guidance.facts import Reader, ReadingKind
from guidance.wording import Wording

__all__ = [
    "ActionKind",
    "ActionResponse",
    "ActionStatus",
    "ActivityStatus",
    "AnalyticsGroupBy",
    "ApiScope",
    "Attribution",
    "AutomationStepKind",
    "BacktestPopulation",
    "BlockerCode",
    "BuyerPhase",
    "BuyingRole",
    "ChatService",
    "CloseOutcome",
    "CommentAudience",
    "CommentOrderField",
    "ConfirmedBy",
    "ConflictDecision",
    "ConflictKind",
    "ContactOrderField",
    "ContentKind",
    "CriteriaScope",
    "CriterionCheck",
    "DealPartnerRole",
    "DealType",
    "DeclineCode",
    "EnrichmentState",
    "ErrorCode",
    "EventType",
    "ExtensionStatus",
    "FindingKind",
    "ForecastCategory",
    "ForecastMethod",
    "GuidanceSource",
    "InvitationStatus",
    "KeptKind",
    "LapseReason",
    "LifecyclePhase",
    "ModelAudience",
    "NotificationChannel",
    "NotificationKind",
    "NotificationPace",
    "OfferMode",
    "OpportunityOrderField",
    "OpportunitySource",
    "OpportunityStatus",
    "OrderDirection",
    "OrganizationKind",
    "PartnerKind",
    "PartnerOrderField",
    "PartnerStatus",
    "PartnerTier",
    "PeriodKind",
    "Permission",
    "PlacementBasis",
    "PlaybookIssueCode",
    "PlaybookStatus",
    "PredictionBasis",
    "PredictionTrend",
    "Reader",
    "ReadingKind",
    "RegistrationOrderField",
    "RegistrationStatus",
    "RegistrationStepKind",
    "RejectionCode",
    "RevokedDeal",
    "Role",
    "RollUp",
    "RunStatus",
    "SearchKind",
    "Severity",
    "SplitKind",
    "StageKind",
    "TaskOrderField",
    "TaskScope",
    "TaskSource",
    "TaskStatus",
    "TeamAccess",
    "TeamRole",
    "TransitionKind",
    "UnplacedReason",
    "Urgency",
    "UserOrderField",
    "WebhookDeliveryStatus",
    "WebhookReplayStatus",
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
    "The kind of an organisation.",
    VENDOR="The vendor.",
    PARTNER="A channel partner, which sells the vendor's products.",
)
described(
    PartnerKind,
    "The line of business of a partner.",
    RESELLER="Buys and resells.",
    INTEGRATOR="Builds the product into larger solutions.",
    DISTRIBUTOR="Sells to other resellers.",
    MANAGED_SERVICE_PROVIDER="Operates the product for its customers.",
)
described(
    Reader,
    "The audience of an activity or message, or the side whose statement meets a criterion.",
    CUSTOMER="The customer.",
    PARTNER="The sellers of the partner.",
    VENDOR="The vendor: the channel manager and colleagues.",
)
described(
    ConfirmedBy,
    "The people who may confirm a criterion or an activity.",
    ANYONE_ON_DEAL="Everybody who may edit the opportunity.",
    PARTNER_MANAGER="Managers of the partner, and the vendor.",
    VENDOR="The vendor: channel managers and administrators.",
)
described(
    PartnerTier,
    "The tier of a partner in the programme, lowest first.",
    REGISTERED="Signed up, without commitments.",
    SILVER="First tier with commitments.",
    GOLD="Second tier.",
    PLATINUM="Highest tier.",
)
described(
    Role,
    "The role of a user, which determines what they can see and do.",
    VENDOR_ADMIN="Runs the partner programme for the vendor: sees and may do everything.",
    CHANNEL_MANAGER="Manages partners for the vendor: sees all opportunities, may override and reopen.",
    PARTNER_MANAGER="Leads a partner's sellers: sees all opportunities of the partner.",
    PARTNER_SELLER="Sells for a partner: sees their own opportunities and those shared with them.",
)
described(
    Permission,
    "A permission of the viewer, for objects that the viewer can see.",
    READ="Query.",
    CREATE_OPPORTUNITY="Create opportunities.",
    EDIT_OPPORTUNITY="Change opportunities, mark criteria, complete activities.",
    ADVANCE="Move opportunities to another stage.",
    OVERRIDE="Move opportunities despite unmet criteria or open activities.",
    REOPEN="Reopen closed opportunities.",
    ASSIGN_PARTNER="Transfer opportunities to another partner.",
    SHARE_OPPORTUNITY="Change who takes part in an opportunity: team members and, for the own organisation, partners.",
    SUBMIT_FORECASTS="Say what is expected to be won in a period.",
    SET_TARGETS="Set and remove targets; of a partner, those of its own people.",
    REGISTER_DEALS="Fill in, submit and withdraw registrations, and ask for extensions.",
    REVIEW_REGISTRATIONS="Review registrations: approve, reject, extend, revoke and reinstate them.",
    MANAGE_PLAYBOOKS="Create, change and publish playbooks, and the policies of registrations.",
    MANAGE_CONTENT="Create and change enablement content.",
    MANAGE_PARTNERS="Create and change partners.",
    MANAGE_USERS="Invite, change and deactivate users of partners; with `ADMINISTER`, also users of the vendor.",
    MANAGE_API_CLIENTS="Create, change and remove API clients of the own organisation; with `ADMINISTER`, of all.",
    MANAGE_WEBHOOKS="Create, change and remove webhook endpoints of the own organisation.",
    ADMINISTER="Administer the programme.",
)
described(
    ApiScope,
    "A right of an API client, for its organisation. Every scope includes reading.",
    READ="Query and subscribe.",
    REGISTER="Save, submit and withdraw registrations.",
    WRITE="Whatever else the organisation's managers may do, except managing users and API clients.",
)
described(
    PlaybookStatus,
    "The status of a version of a playbook.",
    DRAFT="In preparation: visible to the vendor only. Only drafts can be changed.",
    PUBLISHED="In use: new opportunities start on it. At most one version of a playbook is published.",
    ARCHIVED=(
        "Out of use: no opportunity can start on it. Opportunities that could not move to a later version continue on "
        "it."
    ),
)
described(
    PlacementBasis,
    "The rule by which the target stage of open opportunities was found.",
    MAPPING="`stageMapping` names the stage.",
    KEY="The stages have the same key.",
    NAME="The name of the new stage is the key or name of the old one.",
    ALIAS="The key or name of the old stage is an alias of the new one.",
)
described(
    UnplacedReason,
    "The reason why open opportunities stay on their version.",
    NO_COUNTERPART="No stage has the key, or the key or name as its name or alias. Map it.",
    AMBIGUOUS="Several stages match the key or name of the stage. Map it.",
    CLOSED_STAGE="The matching stage is won or lost, which open opportunities can't move to. Map it.",
)
described(
    LapseReason,
    "The reason why confirmations of a criterion lapse.",
    REWORDED="The criterion was reworded and must be confirmed again; the previous confirmation remains visible.",
    COMPUTED="An expression decides the criterion now.",
    REMOVED="The new version has no corresponding criterion.",
)
described(
    StageKind,
    "The kind of a stage.",
    OPEN="In progress.",
    WON="Closed and won.",
    LOST="Closed and lost.",
)
described(
    BuyerPhase,
    "The phase of the buyer's own process.",
    AWARENESS="The buyer recognises a problem.",
    CONSIDERATION="The buyer considers ways to solve it.",
    EVALUATION="The buyer compares solutions.",
    DECISION="The buyer chooses and negotiates.",
    ADOPTION="The buyer puts the product to use.",
)
described(
    ForecastCategory,
    "The category of a stage's opportunities in a forecast.",
    OMITTED="Not included in the forecast.",
    PIPELINE="Possible, too early to commit.",
    BEST_CASE="Likely in the best case.",
    COMMIT="Expected to close.",
    CLOSED="Closed.",
)
described(
    RollUp,
    "The way in which the categories of a forecast are summed up.",
    SINGLE="Each category by itself.",
    CUMULATIVE="Each category together with those that are surer: `bestCase` holds `commit` and `closed`.",
)
described(
    ForecastMethod,
    "A way to forecast what is won in a period.",
    COMMIT="Closed and committed opportunities.",
    BEST_CASE="Closed and committed opportunities, and those that are likely in the best case.",
    PIPELINE="Closed opportunities, and open ones in any category that counts.",
    WEIGHTED="Closed opportunities, and each open opportunity by its stage's win probability.",
    MODELLED="The expected amount as closed opportunities tell, opportunities not yet created included.",
)
described(
    PeriodKind,
    "A kind of period.",
    MONTH="A calendar month.",
    QUARTER="A quarter of the fiscal year.",
    YEAR="A fiscal year.",
)
described(
    CriterionCheck,
    "The way in which a criterion is evaluated.",
    MANUAL="Marked by a person.",
    EXPRESSION="Evaluated by a CEL expression over the opportunity.",
)
described(
    CriteriaScope,
    "The criteria of an opportunity to return.",
    EXIT_CURRENT="Exit criteria of the opportunity's current stage.",
    ENTRY_NEXT="Entry criteria of the next open stage.",
    ALL="Entry and exit criteria of all stages, in playbook order.",
)
described(
    ActivityStatus,
    "The status of an activity.",
    PENDING="Not completed yet.",
    COMPLETED="Completed.",
    SKIPPED="Skipped on purpose.",
)
described(
    OpportunityStatus,
    "The status of an opportunity.",
    OPEN="In progress.",
    WON="Closed and won.",
    LOST="Closed and lost.",
)
described(
    OpportunitySource,
    "The origin of an opportunity.",
    PARTNER="Registered by the partner.",
    VENDOR="Passed on by the vendor.",
    CO_SELL="Found and worked on together.",
)
described(
    TransitionKind,
    "The kind of a transition.",
    CREATED="Creation in this stage.",
    FORWARD="To the next stage.",
    SKIP="Forward over one or more stages; requires a reason.",
    BACK="To an earlier stage; requires a reason.",
    WON="Closed and won.",
    LOST="Closed and lost; requires a reason.",
    REOPEN="Reopening: from closed to an open stage; requires a reason and a channel manager.",
)
described(
    BlockerCode,
    "The kind of a blocker.",
    EXIT_CRITERION_UNMET="A required exit criterion of a stage that the opportunity would leave is not met.",
    ENTRY_CRITERION_UNMET="A required entry criterion of the target stage is not met.",
    ACTIVITY_OPEN="A required activity of the current stage is open.",
    NOT_LAST_OPEN_STAGE="An opportunity can be won only from the last open stage.",
    SAME_STAGE="The opportunity is already in this stage.",
    OPPORTUNITY_CLOSED="The opportunity is closed and must be reopened first.",
    PERMISSION_REQUIRED="The viewer lacks the permission for this move.",
    REASON_REQUIRED="The move requires a reason.",
)
described(
    ContentKind,
    "The kind of a piece of content.",
    BATTLECARD="Arguments against an alternative.",
    DECK="Slides for a presentation.",
    CASE_STUDY="A success story of another customer.",
    TEMPLATE="A document or message to adapt.",
    TRAINING="Training material.",
    PRICING="Prices and the arguments for them.",
    DEMO="A demonstration.",
    CHECKLIST="A checklist.",
)
described(
    LifecyclePhase,
    "The phase of the partner lifecycle that content serves.",
    STRATEGIZE="Planning the channel.",
    RECRUIT="Finding partners.",
    ONBOARD="Getting partners started.",
    ENABLE="Enabling partners to sell.",
    MARKET="Creating demand together.",
    SELL="Winning opportunities.",
    INCENTIVIZE="Rewarding results.",
    ACCELERATE="Growing what works.",
)
described(
    Severity,
    "The severity of a finding.",
    ERROR="Prevents publishing.",
    WARNING="Likely to cause problems in practice.",
    NOTICE="Worth a look.",
)
described(
    PlaybookIssueCode,
    "The kind of a finding of a playbook's review.",
    TOO_MANY_STAGES="The playbook has too many open stages.",
    TOO_FEW_STAGES="The playbook has too few open stages.",
    VAGUE_STAGE_NAME="A stage's name says little about the buyer's progress.",
    MISSING_DEFINITION="A stage has no definition, or one that is too short.",
    MISSING_EXIT_CRITERIA="An open stage has no required exit criterion.",
    MISSING_NEXT_STEPS="An open stage has no activities.",
    PROBABILITY_NOT_INCREASING="A later stage has no higher win probability than an earlier one.",
    MISSING_ENABLEMENT="An open stage has no content.",
    MISSING_BUYER_PHASE="A stage has no buyer phase.",
    MISSING_TARGET_DURATION="An open stage has no target duration.",
    REVIEW_OVERDUE="The review date has passed.",
    UNUSED_STAGE="Hardly any opportunity has entered the stage.",
    CONDITION_OUT_OF_BOUNDS="A criterion's condition was saved before today's limits on its cost, and exceeds them.",
    MISSING_CUSTOMER_WORDING=(
        "A criterion or activity for the customer has no `customerWording`, so no message is drafted."
    ),
    INTERNAL_CUSTOMER_WORDING=(
        "A `customerWording` contains something that customers shouldn't read, and is not used."
    ),
    UNUSED_CUSTOMER_WORDING="A `customerWording` is not used, since the customer is not the reader.",
    MISSING_PHRASEBOOK="There is no phrasebook in the playbook's language, so no message is drafted.",
    MISSING_TRANSLATION="Texts lack a translation into a language that the rest of the playbook has.",
    MISSING_REVIEW_DATE="The playbook has no review date.",
    FORECAST_OUT_OF_ORDER=(
        "A stage's forecast category is below that of the stage before, or doesn't suit the kind of stage."
    ),
    CONDITION_NEVER_MET="A criterion's expression can't be true, or not together with another's.",
    CONDITION_ALWAYS_MET="A criterion's expression is true for every opportunity.",
    UNKNOWN_STAGE="An expression or a guidance rule refers to a stage that the playbook doesn't have.",
    UNKNOWN_QUESTION="A criterion's expression refers to a question that the playbook doesn't have.",
    UNKNOWN_VALUE="A criterion's expression compares a field with a value that it never has.",
    UNFILLABLE_FIELD="A criterion's expression refers to a field that no mutation sets.",
)
described(
    EventType,
    "The type of event.",
    OPPORTUNITY_CREATED="An opportunity was created.",
    OPPORTUNITY_UPDATED="Fields of an opportunity changed.",
    OPPORTUNITY_STAGE_CHANGED="An opportunity moved to another stage.",
    OPPORTUNITY_LEFT="An opportunity is no longer visible to the recipients, because its partner or owner changed.",
    OPPORTUNITY_CAME="An opportunity became visible to the recipients.",
    CRITERION_MARKED="A criterion was marked.",
    ACTIVITY_COMPLETED="The status of an activity changed.",
    PLAYBOOK_CREATED="A draft of a playbook was created.",
    PLAYBOOK_UPDATED="A draft or a playbook's availability changed.",
    PLAYBOOK_PUBLISHED="A version of a playbook was published.",
    PLAYBOOK_ARCHIVED="A version of a playbook was archived.",
    PLAYBOOK_DISCARDED="A draft was deleted.",
    CONTENT_CHANGED="A piece of content was created or changed.",
    CONTACT_CHANGED="A contact was created or changed.",
    INVITATION_CHANGED="A partner was invited to an opportunity, responded, or its part or invitation ended.",
    CONTACT_REMOVED="A contact was removed; visible to the vendor.",
    ACCOUNTS_MERGED="Accounts were merged into the account that the event is about. For the vendor's people.",
    ACCOUNT_MERGE_UNDONE="The account that the event is about, once merged into another, is there again. For the"
    " vendor's people.",
    COMMENT_ADDED="A comment was written. Seen by those who can read the comment.",
    COMMENT_EDITED="A comment was changed by its author.",
    COMMENT_REMOVED="A comment was taken back; it has no text any more.",
    RECOMMENDATIONS_UPDATED="The next best actions of an opportunity changed, or somebody responded to one.",
    REGISTRATION_SAVED="A draft of a registration was created or changed, or its fields were corrected.",
    REGISTRATION_SUBMITTED="A registration was submitted for review.",
    REGISTRATION_WITHDRAWN="The partner withdrew a registration.",
    REGISTRATION_REVIEW_STARTED="Somebody of the vendor reviews a registration.",
    REGISTRATION_CHANGES_REQUESTED="The reviewer asked the partner to change a registration.",
    REGISTRATION_APPROVED="A registration was approved.",
    REGISTRATION_REJECTED="A registration was rejected.",
    REGISTRATION_EXTENSION_REQUESTED="The partner asked for longer protection.",
    REGISTRATION_EXTENDED="Protection was extended.",
    REGISTRATION_EXTENSION_DECLINED="The vendor declined to extend protection.",
    REGISTRATION_UNDER_REVIEW_AGAIN="An approved registration is reviewed again, because its opportunity changed.",
    REGISTRATION_EXPIRING="Protection ends soon.",
    REGISTRATION_EXPIRED="Protection has ended.",
    REGISTRATION_REVOKED="The vendor revoked an approved registration.",
    REGISTRATION_REINSTATED="The vendor reinstated a registration.",
    REGISTRATION_REVIEW_OVERDUE="The time for reviewing a registration has passed; visible to the vendor.",
    REGISTRATION_POLICY_CHANGED="A policy of registrations was created or changed.",
    TASK_CREATED="A task was created. Events of tasks are seen by those who see the task.",
    TASK_UPDATED="A task was changed, given to somebody else, opened again or cancelled.",
    TASK_COMPLETED="A task was completed.",
    TASK_OVERDUE="A task was not done by its due date.",
    PREDICTION_MODEL_CHANGED="A model for predictions was trained, or an earlier one put back in use.",
)
described(
    ActionKind,
    "The kind of a next best action.",
    COMPLETE_CRITERION="Verify that an exit criterion of the stage is met, and mark it.",
    DO_ACTIVITY="Complete or schedule an activity of the stage.",
    DO_TASK="Do a task of the opportunity that is due today or overdue. Visible to those who see the task.",
    SHARE_CONTENT="Send a piece of content to the customer.",
    STUDY_CONTENT="Read a piece of content before the next conversation.",
    ADVANCE_STAGE="Advance the opportunity to its next stage, which nothing blocks.",
    INTRODUCE="Make the first contact with the customer of a lead.",
    RE_ENGAGE="Contact a customer who has not responded for some time.",
    FIX_AMOUNT="Record the amount, or correct one that looks like a placeholder.",
    FIX_CLOSE_DATE="Correct a close date that is missing, past or unrealistic.",
    ANSWER_QUESTION="Find out the answer to a qualification question.",
    RAISE_CHANCES="Make the change that raises the predicted win probability most, or find out what lowers it. "
    "Visible to the vendor and to the partner that leads the opportunity.",
    REGISTER_DEAL="Register the opportunity, or ask for an extension of its registration before the protection ends.",
    FIND_CONTACT="Find out who decides at the customer, and add them to the contacts.",
    INVOLVE_VENDOR="Ask the vendor for help.",
    REQUALIFY="Check whether the opportunity is still active.",
    CLOSE_LOST="Close an opportunity that resembles lost ones.",
    PREPARE_NEXT_STAGE="Meet an entry criterion of the next stage in advance.",
    CUSTOM="An action proposed by a rule of the vendor.",
)
described(
    Urgency,
    "The urgency of a next best action.",
    LOW="When there is time.",
    NORMAL="This week.",
    HIGH="Within days.",
    CRITICAL="Today.",
)
described(
    ActionStatus,
    "The status of a next best action.",
    PROPOSED="Open for a response.",
    ACCEPTED="Accepted by somebody.",
    DISMISSED="Dismissed by somebody.",
    COMPLETED="Completed.",
    EXPIRED="No longer applicable, since the opportunity has changed.",
    SNOOZED="Put off until `snoozedUntil`. From that day on, it is proposed again as a new action if it still applies.",
)
described(
    ActionResponse,
    "A response to a next best action.",
    ACCEPT="Accepts the action.",
    DISMISS="Dismisses the action; requires a reason.",
    COMPLETE="Reports the action as completed.",
    SNOOZE="Puts the action off until the day given as `until`.",
)
described(
    GuidanceSource,
    "The source of recommendations.",
    RULES="Rules over the facts of the opportunity.",
    RULES_AND_LLM=(
        "Proposed by rules; selected and justified by a language model that points at facts and text blocks."
    ),
)
described(
    ReadingKind,
    "The kind of statement that a language model has read in a text.",
    WAIT_UNTIL="A date before which nothing will happen.",
    OBJECTION="An objection that a battlecard answers.",
    COMPETITOR="A competitor from the vendor's list.",
    ROLE="The role of a person in the purchase.",
    ASKED_FOR="A request for content.",
)
described(
    Wording,
    "The wording of actions that a language model selected.",
    COMPOSED="Only the sentences of the rules and the text blocks of the phrasebook.",
    CHECKED=(
        "Also the model's own sentences, each checked individually; drafts with such sentences have "
        "`checkBeforeSending`."
    ),
)
described(
    EnrichmentState,
    "The state of the language model's work on the recommendations.",
    NOT_CONFIGURED="No language model is configured.",
    PENDING="The model has been asked; `recommendationsUpdated` delivers its answer.",
    DONE="The recommendations include the model's answer.",
    FAILED="The model gave no usable answer or was unavailable; the rules' answer is shown.",
    SKIPPED=(
        "The model was not asked: the opportunity is closed, there is nothing to word, or the daily budget is spent."
    ),
)
described(
    ErrorCode,
    "The kind of a user error.",
    NOT_FOUND="The object doesn't exist or the viewer can't see it.",
    FORBIDDEN="The viewer can see the object but lacks the permission.",
    INVALID="The input is invalid; see `path`.",
    CONFLICT="Changed by somebody else in the meantime. Read it again and retry.",
    BLOCKED="The stage's rules don't allow it yet; see `blockers`.",
    RATE_LIMITED="Too many requests in a period of time.",
    IDEMPOTENCY_MISMATCH="The same `clientMutationId` was used with another input.",
    UNAVAILABLE="A part of the service is temporarily unavailable.",
)
described(
    OrderDirection,
    "The direction of a list's order.",
    ASC="Ascending; empty values last.",
    DESC="Descending; empty values last.",
)
described(
    OpportunityOrderField,
    "The fields that opportunities can be ordered by. Ties are broken by id.",
    UPDATED_AT="By date of the last change.",
    CREATED_AT="By date and time of creation.",
    EXPECTED_CLOSE_DATE="By expected close date.",
    AMOUNT="By amount as a number: currencies are not converted.",
    DAYS_IN_STAGE="By time in the current stage.",
    NAME="By name.",
    CLOSED_AT="By date of closing; open opportunities come last.",
    SOURCE="By origin: `CO_SELL`, `PARTNER`, `VENDOR`.",
    WIN_PROBABILITY="By win probability of the stage.",
)

described(
    KeptKind,
    "The kind of a text that remains with the partner whose people wrote it.",
    NOTES="The notes.",
    NEXT_STEP="The next step.",
    ANSWER="An answer to a qualification question.",
    EVIDENCE="Evidence for a criterion.",
    ACTIVITY_NOTE="A note on an activity.",
    REASON="The reason for a move.",
    CLOSE_REASON="The reason for closing the opportunity.",
    EXTERNAL_ID="The id in the partner's own system.",
)
described(
    TeamRole,
    "A person's part in an opportunity.",
    OWNER="Owns it. Set by `updateOpportunity`, never by `addTeamMember`.",
    SALES="Sells.",
    PRESALES="Demonstrates and answers technical questions.",
    DELIVERY="Delivers what is sold.",
    CHANNEL_MANAGER="Looks after the partner for the vendor.",
    DISTRIBUTION="Works for the distributor.",
    EXECUTIVE_SPONSOR="Stands behind it in management.",
    OTHER="Something else.",
)
described(
    TeamAccess,
    "A participant's rights on an opportunity.",
    READ="Read it.",
    EDIT="Read and change it.",
)
described(
    DealPartnerRole,
    "A partner's task in an opportunity.",
    LEAD="Lead it: with acceptance it becomes the opportunity's partner.",
    RESALE="Resell.",
    REFERRAL="Refer the customer.",
    IMPLEMENTATION="Implement.",
    DISTRIBUTION="Distribute.",
    TECHNOLOGY="Contribute technology of its own.",
    OTHER="Something else.",
)
described(
    Attribution,
    "A partner's contribution to an opportunity, as it is counted.",
    SOURCED="It brought the opportunity.",
    INFLUENCED="It helped to win it.",
    DELIVERED="It delivers what was sold.",
)
described(
    InvitationStatus,
    "The status of a partner's part in an opportunity.",
    INVITED="Invited, without a response.",
    ACCEPTED="Accepted: the partner takes part.",
    DECLINED="Declined.",
    EXPIRED="Not responded to in time.",
    CANCELLED="Withdrawn before there was a response.",
    LEFT="The partner left.",
    REMOVED="The partner was removed.",
)
described(
    DeclineCode,
    "The reason why a partner declines an invitation.",
    CUSTOMER_PROBLEM_UNCLEAR="It is unclear what the customer needs.",
    NEXT_STEPS_UNCLEAR="It is unclear what is to be done next.",
    UNABLE_TO_SUPPORT="It is outside of what the partner offers.",
    DUPLICATE="The partner works on the same opportunity already.",
    NO_CAPACITY="Nobody has time.",
    OTHER="Another reason.",
)
described(
    OfferMode,
    "The way in which partners are offered an opportunity.",
    FIRST_TO_ACCEPT="All at once: the first to accept leads it.",
    IN_TURN="One after the other, best first.",
)
described(
    SplitKind,
    "The kind of a share of revenue.",
    REVENUE="A share of the revenue itself; together they are exactly 100 percent.",
    OVERLAY="A share counted in addition, for those who helped; any total.",
)
described(
    BuyingRole,
    "The role of a contact in the purchase.",
    CHAMPION="Supports the purchase from the inside.",
    ECONOMIC_BUYER="Controls the budget.",
    DECISION_MAKER="Makes the decision.",
    TECHNICAL_EVALUATOR="Assesses the technical fit.",
    PROCUREMENT="Negotiates price and terms.",
    LEGAL="Reviews the contract.",
    END_USER="Will use the product.",
    OPPONENT="Opposes the purchase, or prefers a competitor.",
    OTHER="Another role.",
)
described(
    SearchKind,
    "The kind of what a search found.",
    OPPORTUNITY="An opportunity.",
    ACCOUNT="An account.",
    CONTACT="A contact.",
    REGISTRATION="A registration.",
    CONTENT="A piece of content.",
)
described(
    AnalyticsGroupBy,
    "The attribute by which opportunities are grouped.",
    PARTNER="The partner that leads the opportunity.",
    TIER="The partner's tier.",
    INDUSTRY="The customer's industry, in any case.",
    REGION="The partner's region.",
    SOURCE="The origin.",
    OWNER="The owner.",
    SIZE_BAND="The order of magnitude of the amount, in its own currency.",
)
described(
    FindingKind,
    "The way in which a stage costs time or opportunities.",
    SLOWEST="Most closed opportunities spent longer here than in any other stage that they were in.",
    BEYOND_TARGET="Most stays take longer than the stage's target days.",
    OUTLIVED="Opportunities have been here for longer than any that ever left.",
    LEAKING="Of those that leave, more are lost than in the playbook's other stages.",
    BELOW_PLAN="Fewer of those that were here are won than the stage's win probability says.",
)
described(
    CloseOutcome,
    "The outcome of an opportunity that was closed.",
    WON="Won.",
    LOST="Lost.",
)
described(
    AutomationStepKind,
    "The kind of a step of an automation.",
    CREATE_TASK="Creates a task, or one for each activity of the stage that is to be done.",
    NOTIFY="Notifies people.",
    SET_FIELD="Sets a field of the opportunity.",
    ADD_TEAM_MEMBER="Puts somebody on the opportunity's team.",
    COMMENT="Comments on the opportunity or the registration.",
    MARK_CRITERION="Marks a criterion of the opportunity.",
    ADVANCE_STAGE="Moves the opportunity, if nothing blocks the move.",
    SEND_WEBHOOK="Sends an event to webhook endpoints of the vendor.",
)
described(
    RunStatus,
    "The status of a run of an automation, or of one of its steps.",
    WAITING="Waits for its time.",
    RUNNING="Steps are done, others wait for their time.",
    DONE="All that was to be done is done.",
    FAILED="A step could not be done; those after it were left out.",
    SKIPPED="Nothing was done; `error` says why.",
)
described(
    TaskStatus,
    "The status of a task.",
    OPEN="Nobody has begun.",
    IN_PROGRESS="Somebody is at it.",
    DONE="Completed.",
    CANCELLED="Given up.",
)
described(
    TaskSource,
    "The origin of a task.",
    PERSON="Somebody made it.",
    AUTOMATION="An automation made it.",
    GUIDANCE="It stands for a next best action that was accepted.",
)
described(
    TaskScope,
    "The owners of the tasks of a list.",
    MINE="Tasks of the viewer.",
    MY_TEAM="Tasks of the people of the viewer's organisation, the viewer's own among them.",
)
described(
    TaskOrderField,
    "The field that a list of tasks is ordered by. Ties are broken by id.",
    DUE_AT="The due date; those without one come last.",
    CREATED_AT="The date and time of creation.",
    URGENCY="The urgency, `CRITICAL` first with `DESC`; then the due date.",
)
described(
    CommentAudience,
    "The audience of a comment.",
    EVERYONE_ON_IT="Everybody who sees the opportunity.",
    OWN_ORGANIZATION="The users of the author's organisation who see the opportunity. Nobody else, be it the vendor.",
)
described(
    CommentOrderField,
    "The field that a list of comments is ordered by. Ties are broken by id.",
    CREATED_AT="The date and time of writing.",
)
described(
    NotificationKind,
    "The kind of a notification.",
    DEAL_ASSIGNED="An opportunity of which the user has become owner, or whose team they have joined.",
    DEAL_STAGE_CHANGED="A change of stage in an opportunity that the user owns or is on the team of.",
    DEAL_CLOSED="An opportunity that was won or lost.",
    DEAL_STALLED="An opportunity that has been in its stage for longer than healthy ones are.",
    ADVICE_URGENT="An urgent next best action that is new.",
    COMMENT_ADDED="A comment on something that the user takes part in.",
    TASK_ASSIGNED="A task that was given to the user.",
    TASK_DUE="A task of the user's, on the day that it is due.",
    TASK_OVERDUE="A task of the user's that is overdue.",
    INVITATION_RECEIVED="An invitation to sell an opportunity together.",
    INVITATION_ANSWERED="The outcome of such an invitation, for those who sent it.",
    REGISTRATION_TO_REVIEW="A registration that waits for the user's review or decision.",
    REGISTRATION_UPDATED="A step of a registration that the user submitted or reviews.",
    REGISTRATION_DECIDED="The approval or rejection of a registration.",
    PROTECTION_EXPIRING="Protection of an opportunity that ends soon.",
    PROTECTION_ENDED="Protection of an opportunity that has ended or was revoked.",
    WEBHOOK_DISABLED="A webhook endpoint that was disabled because its deliveries failed.",
    AUTOMATION="A message by one of the vendor's automations.",
)
described(
    NotificationChannel,
    "The channel of a notification.",
    INBOX="The inbox: `notifications`.",
    EMAIL="E-mail.",
    CHAT="The chat that the user has set.",
)
described(
    NotificationPace,
    "The pace at which a channel tells of notifications.",
    OFF="Never.",
    AT_ONCE="At once, each by itself.",
    HOURLY="In a digest every full hour.",
    DAILY="In a digest once a day.",
)
described(
    ChatService,
    "The service of a chat.",
    SLACK="Slack.",
    MICROSOFT_TEAMS="Microsoft Teams; gets an Adaptive Card.",
    GENERIC="Another one; gets JSON with title, text and link.",
)
described(
    DealType,
    "The kind of purchase.",
    NET_NEW="A customer that has bought nothing of it yet.",
    EXPANSION="More for a customer that uses it.",
    RENEWAL="Another term of what is in use.",
    COMPETITIVE_REPLACEMENT="In place of a competitor's product.",
)
described(
    RegistrationStatus,
    "The status of a registration.",
    DRAFT="The partner is preparing it.",
    SUBMITTED="Waits for a reviewer.",
    IN_REVIEW="Somebody of the vendor reviews it.",
    CHANGES_REQUESTED="The partner has been asked to change it; the time for the review rests.",
    APPROVED="Approved: the opportunity is protected until `protectedUntil`.",
    REJECTED="Turned down, with a code.",
    WITHDRAWN="The partner has withdrawn it.",
    EXPIRED="Protection has ended.",
    REVOKED="The vendor has ended protection early.",
)
described(
    RegistrationStepKind,
    "A step in the life of a registration.",
    SAVE="Fill in or correct fields.",
    SUBMIT="Submit for review.",
    WITHDRAW="Withdraw.",
    START_REVIEW="Begin the review, or take it over.",
    REQUEST_CHANGES="Ask the partner to change fields.",
    APPROVE="Approve.",
    REJECT="Turn down.",
    REQUEST_EXTENSION="Ask for longer protection.",
    EXTEND="Extend protection.",
    DECLINE_EXTENSION="Turn down a request for longer protection.",
    REVIEW_AGAIN="Send an approved registration back to review, because its opportunity changed. Done by the system.",
    EXPIRE="End protection when its time has passed. Done by the system.",
    REVOKE="End protection early.",
    REINSTATE="Take back a rejection, a withdrawal, an expiry or a revocation.",
)
described(
    RejectionCode,
    "The reason for which a registration was rejected or revoked, for display and for reports.",
    DUPLICATE="Another partner registered the customer's project first.",
    EXISTING_OPPORTUNITY="The vendor has an opportunity for the same project.",
    NOT_QUALIFIED="The project is not concrete enough: no need, budget or date.",
    OUT_OF_TERRITORY="The customer is outside the partner's territory.",
    PRODUCT_EXCLUDED="The products are not part of the programme.",
    VENDOR_ALREADY_ENGAGED="The vendor already talks with the customer about it.",
    TENDER_PUBLISHED="A tender has been published, so that nobody can be protected.",
    PARTNER_NOT_ELIGIBLE="The partner may not register such projects.",
    INCOMPLETE="The information asked for was not given.",
    OTHER="Another reason, in words.",
)
described(
    ExtensionStatus,
    "The state of a request for longer protection.",
    PENDING="The vendor has not decided yet.",
    GRANTED="Granted.",
    DECLINED="Declined.",
)
described(
    RevokedDeal,
    "The fate of the opportunity of a registration that is revoked.",
    KEEP="The partner keeps it, without protection.",
    CLOSE="It is closed as lost.",
    TAKE_BACK="It becomes the vendor's own.",
)
described(
    RegistrationOrderField,
    "The field to order registrations by. Empty values come last.",
    UPDATED_AT="The last change.",
    CREATED_AT="The creation.",
    SUBMITTED_AT="The submission.",
    REVIEW_DUE_AT="The end of the time for the review.",
    PROTECTED_UNTIL="The end of protection.",
    AMOUNT="The amount, as a number.",
    NUMBER="The number.",
)
described(
    ContactOrderField,
    "The field that a list of contacts is ordered by. Ties are broken by id.",
    NAME="The name.",
    UPDATED_AT="The time of the last change.",
)
described(
    PartnerStatus,
    "The standing of a partner in the programme.",
    PROSPECT="Not yet signed up.",
    ONBOARDING="Signed up, and not yet selling.",
    ACTIVE="Sells.",
    SUSPENDED="Its users can read but not change anything, and it is given no opportunities.",
    ENDED="Its users can't sign in, and it is given no opportunities.",
)
described(
    PartnerOrderField,
    "The field that a list of partners is ordered by. Ties are broken by id.",
    NAME="The name.",
    CREATED_AT="The date and time when the partner joined.",
)
described(
    UserOrderField,
    "The field that a list of users is ordered by. Ties are broken by id.",
    NAME="The name.",
    CREATED_AT="The date and time when the user was invited.",
)
described(
    ConflictKind,
    "The kind of a conflict between registrations, or with an opportunity.",
    SAME_DEAL="About the same customer, or one that may be, and the same products or a similar need.",
    SAME_ACCOUNT="The same customer, by its registration number or domain.",
    SIMILAR_ACCOUNT="Maybe the same customer, by its name and place.",
)
described(
    ConflictDecision,
    "The vendor's decision on a conflict.",
    NOT_THE_SAME="They are about different customers or opportunities: neither stands in the other's way.",
    HAS_PRIORITY="This registration comes first, whichever was submitted first.",
    ATTACHED="This registration is about the other's opportunity, which is of the same partner.",
)
described(
    WebhookReplayStatus,
    "The status of a replay.",
    RUNNING="Under way.",
    DONE="All of it was handed over for delivery.",
    CANCELLED="Ended by disabling the endpoint; what it had handed over by then is sent once it is enabled again.",
)
described(
    WebhookDeliveryStatus,
    "The status of a webhook delivery.",
    WAITING="To be sent, for the first time or again.",
    DELIVERED="Answered with a status from 200 to 299.",
    FAILED="Given up after the last retry.",
    WITHHELD="Not sent: its event is no longer visible to the endpoint's owner, or no longer in the log.",
)
described(
    PredictionBasis,
    "The basis of a prediction, from the simplest to the most detailed. A more detailed one is used only where there "
    "are enough closed opportunities and it predicted better in the back-test.",
    STAGE_PROBABILITY="The win probability that the playbook gives the stage.",
    STAGE_RATE="The share won among the opportunities that entered the stage.",
    STAGE_AND_AGE_RATE="The share won among the opportunities that stayed in the stage for as long.",
    MODEL="A trained model that takes further facts of the opportunity into account.",
)
described(
    PredictionTrend,
    "The change of a win probability within a week.",
    IMPROVING="It rose by at least 3 percentage points.",
    STEADY="It changed by less.",
    DECLINING="It fell by at least 3 percentage points.",
    TOO_EARLY="The opportunity is younger than a week.",
)
described(
    ModelAudience,
    "The opportunities that a model was trained on.",
    VENDOR="All opportunities. Visible to the vendor.",
    PARTNERS="The opportunities of all partners, where there are enough of them. Visible to partners.",
    PARTNER="The opportunities of one partner. Visible to that partner and the vendor.",
)
described(
    BacktestPopulation,
    "The opportunities and moments that a back-test asks about.",
    AT_REGISTRATION="New opportunities, at their creation, in the four weeks after the cut.",
    AT_STAGE_ENTRY="Opportunities that entered a later stage, at that moment, in the four weeks after the cut.",
    OPEN="Opportunities that were open at the cut, at the cut.",
)
