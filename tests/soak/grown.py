"""A competitor that grows: many more deals, slower and faster ones, other answers to advice, other content used."""

from collections.abc import Mapping
from uuid import UUID

from app.database import Database, Transaction

GROWN = "md5({id}::text || n || '/' || $2::int)::uuid"
"""The id of a copy."""


async def grow(database: Database, partner: UUID, copies: int) -> int:
    """Copy all deals of `partner` so many times over, with what belongs to them; how many deals there are more."""
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute("SET LOCAL session_replication_role = replica")
        older = "created_at - n * '1 hour'::interval"
        later = "CASE WHEN n % 2 = 0 THEN closed_at + '60 days'::interval ELSE closed_at END"
        won = "CASE WHEN status = 'LOST' AND n % 3 = 0 THEN 'WON' ELSE status END"
        slower = "seconds_in_previous_stage * (1 + n)"
        dismissed = "CASE WHEN shown_at IS NULL THEN status ELSE 'DISMISSED' END"
        theirs = (
            "opportunity_id IN (SELECT id FROM opportunity WHERE partner_id = $1 AND id NOT IN (SELECT id FROM grown))"
        )
        actions = f"action_id IN (SELECT id FROM next_best_action WHERE {theirs})"
        deals = {"id": "id", "external_id": "NULL", "created_at": older, "closed_at": later, "status": won}
        await tx.execute("CREATE TEMP TABLE grown (id uuid) ON COMMIT DROP")
        made = await _copy(tx, "opportunity", "partner_id = $1", partner, copies, deals)
        rows = {"id": "id", "opportunity_id": "id"}
        moves = {**rows, "seconds_in_previous_stage": slower}
        await _copy(tx, "stage_transition", theirs, partner, copies, moves)
        await _copy(tx, "next_best_action", theirs, partner, copies, {**rows, "status": dismissed})
        await _copy(tx, "action_content", actions, partner, copies, {"id": "id", "action_id": "id"})
    return made


async def _copy(tx: Transaction, table: str, which: str, partner: UUID, copies: int, changes: Mapping[str, str]) -> int:
    """Columns that are changed to `id` become ids of copies, all else is an expression."""
    rows = await tx.fetch(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = $1 AND is_generated = 'NEVER'",
        table,
    )
    columns = [row["name"] for row in rows]
    said = [GROWN.format(id=name) if changes.get(name) == "id" else changes.get(name, name) for name in columns]
    made = await tx.fetch(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(said)}"
        f" FROM {table}, generate_series(1, $2::int) AS n WHERE {which} RETURNING id",
        partner, copies,
    )  # fmt: skip
    await tx.execute("INSERT INTO grown SELECT unnest($1::uuid[])", [row["id"] for row in made])
    return len(made)
