"""The words of the domain: every enumeration that rules, tables and the API share. Standard library only."""

from enum import StrEnum


class OrganizationKind(StrEnum):
    VENDOR = "VENDOR"
    PARTNER = "PARTNER"


class PartnerKind(StrEnum):
    RESELLER = "RESELLER"
    INTEGRATOR = "INTEGRATOR"
    DISTRIBUTOR = "DISTRIBUTOR"
    MANAGED_SERVICE_PROVIDER = "MANAGED_SERVICE_PROVIDER"


class PartnerTier(StrEnum):
    REGISTERED = "REGISTERED"
    SILVER = "SILVER"
    GOLD = "GOLD"
    PLATINUM = "PLATINUM"


class PartnerStatus(StrEnum):
    """Where a partner stands in the programme. `SUSPENDED`: its people read, and change nothing. `ENDED`: they can't
    sign in."""

    PROSPECT = "PROSPECT"
    ONBOARDING = "ONBOARDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ENDED = "ENDED"


class Role(StrEnum):
    VENDOR_ADMIN = "VENDOR_ADMIN"
    CHANNEL_MANAGER = "CHANNEL_MANAGER"
    PARTNER_MANAGER = "PARTNER_MANAGER"
    PARTNER_SELLER = "PARTNER_SELLER"


class Permission(StrEnum):
    """What a viewer may do. Which deals it may do it to is visibility's matter."""

    READ = "READ"
    CREATE_OPPORTUNITY = "CREATE_OPPORTUNITY"
    EDIT_OPPORTUNITY = "EDIT_OPPORTUNITY"
    ADVANCE = "ADVANCE"
    OVERRIDE = "OVERRIDE"
    REOPEN = "REOPEN"
    ASSIGN_PARTNER = "ASSIGN_PARTNER"
    SHARE_OPPORTUNITY = "SHARE_OPPORTUNITY"
    REGISTER_DEALS = "REGISTER_DEALS"
    SUBMIT_FORECASTS = "SUBMIT_FORECASTS"
    SET_TARGETS = "SET_TARGETS"
    REVIEW_REGISTRATIONS = "REVIEW_REGISTRATIONS"
    MANAGE_PLAYBOOKS = "MANAGE_PLAYBOOKS"
    MANAGE_CONTENT = "MANAGE_CONTENT"
    MANAGE_PARTNERS = "MANAGE_PARTNERS"
    MANAGE_USERS = "MANAGE_USERS"
    MANAGE_API_CLIENTS = "MANAGE_API_CLIENTS"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"
    ADMINISTER = "ADMINISTER"


class ApiScope(StrEnum):
    """What an API client was given leave to do. Each one includes reading."""

    READ = "READ"
    REGISTER = "REGISTER"
    WRITE = "WRITE"


class PlaybookStatus(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class PlacementBasis(StrEnum):
    """By what an open deal's stage was found again in a new version of its playbook."""

    MAPPING = "MAPPING"
    KEY = "KEY"
    NAME = "NAME"
    ALIAS = "ALIAS"


class UnplacedReason(StrEnum):
    """Why an open deal stays on its version."""

    NO_COUNTERPART = "NO_COUNTERPART"
    AMBIGUOUS = "AMBIGUOUS"
    CLOSED_STAGE = "CLOSED_STAGE"


class LapseReason(StrEnum):
    """Why somebody's word on a criterion doesn't count in a new version."""

    REWORDED = "REWORDED"
    COMPUTED = "COMPUTED"
    REMOVED = "REMOVED"


class StageKind(StrEnum):
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class BuyerPhase(StrEnum):
    AWARENESS = "AWARENESS"
    CONSIDERATION = "CONSIDERATION"
    EVALUATION = "EVALUATION"
    DECISION = "DECISION"
    ADOPTION = "ADOPTION"


class ForecastCategory(StrEnum):
    OMITTED = "OMITTED"
    PIPELINE = "PIPELINE"
    BEST_CASE = "BEST_CASE"
    COMMIT = "COMMIT"
    CLOSED = "CLOSED"


class RollUp(StrEnum):
    """`CUMULATIVE`: a category holds those that are surer, too."""

    SINGLE = "SINGLE"
    CUMULATIVE = "CUMULATIVE"


class ForecastMethod(StrEnum):
    COMMIT = "COMMIT"
    BEST_CASE = "BEST_CASE"
    PIPELINE = "PIPELINE"
    WEIGHTED = "WEIGHTED"
    MODELLED = "MODELLED"


class PeriodKind(StrEnum):
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class CriterionPhase(StrEnum):
    ENTRY = "ENTRY"
    EXIT = "EXIT"


class CriterionCheck(StrEnum):
    MANUAL = "MANUAL"
    EXPRESSION = "EXPRESSION"


class ConfirmedBy(StrEnum):
    ANYONE_ON_DEAL = "ANYONE_ON_DEAL"
    PARTNER_MANAGER = "PARTNER_MANAGER"
    VENDOR = "VENDOR"


class CriteriaScope(StrEnum):
    EXIT_CURRENT = "EXIT_CURRENT"
    ENTRY_NEXT = "ENTRY_NEXT"
    ALL = "ALL"


class ActivityStatus(StrEnum):
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    SKIPPED = "SKIPPED"


class OpportunityStatus(StrEnum):
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class OpportunitySource(StrEnum):
    PARTNER = "PARTNER"
    VENDOR = "VENDOR"
    CO_SELL = "CO_SELL"


class DealType(StrEnum):
    """What kind of purchase it is."""

    NET_NEW = "NET_NEW"
    EXPANSION = "EXPANSION"
    RENEWAL = "RENEWAL"
    COMPETITIVE_REPLACEMENT = "COMPETITIVE_REPLACEMENT"


class RegistrationStatus(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class RegistrationStepKind(StrEnum):
    SAVE = "SAVE"
    SUBMIT = "SUBMIT"
    WITHDRAW = "WITHDRAW"
    START_REVIEW = "START_REVIEW"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    REQUEST_EXTENSION = "REQUEST_EXTENSION"
    EXTEND = "EXTEND"
    DECLINE_EXTENSION = "DECLINE_EXTENSION"
    REVIEW_AGAIN = "REVIEW_AGAIN"
    EXPIRE = "EXPIRE"
    REVOKE = "REVOKE"
    REINSTATE = "REINSTATE"


class RejectionCode(StrEnum):
    """Why a registration was turned down; reports group by it."""

    DUPLICATE = "DUPLICATE"
    EXISTING_OPPORTUNITY = "EXISTING_OPPORTUNITY"
    NOT_QUALIFIED = "NOT_QUALIFIED"
    OUT_OF_TERRITORY = "OUT_OF_TERRITORY"
    PRODUCT_EXCLUDED = "PRODUCT_EXCLUDED"
    VENDOR_ALREADY_ENGAGED = "VENDOR_ALREADY_ENGAGED"
    TENDER_PUBLISHED = "TENDER_PUBLISHED"
    PARTNER_NOT_ELIGIBLE = "PARTNER_NOT_ELIGIBLE"
    INCOMPLETE = "INCOMPLETE"
    OTHER = "OTHER"


class ExtensionStatus(StrEnum):
    """What became of a partner's request for longer protection."""

    PENDING = "PENDING"
    GRANTED = "GRANTED"
    DECLINED = "DECLINED"


class RevokedDeal(StrEnum):
    """What becomes of the deal of a registration that is revoked."""

    KEEP = "KEEP"
    CLOSE = "CLOSE"
    TAKE_BACK = "TAKE_BACK"


class TeamRole(StrEnum):
    """What somebody does on a deal."""

    OWNER = "OWNER"
    SALES = "SALES"
    PRESALES = "PRESALES"
    DELIVERY = "DELIVERY"
    CHANNEL_MANAGER = "CHANNEL_MANAGER"
    DISTRIBUTION = "DISTRIBUTION"
    EXECUTIVE_SPONSOR = "EXECUTIVE_SPONSOR"
    OTHER = "OTHER"


class TeamAccess(StrEnum):
    """What a deal's team and further partners may do with it."""

    READ = "READ"
    EDIT = "EDIT"


class DealPartnerRole(StrEnum):
    LEAD = "LEAD"
    RESALE = "RESALE"
    REFERRAL = "REFERRAL"
    IMPLEMENTATION = "IMPLEMENTATION"
    DISTRIBUTION = "DISTRIBUTION"
    TECHNOLOGY = "TECHNOLOGY"
    OTHER = "OTHER"


class Attribution(StrEnum):
    """What a partner did for a deal."""

    SOURCED = "SOURCED"
    INFLUENCED = "INFLUENCED"
    DELIVERED = "DELIVERED"


class InvitationStatus(StrEnum):
    INVITED = "INVITED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    LEFT = "LEFT"
    REMOVED = "REMOVED"


class DeclineCode(StrEnum):
    CUSTOMER_PROBLEM_UNCLEAR = "CUSTOMER_PROBLEM_UNCLEAR"
    NEXT_STEPS_UNCLEAR = "NEXT_STEPS_UNCLEAR"
    UNABLE_TO_SUPPORT = "UNABLE_TO_SUPPORT"
    DUPLICATE = "DUPLICATE"
    NO_CAPACITY = "NO_CAPACITY"
    OTHER = "OTHER"


class OfferMode(StrEnum):
    """In which order partners are asked to take a deal over."""

    FIRST_TO_ACCEPT = "FIRST_TO_ACCEPT"
    IN_TURN = "IN_TURN"


class OfferStatus(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    EXHAUSTED = "EXHAUSTED"


class SplitKind(StrEnum):
    REVENUE = "REVENUE"
    OVERLAY = "OVERLAY"


class PipelineFlow(StrEnum):
    """How a deal adds to the open pipeline, or takes from it."""

    CREATED = "CREATED"
    INCREASED = "INCREASED"
    DECREASED = "DECREASED"
    CAME = "CAME"
    LEFT = "LEFT"
    REOPENED = "REOPENED"
    WON = "WON"
    LOST = "LOST"
    REMOVED = "REMOVED"


class AnalyticsGroupBy(StrEnum):
    """By what figures over deals are told apart."""

    PARTNER = "PARTNER"
    TIER = "TIER"
    INDUSTRY = "INDUSTRY"
    REGION = "REGION"
    SOURCE = "SOURCE"
    OWNER = "OWNER"
    SIZE_BAND = "SIZE_BAND"


class FindingKind(StrEnum):
    """In what way a stage costs time or deals."""

    SLOWEST = "SLOWEST"
    BEYOND_TARGET = "BEYOND_TARGET"
    OUTLIVED = "OUTLIVED"
    LEAKING = "LEAKING"
    BELOW_PLAN = "BELOW_PLAN"


class CloseOutcome(StrEnum):
    WON = "WON"
    LOST = "LOST"


class BuyingRole(StrEnum):
    """What somebody at the customer has to do with the purchase."""

    CHAMPION = "CHAMPION"
    ECONOMIC_BUYER = "ECONOMIC_BUYER"
    DECISION_MAKER = "DECISION_MAKER"
    TECHNICAL_EVALUATOR = "TECHNICAL_EVALUATOR"
    PROCUREMENT = "PROCUREMENT"
    LEGAL = "LEGAL"
    END_USER = "END_USER"
    OPPONENT = "OPPONENT"
    OTHER = "OTHER"


class SearchKind(StrEnum):
    """What a search over all nouns finds; of equals, in this order."""

    OPPORTUNITY = "OPPORTUNITY"
    ACCOUNT = "ACCOUNT"
    CONTACT = "CONTACT"
    REGISTRATION = "REGISTRATION"
    CONTENT = "CONTENT"


class CommentAudience(StrEnum):
    """Who reads a comment: whoever sees the deal, or the author's own organisation alone."""

    EVERYONE_ON_IT = "EVERYONE_ON_IT"
    OWN_ORGANIZATION = "OWN_ORGANIZATION"


class NotificationKind(StrEnum):
    """What a notification is about; preferences are set by it."""

    DEAL_ASSIGNED = "DEAL_ASSIGNED"
    DEAL_STAGE_CHANGED = "DEAL_STAGE_CHANGED"
    DEAL_CLOSED = "DEAL_CLOSED"
    DEAL_STALLED = "DEAL_STALLED"
    ADVICE_URGENT = "ADVICE_URGENT"
    COMMENT_ADDED = "COMMENT_ADDED"
    TASK_ASSIGNED = "TASK_ASSIGNED"
    TASK_DUE = "TASK_DUE"
    TASK_OVERDUE = "TASK_OVERDUE"
    INVITATION_RECEIVED = "INVITATION_RECEIVED"
    INVITATION_ANSWERED = "INVITATION_ANSWERED"
    REGISTRATION_TO_REVIEW = "REGISTRATION_TO_REVIEW"
    REGISTRATION_UPDATED = "REGISTRATION_UPDATED"
    REGISTRATION_DECIDED = "REGISTRATION_DECIDED"
    PROTECTION_EXPIRING = "PROTECTION_EXPIRING"
    PROTECTION_ENDED = "PROTECTION_ENDED"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"
    AUTOMATION = "AUTOMATION"


class NotificationChannel(StrEnum):
    INBOX = "INBOX"
    EMAIL = "EMAIL"
    CHAT = "CHAT"


class NotificationPace(StrEnum):
    """When a channel tells of a notification; OFF: it doesn't."""

    OFF = "OFF"
    AT_ONCE = "AT_ONCE"
    HOURLY = "HOURLY"
    DAILY = "DAILY"


class ChatService(StrEnum):
    SLACK = "SLACK"
    MICROSOFT_TEAMS = "MICROSOFT_TEAMS"
    GENERIC = "GENERIC"


class TransitionKind(StrEnum):
    CREATED = "CREATED"
    FORWARD = "FORWARD"
    SKIP = "SKIP"
    BACK = "BACK"
    WON = "WON"
    LOST = "LOST"
    REOPEN = "REOPEN"


class KeptKind(StrEnum):
    NOTES = "NOTES"
    NEXT_STEP = "NEXT_STEP"
    ANSWER = "ANSWER"
    EVIDENCE = "EVIDENCE"
    ACTIVITY_NOTE = "ACTIVITY_NOTE"
    REASON = "REASON"
    CLOSE_REASON = "CLOSE_REASON"
    EXTERNAL_ID = "EXTERNAL_ID"


class BlockerCode(StrEnum):
    EXIT_CRITERION_UNMET = "EXIT_CRITERION_UNMET"
    ENTRY_CRITERION_UNMET = "ENTRY_CRITERION_UNMET"
    ACTIVITY_OPEN = "ACTIVITY_OPEN"
    NOT_LAST_OPEN_STAGE = "NOT_LAST_OPEN_STAGE"
    SAME_STAGE = "SAME_STAGE"
    OPPORTUNITY_CLOSED = "OPPORTUNITY_CLOSED"
    PERMISSION_REQUIRED = "PERMISSION_REQUIRED"
    REASON_REQUIRED = "REASON_REQUIRED"


class ContentKind(StrEnum):
    BATTLECARD = "BATTLECARD"
    DECK = "DECK"
    CASE_STUDY = "CASE_STUDY"
    TEMPLATE = "TEMPLATE"
    TRAINING = "TRAINING"
    PRICING = "PRICING"
    DEMO = "DEMO"
    CHECKLIST = "CHECKLIST"


class LifecyclePhase(StrEnum):
    STRATEGIZE = "STRATEGIZE"
    RECRUIT = "RECRUIT"
    ONBOARD = "ONBOARD"
    ENABLE = "ENABLE"
    MARKET = "MARKET"
    SELL = "SELL"
    INCENTIVIZE = "INCENTIVIZE"
    ACCELERATE = "ACCELERATE"


class Severity(StrEnum):
    ERROR = "ERROR"
    WARNING = "WARNING"
    NOTICE = "NOTICE"


class PlaybookIssueCode(StrEnum):
    TOO_MANY_STAGES = "TOO_MANY_STAGES"
    TOO_FEW_STAGES = "TOO_FEW_STAGES"
    VAGUE_STAGE_NAME = "VAGUE_STAGE_NAME"
    MISSING_DEFINITION = "MISSING_DEFINITION"
    MISSING_EXIT_CRITERIA = "MISSING_EXIT_CRITERIA"
    MISSING_NEXT_STEPS = "MISSING_NEXT_STEPS"
    PROBABILITY_NOT_INCREASING = "PROBABILITY_NOT_INCREASING"
    MISSING_ENABLEMENT = "MISSING_ENABLEMENT"
    MISSING_BUYER_PHASE = "MISSING_BUYER_PHASE"
    MISSING_TARGET_DURATION = "MISSING_TARGET_DURATION"
    REVIEW_OVERDUE = "REVIEW_OVERDUE"
    UNUSED_STAGE = "UNUSED_STAGE"
    CONDITION_OUT_OF_BOUNDS = "CONDITION_OUT_OF_BOUNDS"
    MISSING_CUSTOMER_WORDING = "MISSING_CUSTOMER_WORDING"
    INTERNAL_CUSTOMER_WORDING = "INTERNAL_CUSTOMER_WORDING"
    UNUSED_CUSTOMER_WORDING = "UNUSED_CUSTOMER_WORDING"
    MISSING_PHRASEBOOK = "MISSING_PHRASEBOOK"
    MISSING_REVIEW_DATE = "MISSING_REVIEW_DATE"
    FORECAST_OUT_OF_ORDER = "FORECAST_OUT_OF_ORDER"
    CONDITION_NEVER_MET = "CONDITION_NEVER_MET"
    CONDITION_ALWAYS_MET = "CONDITION_ALWAYS_MET"
    UNKNOWN_STAGE = "UNKNOWN_STAGE"
    UNKNOWN_QUESTION = "UNKNOWN_QUESTION"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    UNFILLABLE_FIELD = "UNFILLABLE_FIELD"
    MISSING_TRANSLATION = "MISSING_TRANSLATION"


class EventType(StrEnum):
    OPPORTUNITY_CREATED = "OPPORTUNITY_CREATED"
    OPPORTUNITY_UPDATED = "OPPORTUNITY_UPDATED"
    OPPORTUNITY_STAGE_CHANGED = "OPPORTUNITY_STAGE_CHANGED"
    OPPORTUNITY_LEFT = "OPPORTUNITY_LEFT"
    OPPORTUNITY_CAME = "OPPORTUNITY_CAME"
    CRITERION_MARKED = "CRITERION_MARKED"
    ACTIVITY_COMPLETED = "ACTIVITY_COMPLETED"
    PLAYBOOK_CREATED = "PLAYBOOK_CREATED"
    PLAYBOOK_UPDATED = "PLAYBOOK_UPDATED"
    PLAYBOOK_PUBLISHED = "PLAYBOOK_PUBLISHED"
    PLAYBOOK_ARCHIVED = "PLAYBOOK_ARCHIVED"
    PLAYBOOK_DISCARDED = "PLAYBOOK_DISCARDED"
    CONTENT_CHANGED = "CONTENT_CHANGED"
    CONTACT_CHANGED = "CONTACT_CHANGED"
    CONTACT_REMOVED = "CONTACT_REMOVED"
    ACCOUNTS_MERGED = "ACCOUNTS_MERGED"
    ACCOUNT_MERGE_UNDONE = "ACCOUNT_MERGE_UNDONE"
    COMMENT_ADDED = "COMMENT_ADDED"
    COMMENT_EDITED = "COMMENT_EDITED"
    COMMENT_REMOVED = "COMMENT_REMOVED"
    INVITATION_CHANGED = "INVITATION_CHANGED"
    RECOMMENDATIONS_UPDATED = "RECOMMENDATIONS_UPDATED"
    REGISTRATION_SAVED = "REGISTRATION_SAVED"
    REGISTRATION_SUBMITTED = "REGISTRATION_SUBMITTED"
    REGISTRATION_WITHDRAWN = "REGISTRATION_WITHDRAWN"
    REGISTRATION_REVIEW_STARTED = "REGISTRATION_REVIEW_STARTED"
    REGISTRATION_CHANGES_REQUESTED = "REGISTRATION_CHANGES_REQUESTED"
    REGISTRATION_APPROVED = "REGISTRATION_APPROVED"
    REGISTRATION_REJECTED = "REGISTRATION_REJECTED"
    REGISTRATION_EXTENSION_REQUESTED = "REGISTRATION_EXTENSION_REQUESTED"
    REGISTRATION_EXTENDED = "REGISTRATION_EXTENDED"
    REGISTRATION_EXTENSION_DECLINED = "REGISTRATION_EXTENSION_DECLINED"
    REGISTRATION_UNDER_REVIEW_AGAIN = "REGISTRATION_UNDER_REVIEW_AGAIN"
    REGISTRATION_EXPIRING = "REGISTRATION_EXPIRING"
    REGISTRATION_EXPIRED = "REGISTRATION_EXPIRED"
    REGISTRATION_REVOKED = "REGISTRATION_REVOKED"
    REGISTRATION_REINSTATED = "REGISTRATION_REINSTATED"
    REGISTRATION_REVIEW_OVERDUE = "REGISTRATION_REVIEW_OVERDUE"
    REGISTRATION_POLICY_CHANGED = "REGISTRATION_POLICY_CHANGED"
    TASK_CREATED = "TASK_CREATED"
    TASK_UPDATED = "TASK_UPDATED"
    TASK_COMPLETED = "TASK_COMPLETED"
    TASK_OVERDUE = "TASK_OVERDUE"
    PREDICTION_MODEL_CHANGED = "PREDICTION_MODEL_CHANGED"


VENDOR_EVENTS = frozenset(
    {EventType.REGISTRATION_REVIEW_OVERDUE, EventType.ACCOUNTS_MERGED, EventType.ACCOUNT_MERGE_UNDONE}
)
"""Only the vendor's people hear of these, whoever sees what they are about. That accounts were merged tells a partner
which other records there are of its customer; that its deals have another account, it hears of each."""


class GuidanceSource(StrEnum):
    RULES = "RULES"
    RULES_AND_LLM = "RULES_AND_LLM"


class EnrichmentState(StrEnum):
    NOT_CONFIGURED = "NOT_CONFIGURED"
    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class ActionStatus(StrEnum):
    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"
    SNOOZED = "SNOOZED"


class ActionResponse(StrEnum):
    ACCEPT = "ACCEPT"
    DISMISS = "DISMISS"
    COMPLETE = "COMPLETE"
    SNOOZE = "SNOOZE"


class TaskStatus(StrEnum):
    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class TaskSource(StrEnum):
    """Who or what made a task."""

    PERSON = "PERSON"
    AUTOMATION = "AUTOMATION"
    GUIDANCE = "GUIDANCE"


class TaskScope(StrEnum):
    """Whose tasks a list has."""

    MINE = "MINE"
    MY_TEAM = "MY_TEAM"


class AutomationStepKind(StrEnum):
    CREATE_TASK = "CREATE_TASK"
    NOTIFY = "NOTIFY"
    SET_FIELD = "SET_FIELD"
    ADD_TEAM_MEMBER = "ADD_TEAM_MEMBER"
    COMMENT = "COMMENT"
    MARK_CRITERION = "MARK_CRITERION"
    ADVANCE_STAGE = "ADVANCE_STAGE"
    SEND_WEBHOOK = "SEND_WEBHOOK"


class RunStatus(StrEnum):
    """Of a run of an automation, and of each of its steps."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class ErrorCode(StrEnum):
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"
    BLOCKED = "BLOCKED"
    RATE_LIMITED = "RATE_LIMITED"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    UNAVAILABLE = "UNAVAILABLE"


class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


class PartnerOrderField(StrEnum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


class UserOrderField(StrEnum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


class CommentOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"


class ContactOrderField(StrEnum):
    NAME = "NAME"
    UPDATED_AT = "UPDATED_AT"


class TaskOrderField(StrEnum):
    DUE_AT = "DUE_AT"
    CREATED_AT = "CREATED_AT"
    URGENCY = "URGENCY"


class RegistrationOrderField(StrEnum):
    UPDATED_AT = "UPDATED_AT"
    CREATED_AT = "CREATED_AT"
    SUBMITTED_AT = "SUBMITTED_AT"
    REVIEW_DUE_AT = "REVIEW_DUE_AT"
    PROTECTED_UNTIL = "PROTECTED_UNTIL"
    AMOUNT = "AMOUNT"
    NUMBER = "NUMBER"


class OpportunityOrderField(StrEnum):
    UPDATED_AT = "UPDATED_AT"
    CREATED_AT = "CREATED_AT"
    EXPECTED_CLOSE_DATE = "EXPECTED_CLOSE_DATE"
    AMOUNT = "AMOUNT"
    DAYS_IN_STAGE = "DAYS_IN_STAGE"
    NAME = "NAME"
    CLOSED_AT = "CLOSED_AT"
    SOURCE = "SOURCE"
    WIN_PROBABILITY = "WIN_PROBABILITY"


class ConflictKind(StrEnum):
    SAME_DEAL = "SAME_DEAL"
    SAME_ACCOUNT = "SAME_ACCOUNT"
    SIMILAR_ACCOUNT = "SIMILAR_ACCOUNT"


class ConflictDecision(StrEnum):
    NOT_THE_SAME = "NOT_THE_SAME"
    HAS_PRIORITY = "HAS_PRIORITY"
    ATTACHED = "ATTACHED"


class WebhookDeliveryStatus(StrEnum):
    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    WITHHELD = "WITHHELD"


class WebhookReplayStatus(StrEnum):
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class PredictionBasis(StrEnum):
    """What a prediction rests on, from the simplest on."""

    STAGE_PROBABILITY = "STAGE_PROBABILITY"
    STAGE_RATE = "STAGE_RATE"
    STAGE_AND_AGE_RATE = "STAGE_AND_AGE_RATE"
    MODEL = "MODEL"


class PredictionTrend(StrEnum):
    IMPROVING = "IMPROVING"
    STEADY = "STEADY"
    DECLINING = "DECLINING"
    TOO_EARLY = "TOO_EARLY"


class ModelAudience(StrEnum):
    """Whose deals a model is made of, and who may see it: all deals, for the vendor; those of all partners, for all of
    them; those of one partner, for that one."""

    VENDOR = "VENDOR"
    PARTNERS = "PARTNERS"
    PARTNER = "PARTNER"


class BacktestPopulation(StrEnum):
    """Which deals a back-test asks about."""

    AT_REGISTRATION = "AT_REGISTRATION"
    AT_STAGE_ENTRY = "AT_STAGE_ENTRY"
    OPEN = "OPEN"


class WinProbability(StrEnum):
    """Where the win probability of a deal comes from, by the vendor's choice."""

    STAGE = "STAGE"
    MODEL = "MODEL"
