"""The event log and how far it is consumed, and what is only ever written: the audit log and what clients have asked
for once.

An event is seen by who sees its deal or, where it has none, its subject. What happened while another partner had a deal
is that one's and the vendor's alone; some types are the vendor's. That a deal has left is for those who saw it before.
"""

from collections.abc import Callable, Iterable, Sequence

from app import models
from app.database.sql import Sql, joined, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Condition, Noun, Rights, Rows, RowSecurity
from app.nouns.opportunity import sees_opportunity
from app.nouns.policies import OF_A_DEAL
from app.vocabulary import VENDOR_EVENTS

_VENDORS = ", ".join(f"'{type_}'" for type_ in sorted(VENDOR_EVENTS))


def _sees_event(subjects: Sequence[Noun]) -> Condition:
    def sees(scope: VisibilityScope, e: Sql) -> Sql:
        reader = USER if scope is VisibilityScope.OWN_AND_SHARED else ORGANIZATION
        return sql(
            f"CASE WHEN {{}}.type IN ({_VENDORS}) THEN FALSE"
            " WHEN {}.type = 'OPPORTUNITY_LEFT' THEN {}.partner_id = {} AND {} = ANY ({}.readers)"
            " WHEN {}.opportunity_id IS NOT NULL"
            " THEN ({}.partner_id IS NULL OR {}.partner_id = {}) AND ({}.readers IS NULL OR {} = ANY ({}.readers))"
            "  AND EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {}){} ELSE FALSE END",
            *(e, e, e, ORGANIZATION, reader, e),
            *(e, e, e, ORGANIZATION, e, reader, e, e, sees_opportunity(scope, sql("vo"))),
            joined("", (_sees_subject(noun, scope, e) for noun in subjects)),
        )

    return sees


def _sees_subject(noun: Noun, scope: VisibilityScope, e: Sql) -> Sql:
    assert noun.seen_by is not None
    return sql(
        f" WHEN {{}}.subject_type = '{noun.subject}'"
        f" THEN EXISTS (SELECT FROM {noun.table} vx WHERE vx.id = {{}}.subject_id AND {{}})",
        *(e, e, noun.seen_by(scope, sql("vx"))),
    )


_FOR_THEM = (
    f"({policies.WRITES} OR CASE WHEN (SELECT {policies.SEES_ALL}) THEN (SELECT {policies.ORGANIZATION})"
    f" ELSE (SELECT {policies.USER}) END = ANY (readers))"
)
"""Of an event with readers; who writes one has it read by colleagues."""


def _walled(noun: Noun) -> str:
    """Of whoever sees the subject; what is for everybody is not asked for, which is coarser."""
    assert noun.row_security is not None
    seen = f"{policies.ORGANIZATION} IS NOT NULL"
    if not noun.row_security.public:
        seen = f"EXISTS (SELECT FROM {noun.table} vx WHERE vx.id = subject_id)"
    return f" WHEN subject_type = '{noun.subject}' THEN {seen}"


def _seen_by_vendor(subjects: Sequence[Noun]) -> Callable[[Sql], Sql] | None:
    """All but what is said to one partner alone of a thing that is its own."""
    names = ", ".join(f"'{noun.subject}'" for noun in subjects if noun.seen_by_vendor is not None)

    def sees(e: Sql) -> Sql:
        return sql(
            f"({{}}.partner_id IS NULL OR {{}}.subject_type IS NULL OR {{}}.subject_type NOT IN ({names}))", e, e, e
        )

    return sees if names else None


def event_about(nouns: Iterable[Noun]) -> Noun:
    """The event, whose subjects these are, as far as they have a name for it."""
    subjects = [noun for noun in nouns if noun.subject is not None]
    return Noun(
        model=models.Event,
        rows=Rows(of_a_deal=10),
        seen_by=_sees_event(subjects),
        seen_by_vendor=_seen_by_vendor(subjects),
        row_security=RowSecurity(
            f"CASE WHEN type IN ({_VENDORS}) THEN {policies.WRITES}"
            " WHEN type = 'OPPORTUNITY_LEFT'"
            f" THEN partner_id = (SELECT {policies.ORGANIZATION}) AND {_FOR_THEM}"
            " WHEN opportunity_id IS NOT NULL"
            f" THEN (partner_id IS NULL OR partner_id = (SELECT {policies.ORGANIZATION}))"
            f" AND (readers IS NULL OR {_FOR_THEM}) AND {OF_A_DEAL}"
            f"{''.join(map(_walled, subjects))} ELSE FALSE END",
            Rights.APPEND,
        ),
    )


CLIENT_MUTATION = Noun(
    model=models.ClientMutation, seen_by=None, row_security=RowSecurity(f"user_id = {policies.USER}")
)
AUDIT_ENTRY = Noun(model=models.AuditEntry, rows=Rows(), seen_by=None, row_security=None)
AUDIT_SEAL = Noun(model=models.AuditSeal, seen_by=None, row_security=None)
PERSON_SALT = Noun(model=models.PersonSalt, seen_by=None, row_security=None)

CONSUMER_CURSOR = Noun(model=models.ConsumerCursor, seen_by=None, row_security=None)
DELAYED_EVENT = Noun(model=models.DelayedEvent, seen_by=None, row_security=None)
LOG_PARTITION = Noun(model=models.LogPartition, seen_by=None, row_security=None)

NOUNS = (CLIENT_MUTATION, AUDIT_ENTRY, AUDIT_SEAL, PERSON_SALT, CONSUMER_CURSOR, DELAYED_EVENT, LOG_PARTITION)
