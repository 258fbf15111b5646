"""Changes of deals' fields. Facts are seen by whoever sees the deal, as they go with it from partner to partner. Words,
what was expected of it, owners and partners are for the vendor and for who led the deal then; whom it came to is told
that it came."""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rights, Rows, RowSecurity
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.policies import OF_A_DEAL

FACTS = ("amount", "currency", "expectedCloseDate", "playbook", "stage", "status")
_FACTS = ", ".join(f"'{name}'" for name in FACTS)


def sees_field_change(scope: VisibilityScope, c: Sql) -> Sql:
    fact = sql(f"{{}}.field IN ({_FACTS})", c)
    own_time = sql("{}.partner_id = {}", c, ORGANIZATION)
    own_transfer = all_of(
        [
            sql("{}.field = 'partner'", c),
            any_of([sql(f"{{}}.{side}_partner_id = {{}}", c, ORGANIZATION) for side in ("before", "after")]),
        ]
    )
    return all_of([any_of([fact, own_time, own_transfer]), sees_of_opportunity(scope, c)])


_ORGANIZATION = f"(SELECT {policies.ORGANIZATION})"

FIELD_CHANGE = Noun(
    model=models.FieldChange,
    prefix="chg",
    rows=Rows(of_a_deal=5),
    seen_by=sees_field_change,
    row_security=RowSecurity(
        f"(field IN ({_FACTS}) OR partner_id = {_ORGANIZATION} OR (field = 'partner'"
        f" AND (before_partner_id = {_ORGANIZATION} OR after_partner_id = {_ORGANIZATION}))) AND {OF_A_DEAL}",
        Rights.READ,
    ),
    seen_with_it=frozenset({"opportunity_id"}),
)

NOUNS = (FIELD_CHANGE,)
