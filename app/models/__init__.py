"""The tables, one file a noun. They are the one definition of every column; `app.migrations` follows them."""

from app.models.api_clients import ApiClient
from app.models.audit import AuditEntry, AuditSeal, PersonSalt
from app.models.automation import Automation, AutomationCause, AutomationRun, DealPulse, StepRun
from app.models.client_mutations import ClientMutation
from app.models.comments import Comment
from app.models.conflicts import CompanyKey, DecidedConflict
from app.models.consumers import ConsumerCursor, DelayedEvent
from app.models.contacts import Contact, OpportunityContact
from app.models.cosell import DealOffer, DealPartner, RevenueSplit, TeamMember
from app.models.currencies import CurrencyRate
from app.models.deals import (
    Account,
    Correction,
    CriterionMark,
    FormerMark,
    Handover,
    KeptText,
    Opportunity,
    OpportunityActivity,
    OpportunityWords,
    QualificationAnswer,
    StageTransition,
)
from app.models.enablement import Content, StageContent
from app.models.events import Event
from app.models.forecast import ForecastBasis, ForecastSnapshot, ForecastSubmission, SalesTarget
from app.models.guidance import (
    ActionBenchmark,
    ActionContent,
    ActionEffect,
    ActionOutcome,
    BenchmarkDay,
    GuidanceRule,
    ModelBudget,
    ModelCall,
    NextBestAction,
    PartnerHistory,
    PlaybookPrompt,
    Recommendation,
    ShownSlate,
    StageBenchmark,
    StageHistory,
)
from app.models.history import FieldChange
from app.models.identity import Organization, User
from app.models.merges import AccountMerge
from app.models.notifications import (
    Inbox,
    Notification,
    NotificationDefault,
    NotificationDelivery,
    NotificationMessage,
    NotificationPreference,
    NotificationSetting,
)
from app.models.partitions import LogPartition
from app.models.pipeline import PipelinePosting, PipelineStale, PipelineTotal
from app.models.playbooks import Activity, Criterion, Playbook, QualificationQuestion, Stage
from app.models.prediction import Prediction, PredictionModel
from app.models.provisioning import ProvisionedGroup, ProvisionedMember, ProvisionedUser
from app.models.registrations import (
    ChangeRequest,
    DealRegistration,
    RegistrationExtension,
    RegistrationPolicy,
    RegistrationStep,
)
from app.models.rollups import (
    AgeRollup,
    DealRollup,
    ExpectedRollup,
    RollupChange,
    RollupCheck,
)
from app.models.tasks import CalendarFeed, Task
from app.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Account",
    "AccountMerge",
    "ActionBenchmark",
    "ActionContent",
    "ActionEffect",
    "ActionOutcome",
    "Activity",
    "AgeRollup",
    "ApiClient",
    "AuditEntry",
    "AuditSeal",
    "Automation",
    "AutomationCause",
    "AutomationRun",
    "BenchmarkDay",
    "CalendarFeed",
    "ChangeRequest",
    "ClientMutation",
    "Comment",
    "CompanyKey",
    "ConsumerCursor",
    "Contact",
    "Content",
    "Correction",
    "Criterion",
    "CriterionMark",
    "CurrencyRate",
    "DealOffer",
    "DealPartner",
    "DealPulse",
    "DealRegistration",
    "DealRollup",
    "DecidedConflict",
    "DelayedEvent",
    "Event",
    "ExpectedRollup",
    "FieldChange",
    "ForecastBasis",
    "ForecastSnapshot",
    "ForecastSubmission",
    "FormerMark",
    "GuidanceRule",
    "Handover",
    "Inbox",
    "KeptText",
    "LogPartition",
    "ModelBudget",
    "ModelCall",
    "NextBestAction",
    "Notification",
    "NotificationDefault",
    "NotificationDelivery",
    "NotificationMessage",
    "NotificationPreference",
    "NotificationSetting",
    "Opportunity",
    "OpportunityActivity",
    "OpportunityContact",
    "OpportunityWords",
    "Organization",
    "PartnerHistory",
    "PersonSalt",
    "PipelinePosting",
    "PipelineStale",
    "PipelineTotal",
    "Playbook",
    "PlaybookPrompt",
    "Prediction",
    "PredictionModel",
    "ProvisionedGroup",
    "ProvisionedMember",
    "ProvisionedUser",
    "QualificationAnswer",
    "QualificationQuestion",
    "Recommendation",
    "RegistrationExtension",
    "RegistrationPolicy",
    "RegistrationStep",
    "RevenueSplit",
    "RollupChange",
    "RollupCheck",
    "SalesTarget",
    "ShownSlate",
    "Stage",
    "StageBenchmark",
    "StageContent",
    "StageHistory",
    "StageTransition",
    "StepRun",
    "Task",
    "TeamMember",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
]
