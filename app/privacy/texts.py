"""Every text in the database that may speak of somebody, whatever table it is in: named by PostgreSQL's catalogue, so
that a table that is added is among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.database import Transaction

APART = frozenset(
    {
        # Rows of users and organisations themselves; the one that is meant is emptied by its own rule.
        *("user_account", "provisioned_user", "organization"),
        # Changed by a rule of their own, since they are chained.
        *("audit_entry", "audit_seal"),
    }
)
IDENTITIES = {
    "contact": frozenset({"name", "email", "email_key", "phone", "language", "external_id"}),
    "account": frozenset({"name", "name_key", "domain", "registration_number", "external_id"}),
}
"""Columns that say who somebody else is: nobody is renamed because another is called alike."""
_COLUMNS = """
SELECT c.relname AS table, a.attname AS column, t.typname AS type
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
  AND NOT a.attisdropped AND a.attgenerated = '' AND t.typname IN ('text', 'varchar', 'json', 'jsonb', '_text')
  AND (t.typname <> 'varchar' OR a.atttypmod = -1 OR a.atttypmod > 64)
ORDER BY c.relname, a.attname
"""
_FINDS = {"text": "{c} ~* $1", "varchar": "{c} ~* $1", "json": "{c}::text ~* $2", "jsonb": "{c}::text ~* $2"}
_FINDS["_text"] = "{c}::text ~* $1"
_REPLACES = {
    "text": "regexp_replace({c}, $1, $3, 'gi')",
    "varchar": "regexp_replace({c}, $1, $3, 'gi')",
    "json": "regexp_replace({c}::text, $2, $3, 'gi')::json",
    "jsonb": "regexp_replace({c}::text, $2, $3, 'gi')::jsonb",
    "_text": "CASE WHEN {c} IS NOT NULL THEN ARRAY(SELECT regexp_replace(one, $1, $3, 'gi')"
    " FROM unnest({c}) WITH ORDINALITY AS u(one, nth) ORDER BY nth) END",
}


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: of texts, with their types."""

    name: str
    columns: Mapping[str, str]
    all_columns: frozenset[str]

    @property
    def belongs_to_deal(self) -> str | None:
        """The column that names a deal."""
        if self.name == "opportunity":
            return "id"
        return "opportunity_id" if "opportunity_id" in self.all_columns else None


async def tables(tx: Transaction, *, apart: bool = False) -> Sequence[Table]:
    """Those with texts. `apart`: with those that have rules of their own."""
    found: dict[str, dict[str, str]] = {}
    for row in await tx.fetch(_COLUMNS):
        if row["column"] in IDENTITIES.get(row["table"], ()):
            continue
        found.setdefault(row["table"], {})[row["column"]] = row["type"]
    names = await tx.fetch(
        "SELECT table_name AS table, column_name AS column FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    columns: dict[str, set[str]] = {}
    for row in names:
        columns.setdefault(row["table"], set()).add(row["column"])
    return [
        Table(name, texts, frozenset(columns.get(name, ())))
        for name, texts in found.items()
        if apart or name not in APART
    ]


def finding(table: Table) -> str:
    """The condition under which a row has the words: `$1` as a pattern of texts, `$2` of JSON."""
    return " OR ".join(_FINDS[type_].format(c=f't."{column}"') for column, type_ in table.columns.items())


def replacing(table: Table) -> str:
    """The terms of an UPDATE that puts `$3` in their place."""
    terms = (f'"{column}" = ' + _REPLACES[type_].format(c=f't."{column}"') for column, type_ in table.columns.items())
    return ", ".join(terms)
