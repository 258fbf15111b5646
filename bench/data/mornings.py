"""Many partners with 500 open deals each, copied with their advice from those of the demo programme."""

import asyncpg

_COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'
"""
_MAPS = (
    """CREATE TEMP TABLE partner_copy AS
    SELECT CASE WHEN n = 1 THEN $1::uuid ELSE gen_random_uuid() END AS id, n FROM generate_series(1, $2::int) AS n""",
    """CREATE TEMP TABLE deal_copy AS
    SELECT gen_random_uuid() AS id, s.id AS old, p.id AS partner_id, k % 8 = 0 AS is_sellers
    FROM partner_copy p CROSS JOIN generate_series(0, $1::int - 1) AS k
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS n FROM opportunity
          WHERE status = 'OPEN') AS s ON s.place = k % s.n""",
    """CREATE TEMP TABLE action_copy AS
    SELECT gen_random_uuid() AS id, n.id AS old, d.id AS deal_id, d.partner_id FROM deal_copy d
    JOIN next_best_action n ON n.opportunity_id = d.old AND n.status IN ('PROPOSED', 'ACCEPTED')""",
)
_COPIES = {
    "organization": """FROM organization o JOIN partner_copy c ON c.n > 1 WHERE o.id = $1
        ## jsonb_build_object('id', c.id, 'key', 'copy-' || c.n, 'name', 'Copy ' || c.n)""",
    "opportunity": """FROM opportunity o JOIN deal_copy c ON c.old = o.id
        ## jsonb_build_object('id', c.id, 'partner_id', c.partner_id, 'external_id', NULL,
                             'owner_id', CASE WHEN c.is_sellers AND c.partner_id = $1 THEN $2::uuid END)""",
    "recommendation": """FROM recommendation o JOIN deal_copy c ON c.old = o.opportunity_id
        ## jsonb_build_object('id', gen_random_uuid(), 'opportunity_id', c.id)""",
    "next_best_action": """FROM next_best_action o JOIN action_copy c ON c.old = o.id
        ## jsonb_build_object('id', c.id, 'opportunity_id', c.deal_id, 'partner_id', c.partner_id,
                             'rank', o.rank * (0.5 + random()))""",
    "action_content": """FROM action_content o JOIN action_copy c ON c.old = o.action_id
        ## jsonb_build_object('id', gen_random_uuid(), 'action_id', c.id)""",
}


async def fill(connection: asyncpg.Connection, partner: object, seller: object, *, partners: int, deals: int) -> None:
    """So that `partner` and others have `deals` more open deals each, of which an eighth is the seller's."""
    maps = ((partner, partners), (deals,), ())
    async with connection.transaction():
        for statement, given in zip(_MAPS, maps, strict=True):
            await connection.execute(statement, *given)
        for table, copy in _COPIES.items():
            source, changes = copy.split("##")
            columns = await connection.fetchval(_COLUMNS, table)
            statement = (
                f"INSERT INTO {table} ({columns}) SELECT {', '.join(f'(x).{one}' for one in columns.split(', '))}"
                f" FROM (SELECT jsonb_populate_record(NULL::{table}, to_jsonb(o) || {changes}) AS x {source}) AS copied"
            )
            known = {1: partner, 2: seller}
            await connection.execute(statement, *(known[n] for n in (1, 2) if f"${n}" in statement))
    await connection.execute("VACUUM ANALYZE")
