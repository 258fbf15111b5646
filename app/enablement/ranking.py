"""The order of a stage's content, and which of it is shown to whom.

1. As the playbook ranks it: its authors' word goes first.
2. In the reader's own language before the programme's.
3. What is meant explicitly for the reader's tier and industry, then for one of them, then what is meant for everyone.
4. By kind, in the order of `ContentKind`; what still ties, by id (the caller's last key).

Translations of one piece share a key; of those, only the one in the best language is shown: the very variant that the
reader speaks, the language without a region, another region's, then the programme's default language (a setting), then
another region's of that. What is in none of these is not shown; two scripts of a language are two languages.

The reader is the viewer. For a deal, people of the vendor see what the partner that leads it sees, in their own
language.
"""

from collections.abc import Sequence

from app.database.sql import Slot, Sql, all_of, sql
from app.identity.scopes import INDUSTRIES, LANGUAGE, PROGRAMME_LANGUAGE, TIER
from app.nouns.content import share_an_industry
from app.vocabulary import ContentKind

Expression = Sql | Slot

_SCRIPT = "'^[a-z]+-([a-z]{4})(?![a-z0-9])'"
_KINDS = ", ".join(f"'{kind}'" for kind in ContentKind)


def language_rank(content: str, language: Expression = LANGUAGE, programme: Expression = PROGRAMME_LANGUAGE) -> Sql:
    """0: the reader's language, 1: the programme's, 2: any other. A regional variant counts as its language."""
    return sql(
        "CASE WHEN {} THEN 0 WHEN {} THEN 1 ELSE 2 END", _is_spoken(content, language), _is_spoken(content, programme)
    )


def is_readable(content: str, language: Expression = LANGUAGE, programme: Expression = PROGRAMME_LANGUAGE) -> Sql:
    """Whether it is in the reader's language or in the programme's."""
    return sql("({} OR {})", _is_spoken(content, language), _is_spoken(content, programme))


def _is_spoken(content: str, language: Expression) -> Sql:
    """In this language, of whatever region; where both name a script, in that script. Most name none, which is found
    without a regular expression."""
    return sql(
        f"(split_part(lower({content}.language), '-', 1) = split_part(lower({{}}::text), '-', 1)"
        f" AND (strpos({content}.language, '-') = 0 OR coalesce(substring(lower({content}.language) FROM {_SCRIPT})"
        f" = substring(lower({{}}::text) FROM {_SCRIPT}), TRUE)))",
        language,
        language,
    )


def fit_rank(content: str, tier: Expression = TIER, industries: Expression = INDUSTRIES) -> Sql:
    """0: meant for the reader's tier and industry, 1: for one of them, 2: for everyone."""
    return sql(
        f"2 - CASE WHEN {{}}::text = ANY ({content}.audience) THEN 1 ELSE 0 END - CASE WHEN {{}} THEN 1 ELSE 0 END",
        tier,
        share_an_industry(content, industries),
    )


OF_DEALS = (
    "(SELECT o.id AS opportunity_id, l.content_id, l.stage_id, l.position, p.tier, a.industry"
    " FROM opportunity o JOIN stage_content l ON l.stage_id = o.stage_id JOIN account a ON a.id = o.account_id"
    " LEFT JOIN organization p ON p.id = o.partner_id)"
)
"""Links of the stage that each deal stands in, with what the deal's content is chosen by."""


def rank_of(
    content: str,
    link: str,
    *,
    tier: Expression = TIER,
    industries: Expression = INDUSTRIES,
    language: Expression = LANGUAGE,
    programme: Expression = PROGRAMME_LANGUAGE,
) -> Sequence[Sql]:
    """The terms of the order, lowest first; all of them integers. `content` and `link` are aliases of the tables."""
    return [
        sql(f"{link}.position"),
        language_rank(content, language, programme),
        fit_rank(content, tier, industries),
        sql(f"array_position(ARRAY[{_KINDS}]::text[], {content}.kind::text)"),
    ]


def rank_for_deal(
    content: str,
    link: str,
    *,
    tier: Sql,
    industry: Sql,
    language: Expression = LANGUAGE,
    programme: Expression = PROGRAMME_LANGUAGE,
) -> Sequence[Sql]:
    """`rank_of` for a deal: the tier of its partner and the industry of its account, either of which may be null."""
    industries = _as_industries(industry)
    return rank_of(content, link, tier=tier, industries=industries, language=language, programme=programme)


def meant_for_deal(content: str, *, tier: Sql, industry: Sql) -> Sql:
    """Whether it is for this deal at all, beside what the viewer may see: open to the partner's tier and to the
    account's industry. Without a partner, or an industry, every tier's or industry's content fits."""
    return all_of(
        [
            sql(f"NOT {content}.archived"),
            sql(
                f"cardinality({content}.audience) = 0 OR {{}} IS NULL OR {{}}::text = ANY ({content}.audience)",
                tier,
                tier,
            ),
            sql(
                f"cardinality({content}.industries) = 0 OR {{}} IS NULL OR {{}}",
                industry,
                share_an_industry(content, _as_industries(industry)),
            ),
        ]
    )


def best_translation(
    content: str,
    link: str,
    seen: Sql,
    *,
    language: Expression = LANGUAGE,
    programme: Expression = PROGRAMME_LANGUAGE,
) -> Sql:
    """It is in a language that the reader is offered, and no translation in a better one stands beside it in the same
    stage.

    `seen`: which translations count, as a condition on `bc`: what the viewer may see, and with a deal what is meant
    for it.
    """
    return sql(
        "{} AND NOT EXISTS (SELECT FROM content bc JOIN stage_content bl ON bl.content_id = bc.id"
        f" WHERE bc.key = {content}.key AND bl.stage_id = {link}.stage_id AND NOT bc.archived AND {{}}"
        f" AND ({{}}, {{}}, bc.id) < ({{}}, {{}}, {content}.id))",
        is_readable(content, language, programme),
        seen,
        language_rank("bc", language, programme),
        _variant_rank("bc", language, programme),
        language_rank(content, language, programme),
        _variant_rank(content, language, programme),
    )


def _variant_rank(content: str, language: Expression, programme: Expression) -> Sql:
    """The very variant that the reader speaks; then what it is a variant of, the nearest first; the programme's; no
    region's; another region's."""
    return sql(
        f"CASE WHEN lower({content}.language) = lower({{}}::text) THEN 0"
        f" WHEN starts_with(lower({{}}::text), lower({content}.language) || '-') THEN 100 - length({content}.language)"
        f" WHEN lower({content}.language) = lower({{}}::text) THEN 101"
        f" WHEN strpos({content}.language, '-') = 0 THEN 102 ELSE 103 END",
        language,
        language,
        programme,
    )


def _as_industries(industry: Sql) -> Sql:
    return sql("array_remove(ARRAY[{}]::text[], NULL)", industry)
