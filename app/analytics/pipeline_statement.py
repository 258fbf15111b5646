"""The statement that answers the pipeline from roll-ups: sums, stalled deals and medians, without a scan of deals.

What hasn't been folded yet is added, and so are the few deals that somebody sees beside those of the own organisation.
Ages change with the clock: whole weeks of entry are counted by the roll-up, and only deals of the week in which the
limit falls, or the median, are looked at one by one (indexes `opportunity_open_entered`,
`opportunity_open_of_partner`); of all deals, only those of the day.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from app.analytics.rollups.shape import DAY_SECONDS, NOBODY, WEEK_SECONDS, week
from app.database.sql import NOTHING, TRUE, Slot, Sql, Statement, all_of, sql
from app.deals.queries import is_predicted, matching, stalled
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.identity.visibility import visible
from app.nouns.rollups import OF_ALL, OF_ALL_BY_DAY, OF_AN_OWNER, leads

NOW = Slot("now")
FIRST_SECOND = -200_000_000_000
"""PostgreSQL's timestamps begin some thousand years before."""

_OF_STAGES = {
    "stage_keys": "s.key = ANY ({}::text[])",
    "playbook_key": "p.key = {}",
    "probability_min": "s.win_probability >= {}::float8",
    "probability_max": "s.win_probability <= {}::float8",
}
_OF_PROBABILITY = frozenset({"probability_min", "probability_max"})
_OF_PARTIES = {
    "partner_id": "{r}.partner_id = {value}",
    "partner_ids": "{r}.partner_id = ANY ({value}::uuid[])",
    "owner_id": "{r}.owner_id = {value}",
}
_MANAGED = "SELECT fg.id FROM organization fg WHERE fg.kind = 'PARTNER' AND fg.channel_manager_id = {}"
_OF_THE_VIEWER = {
    "my_partners": f"{{r}}.partner_id IN ({_MANAGED})",
    "others": f"{{r}}.partner_id IS NULL OR {{r}}.partner_id NOT IN ({_MANAGED})",
}

ANSWERED = frozenset({"status", *_OF_STAGES, *_OF_PARTIES, *_OF_THE_VIEWER})
"""Filters, by their names in `app.deals.queries`, that roll-ups have the columns for."""

Find = Callable[[str], Slot | None]


@lru_cache(maxsize=256)
def statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    """For filters of `ANSWERED`. Rows: those of `app.analytics.pipeline`."""

    def value(name: str) -> Slot | None:
        return Slot(f"filter.{name}") if name in filters else None

    parts = _Parts(scope, value, bool(filters & (_OF_PARTIES.keys() | _OF_THE_VIEWER.keys())))
    return sql(
        "WITH line AS ({}), extra AS ({}), cell AS ({}), age AS ({}), term AS ({}), old AS ({}), fresh AS ({}),"
        " stalled AS ({}), middle AS ({}), median AS ({}), named AS ({})"
        " SELECT n.id AS stage_id, nullif(c.currency, '') AS currency, c.deals, c.amount,"
        " c.amount * s.win_probability::numeric AS weighted, coalesce(t.deals, 0)::bigint AS stalled, m.median_days"
        " FROM named n JOIN line s ON s.nth = n.nth JOIN cell c ON c.stage_id = s.id"
        " LEFT JOIN stalled t ON t.nth = n.nth LEFT JOIN median m ON m.nth = n.nth"
        " ORDER BY n.playbook, n.position, n.id",
        *(parts.line(), parts.extra(), parts.cell(), parts.age(), parts.term(), parts.old(), parts.fresh()),
        *(parts.stalled(), parts.middle(), parts.median(), _NAMED),
    ).statement()


_NAMED = sql(
    "SELECT DISTINCT ON (s.nth) s.nth, s.id, s.playbook, s.position FROM line s LEFT JOIN"
    " (SELECT DISTINCT stage_id FROM cell) c ON c.stage_id = s.id"
    " WHERE s.nth IN (SELECT l.nth FROM line l JOIN cell f ON f.stage_id = l.id)"
    " AND (s.shown OR c.stage_id IS NOT NULL) ORDER BY s.nth, s.shown DESC, s.version DESC"
)


_MIDDLE_WEEKS = sql("SELECT DISTINCT nth, unit, n, before FROM middle")


class _Parts:
    """The statement's CTEs. `by_party`: a filter chooses partners or owners."""

    def __init__(self, scope: VisibilityScope, value: Find, by_party: bool) -> None:
        self._scope = scope
        self._value = value
        self._by_stage = any(value(name) is not None for name in _OF_STAGES)
        self._of_all = scope is VisibilityScope.EVERYTHING and not by_party

    def line(self) -> Sql:
        """Stages of all versions of playbooks; those of the same key share `nth`. `wanted`: by the filters."""
        wanted = [sql(text, self._value(name)) for name, text in _OF_STAGES.items() if self._value(name) is not None]
        return sql(
            "SELECT s.*, p.key AS playbook, p.version, p.status = 'PUBLISHED' AND {} AS shown, {} AS wanted,"
            " (dense_rank() OVER (ORDER BY p.key, s.key))::integer AS nth"
            " FROM stage s JOIN playbook p ON p.id = s.playbook_id",
            visible(self._scope, "stage", "s"),
            all_of(wanted),
        )

    def extra(self) -> Sql:
        """Deals that the viewer sees though they are in nobody's roll-ups that the viewer reads."""
        scope = self._scope
        if scope is VisibilityScope.EVERYTHING:
            return sql(
                "SELECT NULL::uuid AS stage_id, NULL::text AS status, NULL::text AS currency, NULL::numeric AS amount,"
                " NULL::timestamptz AS entered_stage_at, FALSE AS is_stalled WHERE FALSE"
            )
        few = (
            sql("SELECT vd.opportunity_id FROM deal_partner vd WHERE vd.partner_id = {}", ORGANIZATION)
            if scope is VisibilityScope.ORGANIZATION
            else sql("SELECT vs.opportunity_id FROM team_member vs WHERE vs.user_id = {}", USER)
        )
        return sql(
            "SELECT o.stage_id, o.status, o.currency, o.amount, o.entered_stage_at, {} AS is_stalled"
            " FROM opportunity o JOIN stage s ON s.id = o.stage_id"
            " WHERE o.id IN ({}) AND {} AND ({}) IS NOT TRUE AND {}",
            stalled("o", "s", NOW),
            few,
            visible(scope, "opportunity", "o"),
            leads(scope, sql("o")),
            matching(scope, "o", "s", NOW, self._value),
        )

    def cell(self) -> Sql:
        """Counts and sums by stage and currency."""
        return sql(
            "SELECT c.stage_id, c.currency, sum(c.deals) AS deals, sum(c.amount) AS amount FROM ("
            "SELECT r.stage_id, r.currency, r.deals::integer AS deals, r.amount FROM deal_rollup r WHERE {} AND {}"
            " UNION ALL SELECT h.stage_id, coalesce(h.currency, ''), h.sign, h.sign * coalesce(h.amount, 0)"
            "  FROM rollup_change h WHERE {} AND {}"
            " UNION ALL SELECT x.stage_id, coalesce(x.currency, ''), 1, coalesce(x.amount, 0) FROM extra x"
            ") c WHERE {} GROUP BY 1, 2 HAVING sum(c.deals) <> 0",
            *(self._of_rollup("deal_rollup"), self._status("r"), self._of_changes(), self._status("h")),
            self._in_stages("c"),
        )

    def age(self) -> Sql:
        """Open deals by stage and week of entry, those of `extra` left out; none where no open ones are wanted."""
        return sql(
            "SELECT a.stage_id, a.week, sum(a.deals)::integer AS deals FROM ("
            "SELECT r.stage_id, r.week, r.deals::integer AS deals FROM age_rollup r WHERE {} AND {}"
            f" UNION ALL SELECT h.stage_id, {week('h.entered_stage_at')}, h.sign FROM rollup_change h"
            "  WHERE h.status = 'OPEN' AND {} AND {}"
            ") a WHERE {} GROUP BY 1, 2 HAVING sum(a.deals) <> 0",
            *(self._of_rollup("age_rollup"), self._wants_open(), self._of_changes(), self._wants_open()),
            self._in_stages("a"),
        )

    def term(self) -> Sql:
        """Which deals are stalled from which age on: the sum of all terms, each with its sign. Of partners with limits
        of their own, what the stage's limit says is taken away again, and their own is put in its place."""
        days = "s.stall_after_days"
        if self._scope is not VisibilityScope.EVERYTHING:
            own = "(s.own_stall_days ->> {}::text)::float8"
            chosen = sql(
                f"SELECT s.id AS stage_id, s.nth, NULL::uuid AS partner_id, 1 AS sign, coalesce({own}, {days}) AS days"
                " FROM line s WHERE s.kind = 'OPEN' AND s.wanted",
                ORGANIZATION,
            )
        else:
            chosen = sql(
                f"SELECT s.id AS stage_id, s.nth, NULL::uuid AS partner_id, 1 AS sign, {days} AS days"
                " FROM line s WHERE s.kind = 'OPEN' AND s.wanted"
                f" UNION ALL SELECT s.id, s.nth, coalesce(nullif(e.key, '')::uuid, {NOBODY}), v.sign, v.days"
                " FROM line s"
                " CROSS JOIN LATERAL jsonb_each_text(s.own_stall_days) e"
                f" CROSS JOIN LATERAL (VALUES (-1, {days}), (1, e.value::float8)) v (sign, days)"
                f" WHERE s.kind = 'OPEN' AND s.wanted AND e.value::float8 IS DISTINCT FROM {days}"
            )
        return sql(
            f"SELECT e.*, floor(e.limit_at / {WEEK_SECONDS})::bigint AS week,"
            f" floor(e.limit_at / {DAY_SECONDS})::bigint AS day FROM (SELECT c.*, greatest({FIRST_SECOND},"
            " extract(epoch FROM {}::timestamptz)::float8 - c.days * 86400) AS limit_at FROM ({}) c"
            " WHERE c.days IS NOT NULL) e",
            NOW,
            chosen,
        )

    def old(self) -> Sql:
        """Open deals by stage, week of entry and partner, of partners with limits of their own."""
        return sql(
            "SELECT a.partner_id, a.stage_id, a.week, sum(a.deals)::integer AS deals FROM ("
            "SELECT r.partner_id, r.stage_id, r.week, r.deals::integer AS deals FROM age_rollup r"
            f" WHERE r.level = {OF_AN_OWNER} AND r.partner_id IN (SELECT t.partner_id FROM term t) AND {{}} AND {{}}"
            f" UNION ALL SELECT coalesce(h.partner_id, {NOBODY}), h.stage_id, {week('h.entered_stage_at')}, h.sign"
            "  FROM rollup_change h WHERE h.status = 'OPEN' AND {} AND {}"
            ") a GROUP BY 1, 2, 3",
            *(self._parties("r"), self._wants_open(), self._of_changes(), self._wants_open()),
        )

    def stalled(self) -> Sql:
        general = self._by_day() if self._of_all else NOTHING
        exactly = self._beyond(sql("t.partner_id IS NULL"), "t.day", DAY_SECONDS) if self._of_all else NOTHING
        by_week = sql("t.partner_id IS NOT NULL") if self._of_all else TRUE
        return sql(
            "SELECT f.nth, sum(f.deals) AS deals FROM ("
            "SELECT t.nth, t.sign * a.deals AS deals FROM term t JOIN age a ON a.stage_id = t.stage_id"
            "  WHERE t.partner_id IS NULL AND a.week < t.week"
            " UNION ALL SELECT t.nth, t.sign * a.deals FROM term t JOIN old a ON a.stage_id = t.stage_id"
            "  AND a.partner_id = t.partner_id WHERE a.week < t.week"
            "{}{}{}"
            " UNION ALL SELECT s.nth, 1 FROM extra x JOIN line s ON s.id = x.stage_id AND s.wanted WHERE x.is_stalled"
            ") f GROUP BY f.nth",
            *(general, exactly, self._beyond(by_week, "t.week", WEEK_SECONDS)),
        )

    def _by_day(self) -> Sql:
        """Of all deals in the week of the limit, the days before it."""
        return sql(
            " UNION ALL SELECT t.nth, t.sign * d.deals FROM ({}) t JOIN LATERAL ({}) d ON d.week < t.day"
            " UNION ALL SELECT t.nth, t.sign * c.deals FROM term t JOIN fresh c ON c.stage_id = t.stage_id"
            "  AND c.week = t.week AND c.day < t.day WHERE t.partner_id IS NULL",
            *(sql("SELECT * FROM term WHERE partner_id IS NULL"), self._days("t.stage_id", "t.week")),
        )

    def _beyond(self, terms: Sql, unit: str, seconds: int) -> Sql:
        """Of the deals in the week of the limit, or of its day, those beyond it, one by one."""
        return sql(
            " UNION ALL SELECT t.nth, t.sign FROM term t CROSS JOIN LATERAL ({}) o WHERE {}"
            f"  AND (t.partner_id IS NULL OR coalesce(o.partner_id, {NOBODY}) = t.partner_id)"
            "  AND extract(epoch FROM {}::timestamptz - o.entered_stage_at) > t.days * 86400",
            *(self._entered("t.stage_id", unit, seconds), terms, NOW),
        )

    def fresh(self) -> Sql:
        """What isn't folded yet of open deals, by stage, week and day of entry; of all deals alone."""
        if not self._of_all:
            return sql("SELECT NULL::uuid AS stage_id, 0 AS week, 0 AS day, 0 AS deals WHERE FALSE")
        return sql(
            f"SELECT h.stage_id, {week('h.entered_stage_at')} AS week,"
            f" {week('h.entered_stage_at', DAY_SECONDS)} AS day,"
            " sum(h.sign)::integer AS deals FROM rollup_change h WHERE h.status = 'OPEN' AND {} GROUP BY 1, 2, 3",
            self._wants_open(),
        )

    def _days(self, stage: str, in_week: str) -> Sql:
        """Of all open deals that came to the stage in the week, how many on each day, `week`."""
        return sql(
            f"SELECT r.week, r.deals::integer AS deals FROM age_rollup r WHERE r.level = {OF_ALL_BY_DAY}"
            f" AND r.partner_id = {NOBODY} AND r.owner_id = {NOBODY} AND r.stage_id = {stage}"
            f" AND r.week BETWEEN {in_week}::integer * 7 AND {in_week}::integer * 7 + 6 AND {{}}",
            self._wants_open(),
        )

    def median(self) -> Sql:
        """Of the ages in days of the open deals in a stage, whatever the version. The deals in the middle are looked
        for in the weeks, or days, that hold them; of an even number they are two."""
        days = "(extract(epoch FROM {}::timestamptz - k.entered_stage_at) / 86400)::float8"
        seconds = DAY_SECONDS if self._of_all else WEEK_SECONDS
        return sql(
            "SELECT k.nth, min(k.days) + 0.5 * (max(k.days) - min(k.days)) AS median_days FROM ("
            f"SELECT k.nth, {days} AS days FROM ("
            "SELECT m.nth, m.n, o.entered_stage_at, m.before - 1 + row_number() OVER"
            "  (PARTITION BY m.nth, m.unit ORDER BY o.entered_stage_at) AS place"
            " FROM ({}) m JOIN line s ON s.nth = m.nth AND s.wanted CROSS JOIN LATERAL (({}) UNION ALL"
            "  SELECT x.partner_id, x.entered_stage_at FROM (SELECT NULL::uuid AS partner_id, e.* FROM extra e) x"
            f"  WHERE x.stage_id = s.id AND x.status = 'OPEN' AND {week('x.entered_stage_at', seconds)} = m.unit) o) k"
            " WHERE k.place IN ((k.n - 1) / 2, k.n / 2)) k GROUP BY k.nth",
            *(NOW, self._middle_days() if self._of_all else _MIDDLE_WEEKS),
            self._entered("s.id", "m.unit", seconds),
        )

    def middle(self) -> Sql:
        """`unit`: a week that holds a deal in the middle of the `n` in the stage; `before`: how many came earlier. For
        each version's stage."""
        return sql(
            "SELECT w.nth, w.week AS unit, w.n, w.upto - w.deals AS before, s.id AS stage_id FROM ("
            " SELECT g.nth, g.week, g.deals, sum(g.deals) OVER (PARTITION BY g.nth ORDER BY g.week) AS upto,"
            "  sum(g.deals) OVER (PARTITION BY g.nth) AS n FROM ("
            "   SELECT s.nth, a.week, sum(a.deals)::integer AS deals FROM (SELECT stage_id, week, deals FROM age"
            f"    UNION ALL SELECT x.stage_id, {week('x.entered_stage_at')}, 1 FROM extra x WHERE x.status = 'OPEN'"
            "   ) a JOIN line s ON s.id = a.stage_id GROUP BY 1, 2) g) w"
            " JOIN line s ON s.nth = w.nth AND s.wanted"
            " WHERE w.upto > (w.n - 1) / 2 AND w.upto - w.deals <= w.n / 2"
        )

    def _middle_days(self) -> Sql:
        """Likewise, of all deals, by day."""
        return sql(
            "SELECT d.nth, d.day AS unit, d.n, d.upto - d.deals AS before FROM ("
            " SELECT g.nth, g.n, g.day, g.deals, g.before + sum(g.deals) OVER"
            "   (PARTITION BY g.nth, g.unit ORDER BY g.day) AS upto FROM ("
            "  SELECT y.nth, y.n, y.unit, y.before, y.day, sum(y.deals)::integer AS deals FROM ("
            "   SELECT v.*, e.week AS day, e.deals FROM middle v CROSS JOIN LATERAL ({}) e"
            "   UNION ALL SELECT v.*, c.day, c.deals FROM middle v JOIN fresh c ON c.stage_id = v.stage_id"
            "    AND c.week = v.unit) y GROUP BY 1, 2, 3, 4, 5) g) d"
            " WHERE d.upto > (d.n - 1) / 2 AND d.upto - d.deals <= d.n / 2",
            self._days("v.stage_id", "v.unit"),
        )

    def _entered(self, stage: str, unit: str, seconds: int) -> Sql:
        """Open deals that came to the stage in the week, or on the day, one by one; those of `extra` left out.

        By itself (`OFFSET 0`): PostgreSQL expects more weeks than there are, and would read all open deals at once.
        """
        begins = f"to_timestamp({{}}::float8 * {seconds})"
        return sql(
            f"SELECT o.partner_id, o.entered_stage_at FROM opportunity o WHERE o.stage_id = {stage}"
            f" AND o.status = 'OPEN' AND o.entered_stage_at >= {begins.format(unit)}"
            f" AND o.entered_stage_at < {begins.format(f'({unit} + 1)')} AND {{}} AND {{}} AND {{}} OFFSET 0",
            visible(self._scope, "opportunity", "o"),
            self._parties("o"),
            self._wants_open(),
        )

    def _of_rollup(self, table: str) -> Sql:
        """The rows `r` of a roll-up that make up what is asked for."""
        level = sql(f"r.level = {OF_ALL if self._of_all else OF_AN_OWNER}")
        return all_of([level, visible(self._scope, table, "r"), self._parties("r")])

    def _of_changes(self) -> Sql:
        return all_of([visible(self._scope, "rollup_change", "h"), self._parties("h")])

    def _parties(self, row: str) -> Sql:
        """Of whom the viewer leads, as far as filters want them."""
        given = ((text, self._value(name)) for name, text in _OF_PARTIES.items())
        wanted = [sql(text.format(r=row, value="{}"), slot) for text, slot in given if slot is not None]
        wanted += [
            sql(text.format("{}", r=row), USER)
            for name, text in _OF_THE_VIEWER.items()
            if self._value(name) is not None
        ]
        if self._scope is not VisibilityScope.EVERYTHING:
            wanted.append(leads(self._scope, sql(row)))
        return all_of(wanted)

    def _in_stages(self, row: str) -> Sql:
        wanted = f"{row}.stage_id IN (SELECT s.id FROM line s WHERE s.wanted)"
        return sql(wanted) if self._by_stage else TRUE

    def _status(self, row: str) -> Sql:
        chosen = self._value("status")
        return TRUE if chosen is None else sql(f"{row}.status = ANY ({{}}::text[])", chosen)

    def _wants_open(self) -> Sql:
        chosen = self._value("status")
        return TRUE if chosen is None else sql("'OPEN' = ANY ({}::text[])", chosen)


def asks(filters: Mapping[str, object]) -> bool:
    """Whether roll-ups can answer: they know stages, and no predictions of single deals."""
    return ANSWERED.issuperset(filters) and not (is_predicted() and _OF_PROBABILITY & filters.keys())
