"""Texts that stay with a partner: taken out of a deal that leaves it, and put back when the deal returns.

Everything is kept but the vendor's people's answers, which tell of the customer: what they said of marks, activities
and moves, they said of that partner. `TEXTS` names every column of a deal that people write in, `FACTS` those that go
with it.
"""

from collections.abc import Mapping
from uuid import UUID

from app.database import Transaction
from app.vocabulary import KeptKind

TEXTS: Mapping[tuple[str, str], KeptKind] = {
    ("opportunity", "notes"): KeptKind.NOTES,
    ("opportunity", "next_step"): KeptKind.NEXT_STEP,
    ("opportunity", "close_reason"): KeptKind.CLOSE_REASON,
    ("opportunity", "external_id"): KeptKind.EXTERNAL_ID,
    ("qualification_answer", "answer"): KeptKind.ANSWER,
    ("criterion_mark", "evidence"): KeptKind.EVIDENCE,
    ("former_mark", "evidence"): KeptKind.EVIDENCE,
    ("opportunity_activity", "note"): KeptKind.ACTIVITY_NOTE,
    ("stage_transition", "reason"): KeptKind.REASON,
    ("correction", "reason"): KeptKind.REASON,
}
FACTS = frozenset(
    {
        ("opportunity", "name"),
        ("opportunity", "close_reason_key"),  # of the playbook
        ("opportunity", "external_system"),  # cleared with the external id
        ("qualification_answer", "question_key"),
        ("criterion_mark", "wording"),  # of the playbook
        ("former_mark", "stage_key"),
        ("former_mark", "criterion_key"),
        ("correction", "field"),
        ("correction", "before"),
        ("correction", "after"),
        ("field_change", "field"),
        ("field_change", "imported_from"),
        ("deal_partner", "industry"),
        ("deal_partner", "country"),
        ("deal_partner", "former_source"),
        ("deal_partner", "message"),
        ("deal_partner", "reason"),
        ("deal_offer", "message"),
        ("deal_offer", "waiting"),
    }
)
"""Texts that the next partner may read: what the deal is called, keys, and what the vendor put right. What was said
with an invitation is between those two, whoever leads the deal."""

STAYING = frozenset(
    {
        ("comment", "body"),
        ("field_change", "before"),
        ("field_change", "after"),
        ("task", "title"),
        ("task", "description"),
        ("task", "effect_key"),
    }
)
"""Texts that stay in their table, where the next partner isn't shown them."""

_WORDS = """
SELECT 'NOTES', NULL::uuid, NULL, 'Notes', o.notes, NULL::uuid, NULL::timestamptz FROM opportunity o WHERE o.id = $1
UNION ALL
SELECT 'NEXT_STEP', NULL, NULL, 'Next step', o.next_step, NULL, NULL FROM opportunity o WHERE o.id = $1
UNION ALL
SELECT 'CLOSE_REASON', NULL, NULL, 'Close reason', o.close_reason, NULL, NULL FROM opportunity o WHERE o.id = $1
UNION ALL
SELECT 'EXTERNAL_ID', NULL, NULL, 'External id', o.external_id, NULL, NULL
FROM opportunity o JOIN organization g ON g.id = $3 AND o.external_system = 'partner:' || g.key WHERE o.id = $1
UNION ALL
SELECT 'ANSWER', NULL, a.question_key, coalesce(q.label, a.question_key), a.answer, a.answered_by_id, a.answered_at
FROM qualification_answer a JOIN opportunity o ON o.id = a.opportunity_id
LEFT JOIN qualification_question q ON q.playbook_id = o.playbook_id AND q.key = a.question_key WHERE o.id = $1
UNION ALL
SELECT 'EVIDENCE', m.id, NULL, c.description, m.evidence, m.marked_by_id, m.marked_at
FROM criterion_mark m JOIN criterion c ON c.id = m.criterion_id WHERE m.opportunity_id = $1
UNION ALL
SELECT 'EVIDENCE', m.id, NULL, coalesce(c.description, m.criterion_key), m.evidence, m.marked_by_id, m.marked_at
FROM former_mark m JOIN opportunity o ON o.id = m.opportunity_id
LEFT JOIN stage s ON s.playbook_id = o.playbook_id AND s.key = m.stage_key
LEFT JOIN criterion c ON c.stage_id = s.id AND c.key = m.criterion_key WHERE m.opportunity_id = $1
UNION ALL
SELECT 'ACTIVITY_NOTE', x.id, NULL, a.name, x.note, x.completed_by_id, x.completed_at
FROM opportunity_activity x JOIN activity a ON a.id = x.activity_id WHERE x.opportunity_id = $1
UNION ALL
SELECT 'REASON', c.id, NULL, c.field, nullif(c.reason, ''), c.actor_id, c.at
FROM correction c WHERE c.opportunity_id = $1
UNION ALL
SELECT 'REASON', t.id, NULL, concat_ws(' → ', b.name, s.name), t.reason, t.actor_id, t.at
FROM stage_transition t JOIN stage s ON s.id = t.to_stage_id LEFT JOIN stage b ON b.id = t.from_stage_id
WHERE t.opportunity_id = $1
"""
_KEEP = f"""
WITH kept AS (
  INSERT INTO kept_text (id, handover_id, opportunity_id, partner_id, kind, subject_id, key, label, text, author_id,
    written_at)
  SELECT gen_random_uuid(), $2, $1, $3, w.kind, w.subject_id, w.key, w.label, w.text, w.author_id, w.written_at
  FROM ({_WORDS}) w(kind, subject_id, key, label, text, author_id, written_at)
  WHERE w.text IS NOT NULL AND (w.kind <> 'ANSWER' OR NOT EXISTS (
    SELECT FROM user_account u JOIN organization g ON g.id = u.organization_id
    WHERE u.id = w.author_id AND g.kind = 'VENDOR'))
  RETURNING kind, subject_id, key
), answers AS (
  DELETE FROM qualification_answer a USING kept k
  WHERE k.kind = 'ANSWER' AND a.opportunity_id = $1 AND a.question_key = k.key
), evidence AS (
  UPDATE criterion_mark m SET evidence = NULL FROM kept k WHERE k.kind = 'EVIDENCE' AND m.id = k.subject_id
), former AS (
  UPDATE former_mark m SET evidence = NULL FROM kept k WHERE k.kind = 'EVIDENCE' AND m.id = k.subject_id
), notes AS (
  UPDATE opportunity_activity x SET note = NULL FROM kept k WHERE k.kind = 'ACTIVITY_NOTE' AND x.id = k.subject_id
), reasons AS (
  UPDATE stage_transition t SET reason = NULL, reason_kept = TRUE FROM kept k
  WHERE k.kind = 'REASON' AND t.id = k.subject_id
), corrections AS (
  UPDATE correction c SET reason = '' FROM kept k WHERE k.kind = 'REASON' AND c.id = k.subject_id
), emptied AS (
  UPDATE opportunity o SET notes = NULL, next_step = NULL, close_reason = NULL,
    external_id = CASE WHEN EXISTS (SELECT FROM kept k WHERE k.kind = 'EXTERNAL_ID') THEN NULL ELSE external_id END,
    external_system = CASE WHEN EXISTS (SELECT FROM kept k WHERE k.kind = 'EXTERNAL_ID') THEN 'api'
      ELSE external_system END
  WHERE o.id = $1
)
SELECT count(*) AS n FROM kept
"""  # noqa: S608 (the texts are constants)

_OWN = "k.opportunity_id = $1 AND k.partner_id = $2 AND k.kind"
_BACK = (
    ("opportunity t SET notes", "NOTES", "t.id = $1 AND t.notes IS NULL"),
    ("opportunity t SET next_step", "NEXT_STEP", "t.id = $1 AND t.next_step IS NULL"),
    (
        "opportunity t SET external_system = (SELECT 'partner:' || g.key FROM organization g WHERE g.id = $2),"
        " external_id",
        "EXTERNAL_ID",
        "t.id = $1 AND t.external_id IS NULL AND NOT EXISTS (SELECT FROM opportunity o JOIN organization g ON g.id = $2"
        " WHERE o.external_system = 'partner:' || g.key AND o.external_id = k.text)",
    ),
    (
        "criterion_mark t SET evidence",
        "EVIDENCE",
        "t.id = k.subject_id AND t.evidence IS NULL AND t.marked_at = k.written_at",
    ),
    ("former_mark t SET evidence", "EVIDENCE", "t.id = k.subject_id AND t.evidence IS NULL"),
    (
        "opportunity_activity t SET note",
        "ACTIVITY_NOTE",
        "t.id = k.subject_id AND t.note IS NULL AND t.completed_at IS NOT DISTINCT FROM k.written_at",
    ),
    ("correction t SET reason", "REASON", "t.id = k.subject_id AND t.reason = ''"),
    ("stage_transition t SET reason_kept = FALSE, reason", "REASON", "t.id = k.subject_id AND t.reason IS NULL"),
)
"""What finds its place empty returns there, and stops being kept."""
_BACK_AGAIN = tuple(
    f"WITH back AS (UPDATE {place} = k.text FROM kept_text k WHERE {_OWN} = '{kind}' AND {empty} RETURNING k.id)"  # noqa: S608
    " DELETE FROM kept_text k USING back WHERE k.id = back.id"
    for place, kind, empty in _BACK
)
_ANSWERS_BACK = f"""
WITH back AS (
  INSERT INTO qualification_answer (id, opportunity_id, question_key, answer, answered_at, answered_by_id)
  SELECT k.id, k.opportunity_id, k.key, k.text, k.written_at, k.author_id FROM kept_text k WHERE {_OWN} = 'ANSWER'
  ON CONFLICT (opportunity_id, question_key) DO NOTHING RETURNING id
)
DELETE FROM kept_text k USING back WHERE k.id = back.id
"""  # noqa: S608 (the texts are constants)


async def keep(tx: Transaction, opportunity_id: UUID, handover_id: UUID, partner_id: UUID) -> int:
    """Take the partner's words out of the deal; how many texts there were."""
    row = await tx.fetchrow(_KEEP, opportunity_id, handover_id, partner_id)
    assert row is not None
    number: int = row["n"]
    return number


async def give_back(tx: Transaction, opportunity_id: UUID, partner_id: UUID) -> None:
    """Put the partner's words back into the deal, where nobody has written anything else since."""
    for statement in _BACK_AGAIN:
        await tx.execute(statement, opportunity_id, partner_id)
    await tx.execute(_ANSWERS_BACK, opportunity_id, partner_id)
