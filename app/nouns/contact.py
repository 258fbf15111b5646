"""People at customers: seen by who sees their customer, where they are the vendor's record or the own organisation's.
What another partner knows of the same customer's people is nobody else's."""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.account import sees_account
from app.nouns.noun import Noun, Rows, RowSecurity
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.policies import OF_A_DEAL
from app.vocabulary import Permission


def sees_contact(scope: VisibilityScope, c: Sql) -> Sql:
    account = sees_account(scope, sql("va"))
    whose = any_of([sql("{}.partner_id IS NULL", c), sql("{}.partner_id = {}", c, ORGANIZATION)])
    return all_of([whose, sql("EXISTS (SELECT FROM account va WHERE va.id = {}.account_id AND {})", c, account)])


def _sees_link(scope: VisibilityScope, row: Sql) -> Sql:
    contact = sees_contact(scope, sql("vct"))
    seen = sql("EXISTS (SELECT FROM contact vct WHERE vct.id = {}.contact_id AND {})", row, contact)
    return all_of([sees_of_opportunity(scope, row), seen])


CONTACT = Noun(
    model=models.Contact,
    prefix="con",
    subject="contact",
    rows=Rows(of_a_deal=2),
    seen_by=sees_contact,
    row_security=RowSecurity(
        f"(partner_id IS NULL OR partner_id = (SELECT {policies.ORGANIZATION}))"  # noqa: S608
        " AND EXISTS (SELECT FROM account va WHERE va.id = contact.account_id)"
    ),
    seen_with_it=frozenset({"account_id", "partner_id"}),
    permissions=dict.fromkeys(("upsertContact", "removeContact"), Permission.EDIT_OPPORTUNITY),
)

OPPORTUNITY_CONTACT = Noun(
    model=models.OpportunityContact,
    seen_by=_sees_link,
    row_security=RowSecurity(f"{OF_A_DEAL} AND EXISTS (SELECT FROM contact vct WHERE vct.id = contact_id)"),
    seen_with_it=frozenset({"opportunity_id", "contact_id"}),
    permissions={"setDealContacts": Permission.EDIT_OPPORTUNITY},
)

NOUNS = (CONTACT, OPPORTUNITY_CONTACT)
