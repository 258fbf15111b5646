"""The target opportunity of each row, and the rows that are rejected because of what is stored."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from app.database.sql import Slot, sql
from app.nouns.playbook import takes_deals_of

_LOCK = """
SELECT count(*) FROM (
    SELECT FROM opportunity o JOIN import_deal d ON o.external_system = $1 AND o.external_id = d.external_id
    ORDER BY o.id FOR UPDATE OF o
) AS locked
"""

_FIND = """
CREATE TEMP TABLE import_target ON COMMIT DROP AS
SELECT d.deal, o.id IS NOT NULL AS stored, COALESCE(o.id, d.id) AS opportunity_id,
    COALESCE(o.playbook_id, $2::uuid) AS playbook_id, p.key AS playbook_key, s.key AS stage_key
FROM import_deal d
LEFT JOIN opportunity o ON o.external_system = $1 AND o.external_id = d.external_id
LEFT JOIN playbook p ON p.id = o.playbook_id
LEFT JOIN stage s ON s.id = o.stage_id
"""

_BROKEN = """
INSERT INTO import_reject (deal, field, value, reason)
SELECT d.deal, 'external_id', d.external_id,
    'waits for its history, which has a row that can''t be read: line ' || broken.line
FROM unnest($1::int[], $2::int[]) AS broken (deal, line) JOIN import_deal d USING (deal)
"""

_ELSEWHERE = """
INSERT INTO import_reject (deal, field, value, reason)
SELECT t.deal, 'external_id', d.external_id, 'is on another playbook here: ' || t.playbook_key
FROM import_target t JOIN import_deal d USING (deal)
WHERE t.stored AND t.playbook_key <> $1
"""

_OF_ANOTHER_PARTNER = """
INSERT INTO import_reject (deal, field, value, reason)
SELECT t.deal, 'external_id', d.external_id, 'is with another partner here: ' || g.key
FROM import_target t JOIN import_deal d USING (deal) JOIN opportunity o ON o.id = t.opportunity_id
JOIN organization g ON g.id = o.partner_id
WHERE t.stored AND o.partner_id <> $1
"""

_NOT_IN_VERSION = """
INSERT INTO import_reject (deal, field, value, reason)
SELECT DISTINCT ON (said.deal) said.deal, 'stage', n.key,
    'is a stage that the deal''s version of the playbook doesn''t have; publish one that it can move to'
FROM (SELECT deal, stage FROM import_move UNION SELECT deal, stage FROM import_deal) AS said
JOIN import_target t ON t.deal = said.deal AND t.stored AND t.playbook_id <> $1
JOIN import_name n ON n.stage = said.stage
WHERE NOT EXISTS (SELECT FROM import_place s WHERE s.playbook_id = t.playbook_id AND s.key = n.key)
ORDER BY said.deal, n.key
"""


_PLAYBOOK, _PARTNER = Slot("playbook"), Slot("partner")
_NEW = sql(
    "INSERT INTO import_reject (deal, field, value, reason) SELECT t.deal, 'external_id', d.external_id,"
    " CASE WHEN p.status = 'ARCHIVED' THEN 'is new, and the playbook is archived: publish a version, or name another'"
    " ELSE 'is new, and the playbook isn''t for this partner' END"
    " FROM import_target t JOIN import_deal d USING (deal) JOIN playbook p ON p.id = {}"
    " WHERE NOT t.stored AND (p.status = 'ARCHIVED' OR ({}) IS NOT TRUE)",
    _PLAYBOOK,
    takes_deals_of(sql("p"), _PARTNER),
).statement()


async def find(connection: asyncpg.Connection, system: str, playbook_id: UUID) -> None:
    """Make `import_target`; the stored deals stay locked, so that nobody moves them until the import ends."""
    await connection.execute(_LOCK, system)
    await connection.execute(_FIND, system, playbook_id)
    await connection.execute("ANALYZE import_target")


async def refuse_rows(
    connection: asyncpg.Connection, broken: Mapping[int, int], playbook_key: str, partner_id: UUID | None
) -> None:
    """Deals of other playbooks, those of other partners than the export's, and those whose history can't be read.
    `broken`: line of the deal → of that row."""
    await connection.execute(_BROKEN, list(broken), list(broken.values()))
    await connection.execute(_ELSEWHERE, playbook_key)
    await connection.execute(_OF_ANOTHER_PARTNER, partner_id)
    await drop_refused(connection)


async def refuse_new(connection: asyncpg.Connection, playbook_id: UUID, partner_id: UUID | None) -> None:
    """Deals that would begin on a playbook that is archived, or isn't for their partner."""
    text, given = _NEW.text, _NEW.arguments({_PLAYBOOK.name: playbook_id, _PARTNER.name: partner_id})
    await connection.execute(text, *given)
    await drop_refused(connection)


async def refuse_stages(connection: asyncpg.Connection, playbook_id: UUID) -> None:
    """Deals that stayed on another version of the playbook, which lacks a stage that the export says."""
    await connection.execute(_NOT_IN_VERSION, playbook_id)
    await drop_refused(connection)


async def drop_refused(connection: asyncpg.Connection) -> None:
    await connection.execute("DELETE FROM import_target t USING import_reject r WHERE r.deal = t.deal")
