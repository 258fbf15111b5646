"""The statements of the floors."""

from bench.documents import PAGE

_COLUMNS = (
    "o.id, o.name, o.version, o.status, o.expected_close_date, o.entered_stage_at, o.updated_at, o.next_step, o.amount,"
    " o.currency, o.stage_id, s.key AS stage_key, s.name AS stage_name, s.win_probability,"
    " o.partner_id, g.name AS partner_name, g.tier, g.region,"
    " o.account_id, a.name AS account_name, a.industry, a.country"
)
_FROM = (
    " FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN organization g ON g.id = o.partner_id"
    " JOIN account a ON a.id = o.account_id"
)
_NEWEST = f"o.partner_id = $1 ORDER BY o.updated_at DESC, o.id DESC LIMIT {PAGE + 1}"

DEAL = f"SELECT {_COLUMNS}{_FROM} WHERE o.id = $1"
DEALS = f"SELECT {_COLUMNS}{_FROM} WHERE {_NEWEST}"
TRANSITIONS_OF = (
    "SELECT t.*, f.key AS from_key, f.name AS from_name, u.key AS to_key, u.name AS to_name"
    " FROM unnest($1::uuid[]) WITH ORDINALITY AS o(id, n) CROSS JOIN LATERAL ("
    " SELECT opportunity_id, seq, id, kind, at, reason, from_stage_id, to_stage_id FROM stage_transition"
    " WHERE opportunity_id = o.id ORDER BY seq DESC LIMIT 5) t"
    " LEFT JOIN stage f ON f.id = t.from_stage_id JOIN stage u ON u.id = t.to_stage_id"
    " ORDER BY o.n, t.seq DESC"
)
CONTENTS_OF = (
    "SELECT c.* FROM unnest($1::uuid[]) WITH ORDINALITY AS s(id, n) CROSS JOIN LATERAL ("
    " SELECT l.stage_id, l.position, k.id, k.key, k.title, k.kind, k.language FROM stage_content l"
    " JOIN content k ON k.id = l.content_id WHERE l.stage_id = s.id ORDER BY l.position LIMIT 3) c"
    " ORDER BY s.n, c.position"
)


def _string(expression: str) -> str:
    return f"to_json({expression})"


def _or_null(expression: str) -> str:
    return f"coalesce(to_json({expression})::text, 'null')"


def _text(*parts: str) -> str:
    """The parts are expressions, or JSON in single quotes."""
    return f"concat({', '.join(parts)})"


def _deal(contents: str = "''", transitions: str = "''") -> str:
    return _text(
        '\'{"id":"opp_\', o.id, \'","name":\'',
        _string("o.name"),
        '\',"version":\', o.version, \',"status":"\', o.status, \'","expectedCloseDate":\'',
        _or_null("o.expected_close_date"),
        "',\"enteredStageAt\":'",
        _string("o.entered_stage_at"),
        "',\"updatedAt\":'",
        _string("o.updated_at"),
        "',\"nextStep\":'",
        _or_null("o.next_step"),
        "',\"amount\":', CASE WHEN o.amount IS NULL THEN 'null'"
        ' ELSE concat(\'{"amount":"\', o.amount, \'","currency":"\', o.currency, \'"}\') END',
        '\',"stage":{"id":"stg_\', s.id, \'","key":\'',
        _string("s.key"),
        "',\"name\":'",
        _string("s.name"),
        "',\"winProbability\":'",
        _string("s.win_probability"),
        contents,
        '\'},"partner":{"id":"ptr_\', g.id, \'","name":\'',
        _string("g.name"),
        "',\"tier\":'",
        _or_null("g.tier"),
        "',\"region\":'",
        _or_null("g.region"),
        '\'},"account":{"id":"acc_\', a.id, \'","name":\'',
        _string("a.name"),
        "',\"industry\":'",
        _or_null("a.industry"),
        "',\"country\":'",
        _or_null("a.country"),
        "'}'",
        transitions,
        "'}'",
    )


def _stage(alias: str) -> str:
    return _text(f"'{{\"id\":\"stg_', {alias}.id, '\",\"key\":'", _string(f"{alias}.key"), "',\"name\":'",
                 _string(f"{alias}.name"), "'}'")  # fmt: skip


_TRANSITION = _text(
    '\'{"id":"trn_\', t.id, \'","kind":"\', t.kind, \'","at":\'',
    _string("t.at"),
    "',\"reason\":'",
    _or_null("t.reason"),
    "',\"fromStage\":', CASE WHEN f.id IS NULL THEN 'null' ELSE " + _stage("f") + " END",
    "',\"toStage\":'",
    _stage("u"),
    "'}'",
)
_TRANSITIONS = (
    f"SELECT o.id, string_agg({_TRANSITION}, ',' ORDER BY t.seq DESC) AS list"
    " FROM page o CROSS JOIN LATERAL ("
    " SELECT * FROM stage_transition WHERE opportunity_id = o.id ORDER BY seq DESC LIMIT 5) t"
    " LEFT JOIN stage f ON f.id = t.from_stage_id JOIN stage u ON u.id = t.to_stage_id GROUP BY o.id"
)
_CONTENT = _text(
    '\'{"id":"cnt_\', c.id, \'","key":\'',
    _string("c.key"),
    "',\"title\":'",
    _string("c.title"),
    '\',"kind":"\', c.kind, \'","language":\'',
    _string("c.language"),
    "'}'",
)
_CONTENTS = (
    f"SELECT d.stage_id, string_agg({_CONTENT}, ',' ORDER BY c.position) AS list"
    " FROM (SELECT DISTINCT stage_id FROM page) d CROSS JOIN LATERAL ("
    " SELECT l.position, k.id, k.key, k.title, k.kind, k.language FROM stage_content l"
    " JOIN content k ON k.id = l.content_id WHERE l.stage_id = d.stage_id ORDER BY l.position LIMIT 3) c"
    " GROUP BY d.stage_id"
)
_PAGE = f"SELECT o.*, row_number() OVER () AS n FROM (SELECT o.* FROM opportunity o WHERE {_NEWEST}) o"


def _joined(node: str, *further: tuple[str, str, str]) -> str:
    """The page as text, how many rows there were, and where the last one shown stands.

    `further`: (name, query, condition) of what is read for the whole page and joined to its rows.
    """
    queries = "".join(f"{name} AS ({query}), " for name, query, _ in further)
    joins = "".join(f" LEFT JOIN {name} ON {condition}" for name, _, condition in further)
    return (
        f"WITH page AS MATERIALIZED ({_PAGE}), {queries}shown AS ("
        f"SELECT o.n, o.id, o.updated_at, {node} AS text FROM page o JOIN stage s ON s.id = o.stage_id"
        f" JOIN organization g ON g.id = o.partner_id JOIN account a ON a.id = o.account_id{joins} WHERE o.n <= {PAGE})"
        " SELECT (SELECT string_agg(text, ',' ORDER BY n) FROM shown), (SELECT count(*) FROM page),"
        " x.updated_at, x.id FROM shown x ORDER BY n DESC LIMIT 1"
    )


JSON_D1 = f"SELECT {_deal()}{_FROM} WHERE o.id = $1"
JSON_D2 = _joined(_deal())
JSON_D3 = _joined(
    _deal(
        contents="',\"contents\":{\"nodes\":[', contents.list, ']}'",
        transitions="',\"transitions\":{\"nodes\":[', moves.list, ']}'",
    ),
    ("contents", _CONTENTS, "contents.stage_id = o.stage_id"),
    ("moves", _TRANSITIONS, "moves.id = o.id"),
)
