"""The event log and how far it is consumed, and what is only ever written: the audit log and what clients have asked
for once.

An event is seen by who sees its subject. What happened while another partner had a deal is that one's and the vendor's
alone. That a deal has left is for those who saw it before.
"""

from app import models
from app.database.sql import Sql, sql
from app.identity.sight import ORGANIZATION, USER, Sight
from app.nouns import policies
from app.nouns.content import sees_content
from app.nouns.noun import Noun, Rights, Rows, Wall
from app.nouns.opportunity import sees_opportunity
from app.nouns.playbook import sees_playbook
from app.nouns.policies import OF_A_DEAL


def _sees_event(sight: Sight, e: Sql) -> Sql:
    reader = USER if sight is Sight.OWN_AND_SHARED else ORGANIZATION
    deal = sees_opportunity(sight, sql("vo"))
    playbook, content = sees_playbook(sight, sql("vp")), sees_content(sight, sql("vc"))
    return sql(
        "CASE WHEN {}.type = 'OPPORTUNITY_LEFT' THEN {}.partner_id = {} AND {} = ANY ({}.readers)"
        " WHEN {}.opportunity_id IS NOT NULL"
        " THEN ({}.partner_id IS NULL OR {}.partner_id = {}) AND ({}.readers IS NULL OR {} = ANY ({}.readers))"
        "  AND EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {})"
        " WHEN {}.playbook_id IS NOT NULL"
        " THEN EXISTS (SELECT FROM playbook vp WHERE vp.id = {}.playbook_id AND {})"
        " WHEN {}.content_id IS NOT NULL"
        " THEN EXISTS (SELECT FROM content vc WHERE vc.id = {}.content_id AND {})"
        " ELSE FALSE END",
        *(e, e, ORGANIZATION, reader, e),
        *(e, e, e, ORGANIZATION, e, reader, e, e, deal),
        *(e, e, playbook, e, e, content),
    )


_FOR_THEM = (
    f"({policies.WRITES} OR CASE WHEN (SELECT {policies.SEES_ALL}) THEN (SELECT {policies.ORGANIZATION})"
    f" ELSE (SELECT {policies.USER}) END = ANY (readers))"
)
"""Of an event with readers; who writes one has it read by colleagues."""

EVENT = Noun(
    model=models.Event,
    rows=Rows(of_a_deal=10),
    seen_by=_sees_event,
    wall=Wall(
        "CASE WHEN type = 'OPPORTUNITY_LEFT'"
        f" THEN partner_id = (SELECT {policies.ORGANIZATION}) AND {_FOR_THEM}"
        f" WHEN opportunity_id IS NULL THEN {policies.ORGANIZATION} IS NOT NULL"
        f" ELSE (partner_id IS NULL OR partner_id = (SELECT {policies.ORGANIZATION}))"
        f" AND (readers IS NULL OR {_FOR_THEM}) AND {OF_A_DEAL} END",
        Rights.APPEND,
    ),
)

CLIENT_MUTATION = Noun(model=models.ClientMutation, seen_by=None, wall=Wall(f"user_id = {policies.USER}"))
AUDIT_ENTRY = Noun(model=models.AuditEntry, seen_by=None, wall=None)
AUDIT_SEAL = Noun(model=models.AuditSeal, seen_by=None, wall=None)

CONSUMER_CURSOR = Noun(model=models.ConsumerCursor, seen_by=None, wall=None)
DELAYED_EVENT = Noun(model=models.DelayedEvent, seen_by=None, wall=None)

NOUNS = (EVENT, CLIENT_MUTATION, AUDIT_ENTRY, AUDIT_SEAL, CONSUMER_CURSOR, DELAYED_EVENT)
