"""SQL that says under which key of a roll-up a deal counts. A row is a deal's, or a change's, which has its columns."""

from app.nouns.rollups import OF_ALL, OF_ALL_BY_DAY, OF_AN_OWNER

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
UNKNOWN_MONTH = "'0001-01-01'::date"
WEEK_SECONDS, DAY_SECONDS = 604_800, 86_400

LEVELS = f"(VALUES ({OF_ALL}::smallint), ({OF_AN_OWNER}::smallint)) AS l(level)"
SPANS = "(VALUES (1::smallint), (7::smallint)) AS e(days)"
AGE_LEVELS = f"unnest('{{{OF_ALL},{OF_AN_OWNER},{OF_ALL_BY_DAY}}}'::smallint[]) AS l(level)"
WHOSE = "level, partner_id, owner_id, stage_id"
DEAL_KEY = f"{WHOSE}, status, currency, month, category"
AGE_KEY = f"{WHOSE}, week"
EXPECTED_KEY = "days, dated, first_day, stage_id, currency, by_hand"
EXPECTED_SUMS = ("deals", "amount", "squares", "amount_days", "square_days")

LOCK = 0x57A6E9AD
"""Whoever changes a roll-up holds it: there is one at a time."""


def whose(row: str) -> str:
    """The first columns of every key, with `LEVELS` beside."""
    alone = (
        f"CASE WHEN l.level = {OF_AN_OWNER} THEN coalesce({row}.{column}, {NOBODY}) ELSE {NOBODY} END AS {column}"
        for column in ("partner_id", "owner_id")
    )
    return f"l.level, {', '.join(alone)}, {row}.stage_id"


def first_of_month(day: str) -> str:
    return f"{day} - (extract(day FROM {day})::integer - 1)"


def month(row: str) -> str:
    """As of `DealRollup`."""
    closed = first_of_month(f"({row}.closed_at AT TIME ZONE 'UTC')::date")
    expected = first_of_month(f"{row}.expected_close_date")
    return f"coalesce(CASE WHEN {row}.status = 'OPEN' THEN {expected} ELSE {closed} END, {UNKNOWN_MONTH})"


def week(moment: str, seconds: int = WEEK_SECONDS) -> str:
    """Its number since 1970, or that of the day."""
    return f"floor(extract(epoch FROM {moment}) / {seconds})::integer"


def deal_key(row: str) -> str:
    category = f"coalesce({row}.forecast_category, '') AS category"
    return f"{whose(row)}, {row}.status, coalesce({row}.currency, '') AS currency, {month(row)} AS month, {category}"


def age_key(row: str) -> str:
    """With `AGE_LEVELS` beside."""
    entered = f"{row}.entered_stage_at"
    unit = f"CASE WHEN l.level = {OF_ALL_BY_DAY} THEN {week(entered, DAY_SECONDS)} ELSE {week(entered)} END"
    return f"{whose(row)}, {unit} AS week"


def expected(row: str) -> str:
    """Whether a deal counts in `ExpectedRollup`."""
    return f"{row}.status = 'OPEN' AND {row}.amount > 0 AND {row}.forecast_category IS DISTINCT FROM 'OMITTED'"


def expected_key(row: str) -> str:
    """With `SPANS` beside. `later`: days from the first one."""
    day = f"(coalesce({row}.expected_close_date, ({row}.created_at AT TIME ZONE 'UTC')::date) - '1970-01-01'::date)"
    first = f"floor({day}::float8 / e.days)::integer * e.days"
    return (
        f"e.days, {row}.expected_close_date IS NOT NULL AS dated, {first} AS first_day, {row}.stage_id,"
        f" coalesce({row}.currency, '') AS currency, {row}.forecast_category IS NOT NULL AS by_hand,"
        f" {day} - {first} AS later"
    )


def expected_sums(keyed: str) -> str:
    """Sums under the keys of `expected_rollup`, of rows as of `expected_key` with a `sign` and an `amount`."""
    return f"""
SELECT {EXPECTED_KEY}, sum(sign) AS deals, sum(sign * amount) AS amount, sum(sign * amount * amount) AS squares,
  sum(sign * amount * later) AS amount_days, sum(sign * amount * amount * later) AS square_days
FROM ({keyed}) keyed GROUP BY {EXPECTED_KEY}
"""


ADD_EXPECTED = f"ON CONFLICT ({EXPECTED_KEY}) DO UPDATE SET " + ", ".join(
    f"{name} = r.{name} + excluded.{name}" for name in EXPECTED_SUMS
)
