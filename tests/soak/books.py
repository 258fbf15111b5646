"""What the database holds after a crash, compared with what clients were told."""

from collections.abc import Mapping

import asyncpg

from tests.soak.movers import Told

# Each gives the rows that should not be.
FAULTS: Mapping[str, str] = {
    "transitions without their one event": """
        SELECT t.id FROM stage_transition t
        LEFT JOIN event e ON e.subject_type = 'stage_transition' AND e.subject_id = t.id
        GROUP BY t.id HAVING count(e.seq) <> 1""",
    "events without their transition": """
        SELECT e.seq FROM event e LEFT JOIN stage_transition t ON t.id = e.subject_id
        WHERE e.subject_type = 'stage_transition' AND t.id IS NULL""",
    "transitions that do not follow the one before": """
        SELECT id FROM (SELECT id, seq, from_stage_id,
          lag(to_stage_id) OVER w AS came_from, lag(seq) OVER w AS seq_before
          FROM stage_transition WINDOW w AS (PARTITION BY opportunity_id ORDER BY seq)) chain
        WHERE seq_before IS NOT NULL AND (from_stage_id <> came_from OR seq <> seq_before + 1)""",
    "deals that stand elsewhere than their last transition says": """
        SELECT o.id FROM opportunity o JOIN LATERAL (SELECT to_stage_id FROM stage_transition t
          WHERE t.opportunity_id = o.id ORDER BY seq DESC LIMIT 1) last ON TRUE WHERE o.stage_id <> last.to_stage_id""",
    "moved deals whose version did not rise once for each move": """
        SELECT o.id FROM opportunity o JOIN stage_transition t ON t.opportunity_id = o.id
        WHERE o.name LIKE 'Kill test %' GROUP BY o.id HAVING o.version <> count(t.id)""",
}


async def faults(connection: asyncpg.Connection, told: Told) -> list[str]:
    found = [f"{len(rows)} {what}" for what, statement in FAULTS.items() if (rows := await connection.fetch(statement))]
    rows = await connection.fetch("SELECT reason, 'trn_' || id AS id FROM stage_transition WHERE reason LIKE 'move %'")
    stored: dict[str, list[str]] = {}
    for row in rows:
        stored.setdefault(row["reason"], []).append(row["id"])
    lost = [reason for reason, id_ in told.acknowledged.items() if stored.get(reason) != [id_]]
    twice = [reason for reason, ids in stored.items() if len(ids) > 1]
    foreign = set(stored) - set(told.acknowledged) - told.unknown
    for what, reasons in (
        ("acknowledged moves lost", lost),
        ("moves made twice", twice),
        ("moves nobody made", foreign),
    ):
        if reasons:
            found.append(f"{len(reasons)} {what}: {sorted(reasons)[:3]}")
    return found


async def logged(connection: asyncpg.Connection, after: int) -> list[str]:
    """Every change of stage after that event, in the order of the log."""
    rows = await connection.fetch(
        """SELECT 'trn_' || e.subject_id AS id FROM event e, (SELECT xid, seq FROM event WHERE seq = $1) at
        WHERE (e.xid, e.seq) > (at.xid, at.seq) AND e.subject_type = 'stage_transition' ORDER BY e.xid, e.seq""",
        after,
    )
    return [row["id"] for row in rows]
