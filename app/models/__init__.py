"""The tables, one file a noun. They are the one definition of every column; `app.migrations` follows them."""

from app.models.audit import AuditEntry, AuditSeal
from app.models.client_mutations import ClientMutation
from app.models.deals import (
    Account,
    CriterionMark,
    Opportunity,
    OpportunityActivity,
    OpportunityShare,
    QualificationAnswer,
    StageTransition,
)
from app.models.enablement import Content, StageContent
from app.models.events import Event
from app.models.identity import Organization, User
from app.models.playbooks import Activity, Criterion, Playbook, QualificationQuestion, Stage

__all__ = [
    "Account",
    "Activity",
    "AuditEntry",
    "AuditSeal",
    "ClientMutation",
    "Content",
    "Criterion",
    "CriterionMark",
    "Event",
    "Opportunity",
    "OpportunityActivity",
    "OpportunityShare",
    "Organization",
    "Playbook",
    "QualificationAnswer",
    "QualificationQuestion",
    "Stage",
    "StageContent",
    "StageTransition",
    "User",
]
