"""A database for searches: so many deals of twenty partners, with names, customers, ids and people that differ."""

import asyncpg

PARTNERS, PEOPLE, DEALS_OF_A_CUSTOMER = 20, 1_000, 8

# Readable, and rising with the number, as the product's own ids rise with the time.
_ORGANIZATION = "('00000000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
_USER = "('00000001-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
_ACCOUNT = "('00000002-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
_DEAL = "('00000003-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"

_PARTIES = f"""
INSERT INTO organization (id, key, name, kind, tier)
SELECT {_ORGANIZATION.format("n")}, 'partner-' || n, 'Partner ' || n, 'PARTNER', 'GOLD'
FROM generate_series(0, {PARTNERS - 1}) n;
INSERT INTO user_account (id, organization_id, name, role)
SELECT {_USER.format("n")}, {_ORGANIZATION.format(f"n % {PARTNERS}")}, 'Person Nummer' || n,
  CASE WHEN n < {PARTNERS} THEN 'PARTNER_MANAGER' ELSE 'PARTNER_SELLER' END
FROM generate_series(0, {PEOPLE - 1}) n
"""
_CUSTOMERS = f"""
INSERT INTO account (id, name, external_id)
SELECT {_ACCOUNT.format("n")}, (ARRAY['Acme', 'Häusler', 'Globex', 'Initech', 'Umbrella', 'Straße', 'André órfão',
  'Contoso', 'Fabrikam', 'Tailspin'])[1 + n % 10] || ' ' || left(md5(n::text), 5) || ' GmbH',
  'crm:001' || left(md5('account' || n), 12)
FROM generate_series(0, ($1::integer - 1) / {DEALS_OF_A_CUSTOMER}) n
"""
_DEALS = f"""
INSERT INTO opportunity (id, external_system, external_id, name, account_id, partner_id, owner_id, source, playbook_id,
  stage_id, entered_stage_at, status, next_step, updated_at)
SELECT {_DEAL.format("n")}, 'bench', 'OPP-' || lpad(n::text, 8, '0'),
  (ARRAY['Cloud migration', 'Network refresh', 'ERP rollout', 'Plant modernisation', 'Zero trust', 'Storage renewal',
    'Data platform', 'Contact centre', 'Ölwerk Ausbau', 'Lizenzen'])[1 + n * 7 % 10] || ' '
  || (ARRAY['phase one', 'Berlin', 'Hamburg', 'wave 2', '2026', 'pilot', 'north', 'south', 'team', 'EMEA'])
    [1 + n / 10 % 10] || ' ' || left(md5((n / 3)::text), 6)
  || CASE WHEN n % 50 = 0 THEN ' ' || chr(26481 + n / 50 % 300) || chr(20140 + n / 70 % 900) || '電'
    || chr(21147 + n / 90 % 200) ELSE '' END,
  {_ACCOUNT.format(f"n / {DEALS_OF_A_CUSTOMER}")}, {_ORGANIZATION.format(f"n % {PARTNERS}")},
  {_USER.format(f"n % {PEOPLE}")}, 'PARTNER', s.playbook_id, s.id, now(), 'OPEN',
  (ARRAY['Send the revised offer', 'Call the sponsor', 'Agree the test plan', 'Visit the site', NULL])[1 + n % 5],
  now() - make_interval(secs => n::bigint * 7919 % 10000000)
FROM generate_series(0, $1::integer - 1) n, (SELECT * FROM stage WHERE kind = 'OPEN' ORDER BY id LIMIT 1) s
"""
WORDS = "INSERT INTO opportunity_words SELECT * FROM opportunity_searched ON CONFLICT DO NOTHING"
"""What the triggers would have written."""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes i
WHERE schemaname = 'public' AND tablename IN ('opportunity', 'opportunity_words')
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""


async def fill(connection: asyncpg.Connection, deals: int) -> None:
    """Beside what is there already, in a migrated database with a playbook. Without triggers; indexes come last."""
    await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await connection.execute(_PARTIES)
    await connection.execute(_CUSTOMERS, deals)
    await connection.execute(_DEALS, deals)
    await connection.execute(WORDS)
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM (ANALYZE)")


def manager_of(partner: int) -> str:
    """The id of a user who sees that partner's deals."""
    return f"00000001-0000-7000-8000-{partner:012x}"
