"""The schema, assembled: composes, nothing else."""

from strawberry.tools import merge_types

from app.deals.remedies import use_inputs
from app.webhooks.bodies import use_answers
from schema.analytics.queries import AnalyticsQuery
from schema.analytics.suggestions import StageSuggestionMutation, StageSuggestionQuery
from schema.api_client.mutations import ApiClientMutation
from schema.api_client.queries import ApiClientQuery
from schema.automation.checking import AutomationCheckQuery
from schema.automation.mutations import AutomationMutation
from schema.automation.queries import AutomationQuery
from schema.comment.mutations import CommentMutation
from schema.comment.subscriptions import CommentSubscription
from schema.contact.mutations import ContactMutation
from schema.contact.queries import ContactQuery
from schema.contact.subscriptions import ContactSubscription
from schema.content.mutations import ContentMutation
from schema.content.queries import ContentQuery
from schema.cosell.mutations import CosellMutation
from schema.cosell.queries import CosellQuery
from schema.cosell.subscriptions import CosellSubscription
from schema.currencies.queries import CurrencyQuery
from schema.engine.declare import every_entity
from schema.engine.read.selection import use_conversion
from schema.engine.serve.budget import Measured
from schema.engine.serve.deadline import Deadline
from schema.engine.serve.documents import Documents
from schema.engine.serve.executor import Executor
from schema.enums import use_members
from schema.event.changes import ChangeSubscription
from schema.event.everything import EverythingSubscription
from schema.event.queries import EventQuery
from schema.event.subscriptions import EventSubscription
from schema.fillable import inputs_of
from schema.finding.queries import SearchQuery
from schema.forecast.accuracy import ForecastAccuracyQuery
from schema.forecast.mutations import ForecastMutation
from schema.forecast.queries import ForecastQuery
from schema.forecast.targets import TargetQuery
from schema.guidance.across_deals import NextBestActionQuery
from schema.guidance.mutations import GuidanceMutation
from schema.guidance.report import GuidanceReportQuery
from schema.guidance.rules import GuidanceRuleMutation, GuidanceRuleQuery
from schema.guidance.subscriptions import GuidanceSubscription
from schema.identity.accounts import AccountMutation
from schema.identity.merging import MergingMutation
from schema.identity.mutations import IdentityMutation
from schema.identity.preferences import PreferencesMutation
from schema.identity.queries import IdentityQuery
from schema.masking import MaskingSchema
from schema.mutation import check_permissions
from schema.node import NodeQuery
from schema.notification.mutations import NotificationMutation
from schema.notification.preferences import NotificationPreferencesMutation, NotificationPreferencesQuery
from schema.notification.queries import NotificationQuery
from schema.notification.subscriptions import NotificationSubscription
from schema.operating.audit import AuditQuery
from schema.operating.consumers import ConsumerQuery
from schema.operating.verification import AuditVerificationQuery
from schema.opportunity.advance import AdvanceMutation
from schema.opportunity.bulk import BulkMutation
from schema.opportunity.close_reasons import CloseReasonQuery
from schema.opportunity.mutations import OpportunityMutation
from schema.opportunity.pipeline_change import PipelineChangeQuery
from schema.opportunity.queries import OpportunityQuery
from schema.opportunity.transfer import TransferMutation
from schema.playbook.mutations import PlaybookMutation
from schema.playbook.queries import PlaybookQuery
from schema.prediction.mutations import PredictionMutation
from schema.prediction.queries import PredictionQuery
from schema.registration.bulk import SaveRegistrationsMutation
from schema.registration.checking import RegistrationCheckQuery
from schema.registration.mutations import RegistrationMutation
from schema.registration.policy_mutations import RegistrationPolicyMutation
from schema.registration.protection import ProtectionMutation
from schema.registration.queries import RegistrationQuery
from schema.registration.resolving import ResolveConflictMutation
from schema.registration.saving import SaveRegistrationMutation
from schema.registration.subscriptions import RegistrationSubscription
from schema.scalars import configuration
from schema.task.calendars import CalendarMutation
from schema.task.mutations import TaskMutation
from schema.task.queries import TaskQuery
from schema.task.subscriptions import TaskSubscription
from schema.webhook.answering import answer, use_schema
from schema.webhook.mutations import WebhookMutation
from schema.webhook.queries import WebhookQuery

Query = merge_types(
    "Query",
    (
        NodeQuery,
        IdentityQuery,
        ApiClientQuery,
        PlaybookQuery,
        OpportunityQuery,
        PipelineChangeQuery,
        ContactQuery,
        RegistrationQuery,
        SearchQuery,
        CosellQuery,
        RegistrationCheckQuery,
        CloseReasonQuery,
        CurrencyQuery,
        ContentQuery,
        EventQuery,
        GuidanceRuleQuery,
        GuidanceReportQuery,
        NextBestActionQuery,
        WebhookQuery,
        TaskQuery,
        AnalyticsQuery,
        StageSuggestionQuery,
        ForecastQuery,
        ForecastAccuracyQuery,
        TargetQuery,
        PredictionQuery,
        AutomationQuery,
        AutomationCheckQuery,
        AuditQuery,
        AuditVerificationQuery,
        ConsumerQuery,
        NotificationQuery,
        NotificationPreferencesQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        PlaybookMutation,
        StageSuggestionMutation,
        OpportunityMutation,
        BulkMutation,
        AdvanceMutation,
        AccountMutation,
        MergingMutation,
        ContactMutation,
        CommentMutation,
        SaveRegistrationMutation,
        SaveRegistrationsMutation,
        RegistrationMutation,
        ResolveConflictMutation,
        RegistrationPolicyMutation,
        ProtectionMutation,
        CosellMutation,
        TransferMutation,
        ContentMutation,
        PreferencesMutation,
        GuidanceMutation,
        GuidanceRuleMutation,
        IdentityMutation,
        ApiClientMutation,
        WebhookMutation,
        TaskMutation,
        CalendarMutation,
        ForecastMutation,
        PredictionMutation,
        AutomationMutation,
        NotificationMutation,
        NotificationPreferencesMutation,
    ),
)
Subscription = merge_types(
    "Subscription",
    (
        EventSubscription,
        ChangeSubscription,
        EverythingSubscription,
        GuidanceSubscription,
        ContactSubscription,
        CommentSubscription,
        RegistrationSubscription,
        CosellSubscription,
        TaskSubscription,
        NotificationSubscription,
    ),
)

schema = MaskingSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=every_entity(),
    config=configuration(),
    extensions=[Documents, Measured, Deadline],
    execution_context_class=Executor,
)
use_members(schema._schema)
check_permissions(schema._schema.mutation_type.fields if schema._schema.mutation_type else ())
use_inputs(inputs_of(schema._schema))
use_schema(schema)
use_answers(lambda: answer)
use_conversion(schema.schema_converter.scalar_registry, schema.config)


def printed() -> str:
    """The schema in its definition language, as `schema/schema.graphql` keeps it."""
    return schema.as_str() + "\n"
