"""The rule that makes a deal's transitions of an export's rows, in one place:

1. The rows of a deal's history are ordered by their moment; rows of one moment by the export's own sort order, or
   where it gives none by the stage's place in the playbook; rows that still tie by their line.
2. The opportunity's own stage is the last word: it stands behind the last row of the history, at that row's moment
   or, if the export says when the deal entered its stage and that is later, then. A deal without history has this
   one row, at the moment it entered the stage, or was created, or else at the start of the day of the import; a closed
   one closed on its close date, where that isn't to come.
3. A row that names the stage the deal is already in is no transition: the export recorded another change of the deal.
   Going from A to B and back to A is two.
4. The first transition is CREATED. Each one begins in the stage where the one before it ended.

So a deal has as many transitions as there are changes of stage along its history and its own stage, plus one.

A later import continues this chain, or is refused: see `continue_stored`.
"""

from datetime import datetime

import asyncpg

# When a closed deal closed that the export has no better word on: $2 is the zone that its dates are meant in.
_CLOSED = """CASE WHEN {kind} <> 'OPEN' AND d.expected_close_date <= ($1::timestamptz AT TIME ZONE $2::text)::date
    THEN d.expected_close_date::timestamp AT TIME ZONE $2::text END"""

# before, before_at: the row before in the deal's order, whether it is a transition or not.
_CHAIN = f"""
CREATE TEMP TABLE import_chain ON COMMIT DROP AS
WITH said AS (
    SELECT m.deal, m.at, m.sort, m.line, m.id, m.stage FROM import_move m
    UNION ALL
    SELECT d.deal, NULL, NULL, NULL, d.own_move, d.stage FROM import_deal d
), placed AS (
    SELECT said.deal, said.id, said.at AS said_at, COALESCE(said.sort, s.rank) AS place, said.line,
        s.stage_id, s.key, s.rank, s.kind,
        lag(s.stage_id) OVER deal_order AS from_stage_id,
        lag(s.rank) OVER deal_order AS from_rank,
        lag(s.kind) OVER deal_order AS from_kind,
        lag(said.at) OVER deal_order AS before_at
    FROM said
    JOIN import_target t ON t.deal = said.deal
    JOIN import_name n ON n.stage = said.stage
    JOIN import_place s ON s.playbook_id = t.playbook_id AND s.key = n.key
    WINDOW deal_order AS (PARTITION BY said.deal ORDER BY said.at, COALESCE(said.sort, s.rank), said.line)
), moves AS (
    SELECT p.*, COALESCE(p.said_at, CASE WHEN p.before_at IS NULL THEN COALESCE(closed.at, d.entered_at)
        ELSE GREATEST(p.before_at, COALESCE(d.entered_at, closed.at)) END, d.created_at, $1::timestamptz) AS at
    FROM placed p JOIN import_deal d ON d.deal = p.deal
    CROSS JOIN LATERAL (SELECT {_CLOSED.format(kind="p.kind")} AS at) AS closed
    WHERE p.from_stage_id IS DISTINCT FROM p.stage_id
)
SELECT deal, id, at, stage_id, key, rank, kind, from_stage_id, from_rank, from_kind,
    said_at IS NULL AS own, said_at IS NULL AND before_at IS NULL AS bare,
    row_number() OVER deal_order AS seq, lead(id) OVER deal_order IS NULL AS final,
    extract(epoch FROM at - lag(at) OVER deal_order)::bigint AS seconds
FROM moves
WINDOW deal_order AS (PARTITION BY deal ORDER BY said_at, place, line)
"""  # noqa: S608 (the texts are constants)

# What is stored: transitions made here by people or by themselves are `local`; the import's have no actor.
_STORED = """
CREATE TEMP TABLE import_stored ON COMMIT DROP AS
SELECT t.deal, x.seq, x.at, COALESCE(f.key, s.key) AS key, x.to_stage_id AS stage_id,
    x.actor_id IS NOT NULL OR x.automatic AS local
FROM import_target t
JOIN stage_transition x ON x.opportunity_id = t.opportunity_id
JOIN stage s ON s.id = x.to_stage_id
LEFT JOIN import_former f ON f.stage_id = x.to_stage_id
WHERE t.stored
"""

# `skip`: how many stored transitions come before the export's first; `kept`: how many of the export's are stored.
_CONTINUATION = """
CREATE TEMP TABLE import_continuation ON COMMIT DROP AS
WITH stored AS (
    SELECT deal, count(*) FILTER (WHERE NOT local) AS length, bool_or(local) AS moved_here,
        (array_agg(key ORDER BY seq DESC) FILTER (WHERE NOT local))[1] AS last_key,
        (array_agg(at ORDER BY seq DESC) FILTER (WHERE NOT local))[1] AS last_at
    FROM import_stored GROUP BY deal
), said AS (
    SELECT deal, count(*) AS length, bool_or(bare) AS bare,
        (array_agg(key ORDER BY seq))[1] AS first_key, (array_agg(at ORDER BY seq))[1] AS first_at,
        (array_agg(key ORDER BY seq DESC))[1] AS last_key
    FROM import_chain GROUP BY deal
), met AS (
    SELECT e.deal, min(e.seq) AS seq
    FROM import_stored e JOIN said ON said.deal = e.deal AND said.first_key = e.key AND said.first_at = e.at
    WHERE NOT e.local GROUP BY e.deal
), aligned AS (
    SELECT said.deal, said.length, said.bare, said.last_key, stored.length AS stored_length, stored.moved_here,
        CASE
            WHEN said.bare AND said.first_key = stored.last_key THEN stored.length - 1
            WHEN said.bare THEN stored.length
            WHEN NOT $1::bool THEN 0
            WHEN met.seq IS NOT NULL THEN met.seq - 1
            WHEN stored.last_at <= said.first_at AND stored.last_key <> said.first_key THEN stored.length
            ELSE 0
        END AS skip
    FROM said JOIN stored USING (deal) LEFT JOIN met USING (deal)
), differing AS (
    SELECT a.deal
    FROM aligned a
    JOIN import_stored e ON e.deal = a.deal AND NOT e.local AND e.seq > a.skip
    LEFT JOIN import_chain c ON c.deal = e.deal AND c.seq = e.seq - a.skip
    WHERE c.key IS DISTINCT FROM e.key OR (c.at IS DISTINCT FROM e.at AND NOT a.bare)
    GROUP BY a.deal
)
SELECT a.deal, a.skip, a.stored_length, a.moved_here, a.last_key, a.stored_length - a.skip AS kept,
    d.deal IS NULL AS extends, GREATEST(a.length - (a.stored_length - a.skip), 0) AS fresh
FROM aligned a LEFT JOIN differing d USING (deal)
"""

_REFUSE = """
INSERT INTO import_reject (deal, field, value, reason)
SELECT n.deal, 'stage', t.stage_key,
    CASE WHEN n.moved_here THEN 'was moved here since the last import; here it is in ' || t.stage_key
         ELSE 'has another history than the one imported before, which is kept' END
FROM import_continuation n JOIN import_target t ON t.deal = n.deal
WHERE CASE WHEN n.moved_here THEN NOT (n.extends AND n.fresh = 0) AND n.last_key <> t.stage_key ELSE NOT n.extends END
"""

_DROP_STORED = """
DELETE FROM import_chain c USING import_continuation n
WHERE c.deal = n.deal AND (n.moved_here OR NOT n.extends OR c.seq <= n.kept)
"""

_JOINED = f"""CASE WHEN c.bare THEN GREATEST(
    COALESCE({_CLOSED.format(kind="c.kind")}, d.entered_at, $1::timestamptz), e.at) ELSE c.at END"""

# The first fresh transition follows what is stored, not the start of the export's own chain.
_JOIN_ON = f"""
UPDATE import_chain c SET
    from_stage_id = s.stage_id, from_rank = s.rank, from_kind = s.kind,
    at = {_JOINED}, seconds = extract(epoch FROM {_JOINED} - e.at)::bigint
FROM import_continuation n, import_stored e, import_place s, import_deal d
WHERE c.deal = n.deal AND c.seq = 1 AND n.kept = 0
    AND e.deal = n.deal AND e.seq = n.stored_length AND s.stage_id = e.stage_id AND d.deal = c.deal
"""  # noqa: S608 (the texts are constants)

_RENUMBER = """
UPDATE import_chain c SET seq = c.seq + n.skip FROM import_continuation n WHERE n.deal = c.deal AND n.skip > 0
"""


# As `app.deals.former_times`: figures of that time are its former partner's, who would read there what came of it.
_REFUSE_FORMER_TIMES = """
WITH late AS (
    SELECT DISTINCT ON (c.deal) c.deal, c.key, c.at, came.at AS came
    FROM import_chain c JOIN import_target t ON t.deal = c.deal AND t.stored
    CROSS JOIN LATERAL (SELECT max(x.at) AS at FROM (
        SELECT f.at FROM field_change f WHERE f.opportunity_id = t.opportunity_id AND f.field = 'partner'
        UNION ALL SELECT h.at FROM handover h WHERE h.opportunity_id = t.opportunity_id
            AND h.from_partner_id IS DISTINCT FROM h.to_partner_id) x) came
    WHERE c.at < came.at ORDER BY c.deal, c.seq
)
INSERT INTO import_reject (deal, field, value, reason)
SELECT deal, 'stage', key, 'happened in the time of the deal’s former partner, which is closed: on '
    || to_char(at AT TIME ZONE $1, 'YYYY-MM-DD') || ', before ' || to_char(came AT TIME ZONE $1, 'YYYY-MM-DD')
FROM late
"""


async def build(connection: asyncpg.Connection, today: datetime) -> None:
    """Make `import_chain`. `today`: when deals entered their stage that the export gives no date at all."""
    await connection.execute("DROP TABLE IF EXISTS import_chain")
    await connection.execute(_CHAIN, today, str(today.tzinfo))
    await connection.execute("ANALYZE import_chain")


async def continue_stored(connection: asyncpg.Connection, today: datetime, *, partial: bool) -> None:
    """Reduce `import_chain` to what has to be added to the deals stored before, and refuse what can't be.

    A deal's chain may only grow. An export that brings another past is refused; one without history adds its stage when
    that is a new one. With `partial` histories (dated columns, which leave stages out), the export's chain may begin
    anywhere in the stored one, or after it.

    A deal that was moved here stays where people put it. If the export says nothing new, or the same stage, the deal's
    other fields are still updated; if both moved it, apart from each other, the row is refused. So is one whose new
    moves are of a time in which the deal was another partner's.
    """
    await connection.execute(_STORED)
    await connection.execute("ANALYZE import_stored")
    await connection.execute(_CONTINUATION, partial)
    await connection.execute(_REFUSE)
    await connection.execute(_DROP_STORED)
    await connection.execute(_JOIN_ON, today, str(today.tzinfo))
    await connection.execute(_RENUMBER)
    await connection.execute(_REFUSE_FORMER_TIMES, str(today.tzinfo))
