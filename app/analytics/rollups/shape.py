"""SQL that says under which key of a roll-up a deal counts. A row is a deal's, or a change's, which has its columns."""

from app.nouns.rollups import OF_ALL, OF_ALL_BY_DAY, OF_AN_OWNER

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
UNKNOWN_MONTH = "'0001-01-01'::date"
WEEK_SECONDS, DAY_SECONDS = 604_800, 86_400

LEVELS = f"(VALUES ({OF_ALL}::smallint), ({OF_AN_OWNER}::smallint)) AS l(level)"
AGE_LEVELS = f"unnest('{{{OF_ALL},{OF_AN_OWNER},{OF_ALL_BY_DAY}}}'::smallint[]) AS l(level)"
WHOSE = "level, partner_id, owner_id, stage_id"
DEAL_KEY = f"{WHOSE}, status, currency, month, category"
AGE_KEY = f"{WHOSE}, week"
STAY_KEY = f"{WHOSE}, entered_on, outcome, days"
FUNNEL_KEY = f"{WHOSE}, month, fate, went_back, status"

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
