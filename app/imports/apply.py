"""The copy from the staging tables into the real ones: deals, their transitions and the events, a statement each.

The cells that an export fills win over what is stored; empty cells change nothing, since an export that lacks a value
must not clear what somebody entered here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.imports.accounts import affected
from app.vocabulary import EventType, OpportunitySource, TransitionKind

_INSERT = """
INSERT INTO opportunity (
    id, external_system, external_id, name, version, amount, currency, expected_close_date, status, account_id,
    partner_id, owner_id, source, playbook_id, stage_id, entered_stage_at, next_step, notes, created_at, updated_at,
    closed_at, close_reason
)
SELECT d.id, $1, d.external_id, d.name, 1, d.amount, d.currency, d.expected_close_date, c.kind, a.account_id,
    $2, w.user_id, $3, t.playbook_id, c.stage_id, c.at, d.next_step, d.notes, COALESCE(d.created_at, first.at), $4,
    CASE WHEN c.kind <> 'OPEN' THEN c.at END, CASE WHEN c.kind <> 'OPEN' THEN d.close_reason END
FROM import_deal d
JOIN import_target t ON t.deal = d.deal AND NOT t.stored
JOIN import_chain c ON c.deal = d.deal AND c.final
JOIN import_chain first ON first.deal = d.deal AND first.seq = 1
JOIN import_account a ON a.external_id = COALESCE(d.account, '')
LEFT JOIN import_owner w ON w.owner = d.owner
ORDER BY d.deal
"""

# What former partners' people wrote doesn't come back by an export from their time.
_KEPT = "EXISTS (SELECT FROM kept_text k WHERE k.opportunity_id = o.id AND k.text = d.{})"
_KEPT_NOTES, _KEPT_NEXT_STEP = _KEPT.format("notes"), _KEPT.format("next_step")

_UPDATE = f"""
WITH meant AS (
    SELECT o.id, d.name, COALESCE(d.amount, o.amount) AS amount,
        CASE WHEN d.amount IS NULL THEN o.currency ELSE d.currency END AS currency,
        COALESCE(d.expected_close_date, o.expected_close_date) AS expected_close_date,
        COALESCE(a.id, o.account_id) AS account_id, whose.partner_id,
        COALESCE(u.id, o.owner_id) AS owner_id,
        CASE WHEN {_KEPT_NEXT_STEP} THEN o.next_step ELSE COALESCE(d.next_step, o.next_step) END AS next_step,
        CASE WHEN {_KEPT_NOTES} THEN o.notes ELSE COALESCE(d.notes, o.notes) END AS notes,
        COALESCE(c.kind, o.status) AS status,
        COALESCE(c.stage_id, o.stage_id) AS stage_id, COALESCE(c.at, o.entered_stage_at) AS entered_stage_at,
        CASE WHEN c.kind IS NULL THEN o.closed_at WHEN c.kind <> 'OPEN' THEN c.at END AS closed_at,
        CASE WHEN COALESCE(c.kind, o.status) <> 'OPEN' THEN COALESCE(d.close_reason, o.close_reason) END AS close_reason
    FROM import_target t
    JOIN import_deal d ON d.deal = t.deal
    JOIN opportunity o ON o.id = t.opportunity_id
    LEFT JOIN import_chain c ON c.deal = t.deal AND c.final
    CROSS JOIN LATERAL (SELECT COALESCE(o.partner_id, $2) AS partner_id) whose
    LEFT JOIN import_account i ON i.external_id = d.account
    LEFT JOIN account a ON a.id = i.account_id
        AND (a.partner_id IS NULL OR whose.partner_id IS NULL OR a.partner_id = whose.partner_id)
    LEFT JOIN import_owner w ON w.owner = d.owner
    LEFT JOIN user_account u ON u.id = w.user_id AND (whose.partner_id IS NULL OR u.organization_id = whose.partner_id
        OR EXISTS (SELECT FROM organization g WHERE g.id = u.organization_id AND g.kind = 'VENDOR'))
    WHERE t.stored
), changed AS (
    UPDATE opportunity o SET
        name = m.name, amount = m.amount, currency = m.currency, expected_close_date = m.expected_close_date,
        account_id = m.account_id, partner_id = m.partner_id, owner_id = m.owner_id, next_step = m.next_step,
        notes = m.notes, status = m.status, stage_id = m.stage_id, entered_stage_at = m.entered_stage_at,
        closed_at = m.closed_at, close_reason = m.close_reason, version = o.version + 1, updated_at = $3
    FROM meant m
    WHERE m.id = o.id AND (
        o.name, o.amount, o.currency, o.expected_close_date, o.account_id, o.partner_id, o.owner_id, o.next_step,
        o.notes, o.status, o.stage_id, o.entered_stage_at, o.closed_at, o.close_reason
    ) IS DISTINCT FROM (
        m.name, m.amount, m.currency, m.expected_close_date, m.account_id, m.partner_id, m.owner_id, m.next_step,
        m.notes, m.status, m.stage_id, m.entered_stage_at, m.closed_at, m.close_reason
    )
    RETURNING o.id
), reported AS (
    SELECT changed.id, fields.names
    FROM changed JOIN meant m ON m.id = changed.id JOIN opportunity o ON o.id = changed.id
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(field.name ORDER BY field.name) AS names
        FROM (VALUES
            ('account', m.account_id <> o.account_id),
            ('amount', (m.amount, m.currency) IS DISTINCT FROM (o.amount, o.currency)),
            ('closeReason', m.close_reason IS DISTINCT FROM o.close_reason),
            ('expectedCloseDate', m.expected_close_date IS DISTINCT FROM o.expected_close_date),
            ('name', m.name <> o.name),
            ('nextStep', m.next_step IS DISTINCT FROM o.next_step),
            ('notes', m.notes IS DISTINCT FROM o.notes),
            ('owner', m.owner_id IS DISTINCT FROM o.owner_id),
            ('partner', m.partner_id IS DISTINCT FROM o.partner_id)
        ) AS field (name, changed)
        WHERE field.changed
    ) AS fields
), logged AS (
    INSERT INTO event (type, at, subject_type, subject_id, opportunity_id, payload)
    SELECT $4, $3, 'opportunity', id, id, jsonb_build_object('fields', names, 'import', $1::text)
    FROM reported WHERE names IS NOT NULL ORDER BY id
), seen AS (
    SELECT o.id, o.partner_id AS old_partner_id, m.partner_id,
        ARRAY(SELECT o.owner_id EXCEPT SELECT s.user_id FROM team_member s WHERE s.opportunity_id = o.id) AS gone,
        ARRAY(SELECT unnest(ARRAY[m.owner_id, CASE WHEN o.partner_id IS NULL THEN m.partner_id END])
            EXCEPT SELECT s.user_id FROM team_member s WHERE s.opportunity_id = o.id) AS came
    FROM changed JOIN meant m ON m.id = changed.id JOIN opportunity o ON o.id = changed.id
    WHERE (m.partner_id, m.owner_id) IS DISTINCT FROM (o.partner_id, o.owner_id)
), told AS (
    INSERT INTO event (type, at, subject_type, subject_id, opportunity_id, partner_id, readers)
    SELECT t.type, $3, 'opportunity', seen.id, seen.id, t.partner_id, t.readers FROM seen CROSS JOIN LATERAL (VALUES
        ('{EventType.OPPORTUNITY_LEFT}', old_partner_id, array_remove(gone, NULL)),
        ('{EventType.OPPORTUNITY_CAME}', seen.partner_id, array_remove(came, NULL))
    ) AS t (type, partner_id, readers)
    WHERE t.partner_id IS NOT NULL AND cardinality(t.readers) > 0 ORDER BY seen.id, t.type DESC
)
SELECT count(*) FROM changed
"""  # noqa: S608 (the texts are constants)

# What a move is called: as `app.deals.rules.kind_of` does, and CREATED for the first one.
KIND = f"""CASE
    WHEN c.from_stage_id IS NULL THEN '{TransitionKind.CREATED}'
    WHEN c.kind <> 'OPEN' THEN c.kind
    WHEN c.from_kind <> 'OPEN' THEN '{TransitionKind.REOPEN}'
    WHEN c.rank < c.from_rank THEN '{TransitionKind.BACK}'
    WHEN c.rank = c.from_rank + 1 THEN '{TransitionKind.FORWARD}'
    ELSE '{TransitionKind.SKIP}'
END"""

BEYOND_HISTORY = "The export's history ends before this stage, in which the export says the deal is."

_TRANSITIONS = f"""
INSERT INTO stage_transition (
    id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at, reason, automatic, overridden,
    seconds_in_previous_stage
)
SELECT c.id, t.opportunity_id, c.seq, c.from_stage_id, c.stage_id, {KIND}, c.at,
    CASE WHEN c.own AND NOT c.bare THEN $1 END, FALSE, FALSE, c.seconds
FROM import_chain c JOIN import_target t ON t.deal = c.deal
ORDER BY c.deal, c.seq
"""  # noqa: S608 (the texts are constants)

# What the trigger of moves would keep of each, for all of them at once; see the migration `keep_moves`.
_KEEPS_MOVES = "SET LOCAL stagepath.keeps_moves = 'on'"
_KEEP_MOVES = """
INSERT INTO field_change (id, opportunity_id, field, at, nth, before, after, before_stage_id, after_stage_id)
SELECT CASE WHEN f.field = 'stage' THEN c.id ELSE gen_random_uuid() END, t.opportunity_id, f.field, c.at, c.seq,
    f.before, f.after, CASE WHEN f.field = 'stage' THEN c.from_stage_id END,
    CASE WHEN f.field = 'stage' THEN c.stage_id END
FROM import_chain c JOIN import_target t ON t.deal = c.deal
JOIN stage came ON came.id = c.from_stage_id JOIN stage here ON here.id = c.stage_id
CROSS JOIN LATERAL (VALUES ('stage', came.key, here.key), ('status', came.kind, here.kind)) AS f (field, before, after)
WHERE f.field = 'stage' OR f.before <> f.after
ORDER BY c.deal, c.seq
"""
_TRIGGER_KEEPS_MOVES = "SET LOCAL stagepath.keeps_moves = 'off'"

# As `app.events.facts` has them, with the system besides. A deal's creation points at its first transition.
_PAYLOAD = f"""jsonb_build_object(
    'kind', {KIND}, 'fromStageKey', came.key, 'toStageKey', here.key, 'playbookKey', p.key,
    'partnerId', o.partner_id, 'automatic', FALSE, 'import', $3::text
)"""

_MOVE_EVENTS = f"""
INSERT INTO event (type, at, subject_type, subject_id, opportunity_id, payload)
SELECT CASE WHEN t.stored THEN $2 ELSE $1 END, $4, 'stage_transition', c.id, o.id, {_PAYLOAD}
FROM import_target t
JOIN import_chain c ON c.deal = t.deal AND (t.stored OR c.seq = 1)
JOIN opportunity o ON o.id = t.opportunity_id
JOIN playbook p ON p.id = t.playbook_id
JOIN stage here ON here.id = c.stage_id
LEFT JOIN stage came ON came.id = c.from_stage_id
ORDER BY t.deal, c.seq
"""  # noqa: S608 (the texts are constants)

# Words that are a reason of the playbook's, or its key, stand for that reason; an open deal has none.
_CLOSE_REASONS = """
UPDATE opportunity o SET close_reason_key = CASE WHEN o.status <> 'OPEN' THEN meant.key END
FROM import_target t JOIN playbook p ON p.id = t.playbook_id
JOIN opportunity d ON d.id = t.opportunity_id
LEFT JOIN LATERAL jsonb_to_recordset(p.close_reasons) AS meant(key text, label text, outcome text)
    ON meant.outcome = d.status AND lower(btrim(d.close_reason)) IN (lower(meant.label), meant.key)
WHERE o.id = d.id AND (o.status = 'OPEN' AND o.close_reason_key IS NOT NULL
    OR meant.key IS NOT NULL AND o.close_reason_key IS DISTINCT FROM meant.key)
"""

_CORRECTED = "SELECT count(*) FROM import_chain c JOIN import_target t USING (deal) WHERE c.own AND NOT c.bare"


@dataclass(frozen=True, slots=True)
class Applied:
    created: int
    updated: int
    transitions: int
    beyond_history: int


async def write(
    connection: asyncpg.Connection, system: str, *, partner_id: UUID | None, source: OpportunitySource, at: datetime
) -> Applied:
    created = affected(await connection.execute(_INSERT, system, partner_id, source.value, at))
    updated: int = await connection.fetchval(_UPDATE, system, partner_id, at, EventType.OPPORTUNITY_UPDATED.value)
    await connection.execute(_KEEPS_MOVES)
    transitions = affected(await connection.execute(_TRANSITIONS, BEYOND_HISTORY))
    await connection.execute(_KEEP_MOVES)
    await connection.execute(_TRIGGER_KEEPS_MOVES)
    await connection.execute(_CLOSE_REASONS)
    types = EventType.OPPORTUNITY_CREATED.value, EventType.OPPORTUNITY_STAGE_CHANGED.value
    await connection.execute(_MOVE_EVENTS, *types, system, at)
    beyond = await connection.fetchval(_CORRECTED)
    return Applied(created, updated, transitions, beyond)
