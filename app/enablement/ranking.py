"""In which order a stage's content is shown to whom.

1. In the viewer's own language before English, English before any other.
2. What is meant explicitly for the viewer's tier or industries before what is meant for everyone.
3. As the playbook ranks it.

Translations of one piece share a key; of those, only the one in the best language is shown.
"""

from collections.abc import Sequence

from app.database.sql import Sql, sql
from app.identity.visibility import INDUSTRIES, LANGUAGE, TIER


def language_rank(content: str) -> Sql:
    """0: the viewer's language, 1: English, 2: any other. A regional variant counts as its language."""
    spoken = f"split_part({content}.language, '-', 1)"
    return sql(
        f"CASE WHEN {spoken} = split_part({{}}::text, '-', 1) THEN 0 WHEN {spoken} = 'en' THEN 1 ELSE 2 END", LANGUAGE
    )


def fit_rank(content: str) -> Sql:
    """0: meant for the viewer's tier and industry, 1: for one of them, 2: for everyone."""
    return sql(
        f"2 - CASE WHEN {{}}::text = ANY ({content}.audience) THEN 1 ELSE 0 END"
        f" - CASE WHEN {content}.industries && {{}}::text[] THEN 1 ELSE 0 END",
        TIER,
        INDUSTRIES,
    )


def rank_of(content: str, link: str) -> Sequence[Sql]:
    """The terms of the order, lowest first; all of them integers."""
    return [language_rank(content), fit_rank(content), sql(f"{link}.position")]


def best_translation(content: str, link: str, seen: Sql) -> Sql:
    """No translation in a better language stands beside it in the same stage. `seen`: what the viewer may see of `bc`."""
    return sql(
        "NOT EXISTS (SELECT FROM content bc JOIN stage_content bl ON bl.content_id = bc.id"
        f" WHERE bc.key = {content}.key AND bl.stage_id = {link}.stage_id AND NOT bc.archived AND {{}}"
        f" AND ({{}}, bc.id) < ({{}}, {content}.id))",
        seen,
        language_rank("bc"),
        language_rank(content),
    )
