"""Customers: seen by who sees a deal with them, or whose organisation created them."""

from app import models
from app.database.sql import Sql, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import INTERNAL, Noun, Rows, RowSecurity, nobody
from app.nouns.opportunity import some_deal
from app.nouns.participation import OWN_DEAL, SELLS_TO, SELLS_TO_FUNCTION
from app.vocabulary import Permission


def sees_account(scope: VisibilityScope, a: Sql) -> Sql:
    of_a_deal = some_deal(scope, lambda vo: sql("{}.account_id = {}.id", vo, a))
    return any_of([sql("{}.partner_id = {}", a, ORGANIZATION), of_a_deal])


ACCOUNT = Noun(
    model=models.Account,
    prefix="acc",
    rows=Rows(of_a_deal=1),
    seen_by=sees_account,
    # With an offset, EXISTS is asked for each row; without, all customers of the partner might be collected for one.
    row_security=RowSecurity(
        f"partner_id = (SELECT {policies.ORGANIZATION})"  # noqa: S608
        f" OR EXISTS (SELECT FROM opportunity vo WHERE vo.account_id = account.id AND {OWN_DEAL} OFFSET 0)"
        f" OR {SELLS_TO}(account.id)",
        function=SELLS_TO_FUNCTION,
    ),
    subject="account",
    permissions={"upsertAccount": Permission.EDIT_OPPORTUNITY},
)

# Partners' people are led to the account that theirs went into, whose merge they don't see.
ACCOUNT_MERGE = Noun(
    model=models.AccountMerge,
    prefix="mrg",
    seen_by=nobody,
    row_security=INTERNAL,
    permissions=dict.fromkeys(("mergeAccounts", "undoAccountMerge"), Permission.MANAGE_PARTNERS),
)

NOUNS = (ACCOUNT, ACCOUNT_MERGE)
