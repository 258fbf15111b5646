"""In which order a stage's content is shown to whom.

1. As the playbook ranks it: its authors' word goes first.
2. In the reader's own language before English, English before any other.
3. What is meant explicitly for the reader's tier and industry, then for one of them, then what is meant for everyone.
4. By kind, in the order of `ContentKind`; what still ties, by id (the caller's last key).

Translations of one piece share a key; of those, only the one in the best language is shown: the very variant that the
reader speaks, another variant of that language, English, any other.

The reader is the viewer. For a deal it is the deal's partner, whoever looks: people of the vendor see what the partner
sees, in their own language.
"""

from collections.abc import Sequence

from app.database.sql import Slot, Sql, all_of, sql
from app.identity.visibility import INDUSTRIES, LANGUAGE, TIER
from app.vocabulary import ContentKind

Expression = Sql | Slot

_KINDS = ", ".join(f"'{kind}'" for kind in ContentKind)


def language_rank(content: str, language: Expression = LANGUAGE) -> Sql:
    """0: the reader's language, 1: English, 2: any other. A regional variant counts as its language."""
    spoken = f"lower(split_part({content}.language, '-', 1))"
    return sql(
        f"CASE WHEN {spoken} = lower(split_part({{}}::text, '-', 1)) THEN 0 WHEN {spoken} = 'en' THEN 1 ELSE 2 END",
        language,
    )


def fit_rank(content: str, tier: Expression = TIER, industries: Expression = INDUSTRIES) -> Sql:
    """0: meant for the reader's tier and industry, 1: for one of them, 2: for everyone."""
    return sql(
        f"2 - CASE WHEN {{}}::text = ANY ({content}.audience) THEN 1 ELSE 0 END"
        f" - CASE WHEN {content}.industries && {{}}::text[] THEN 1 ELSE 0 END",
        tier,
        industries,
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
) -> Sequence[Sql]:
    """The terms of the order, lowest first; all of them integers. `content` and `link` are aliases of the tables."""
    return [
        sql(f"{link}.position"),
        language_rank(content, language),
        fit_rank(content, tier, industries),
        sql(f"array_position(ARRAY[{_KINDS}]::text[], {content}.kind::text)"),
    ]


def rank_for_deal(
    content: str, link: str, *, tier: Sql, industry: Sql, language: Expression = LANGUAGE
) -> Sequence[Sql]:
    """`rank_of` for a deal: the tier of its partner and the industry of its account, either of which may be null."""
    return rank_of(content, link, tier=tier, industries=_as_industries(industry), language=language)


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
                f"cardinality({content}.industries) = 0 OR {{}} IS NULL OR {{}}::text = ANY ({content}.industries)",
                industry,
                industry,
            ),
        ]
    )


def best_translation(content: str, link: str, seen: Sql, *, language: Expression = LANGUAGE) -> Sql:
    """No translation in a better language stands beside it in the same stage.

    `seen`: which translations count, as a condition on `bc`: what the viewer may see, and with a deal what is meant
    for it.
    """
    return sql(
        "NOT EXISTS (SELECT FROM content bc JOIN stage_content bl ON bl.content_id = bc.id"
        f" WHERE bc.key = {content}.key AND bl.stage_id = {link}.stage_id AND NOT bc.archived AND {{}}"
        f" AND ({{}}, {{}}, bc.id) < ({{}}, {{}}, {content}.id))",
        seen,
        language_rank("bc", language),
        _variant_rank("bc", language),
        language_rank(content, language),
        _variant_rank(content, language),
    )


def _variant_rank(content: str, language: Expression) -> Sql:
    """0: the very variant, 1: the language without a region, 2: another region's."""
    return sql(
        f"CASE WHEN lower({content}.language) = lower({{}}::text) THEN 0"
        f" WHEN strpos({content}.language, '-') = 0 THEN 1 ELSE 2 END",
        language,
    )


def _as_industries(industry: Sql) -> Sql:
    return sql("array_remove(ARRAY[{}]::text[], NULL)", industry)
