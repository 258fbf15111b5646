"""Enablement content: partners see what is meant for their tier and industries and helps on a playbook that they see,
or on none."""

from app import models
from app.database.sql import Slot, Sql, all_of, any_of, sql
from app.identity.scopes import INDUSTRIES, TIER, VisibilityScope
from app.nouns.noun import Noun, Rights, Rows, RowSecurity
from app.nouns.playbook import OF_A_STAGE, sees_of_stage, sees_playbook
from app.vocabulary import Permission


def share_an_industry(row: str | Sql, industries: Sql | Slot) -> Sql:
    """Whether one of the row's `industries` is among these, in whatever case it is written."""
    of_row = sql(row) if isinstance(row, str) else row
    return sql("lower({}.industries::text)::text[] && lower({}::text[]::text)::text[]", of_row, industries)


def content_for(c: Sql, tier: Sql | Slot, industries: Sql | Slot) -> Sql:
    """Whether content is open to partners of this tier that serve these industries."""
    return all_of(
        [
            sql("NOT {}.archived", c),
            sql("cardinality({}.audience) = 0 OR {}::text = ANY ({}.audience)", c, tier, c),
            sql(
                "cardinality({}.industries) = 0 OR cardinality({}::text[]) = 0 OR {}",
                c,
                industries,
                share_an_industry(c, industries),
            ),
        ]
    )


def sees_content(scope: VisibilityScope, c: Sql) -> Sql:
    helps = sql(
        "EXISTS (SELECT FROM stage_content vl JOIN stage vst ON vst.id = vl.stage_id"
        " JOIN playbook vp ON vp.id = vst.playbook_id WHERE vl.content_id = {}.id AND {})",
        c,
        sees_playbook(scope, sql("vp")),
    )
    return all_of([content_for(c, TIER, INDUSTRIES), any_of([sql("NOT {}.limited", c), helps])])


CONTENT = Noun(
    model=models.Content,
    prefix="cnt",
    subject="content",
    rows=Rows(shared=True),
    seen_by=sees_content,
    # Whom else it is for is the application's own condition.
    row_security=RowSecurity(
        "NOT limited OR EXISTS (SELECT FROM stage_content vl WHERE vl.content_id = content.id)",
        Rights.READ,
        public=True,
    ),
    permissions={"upsertContent": Permission.MANAGE_CONTENT},
)

STAGE_CONTENT = Noun(model=models.StageContent, seen_by=sees_of_stage, row_security=OF_A_STAGE)

NOUNS = (CONTENT, STAGE_CONTENT)
