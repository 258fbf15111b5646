"""Participation in a deal: by its own partner, by partners that sell along, and by name.

Conditions on a deal `o` say it of one row, as fast as by key. `by_lead` and `by_invitation` part the deals that
somebody sees into two sets without overlap, each found by an index of its own: who lists many deals, reads the one and
then the other (`app.identity.visibility.in_parts`).
"""

from app.database.sql import TRUE, Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies

_ACCEPTED = "vd.status = 'ACCEPTED' AND vd.role <> 'LEAD'"
"""Who was asked to lead a deal sees it as long as it leads it, and not by the invitation."""
_ON_TEAM = "EXISTS (SELECT FROM team_member vs WHERE vs.opportunity_id = {} AND vs.user_id = {})"
_SELLS_ALONG = (
    f"EXISTS (SELECT FROM deal_partner vd WHERE vd.opportunity_id = {{}} AND vd.partner_id = {{}} AND {_ACCEPTED})"
)
_SOLD_ALONG = f"{{}} IN (SELECT vd.opportunity_id FROM deal_partner vd WHERE vd.partner_id = {{}} AND {_ACCEPTED})"  # noqa: S608
_TEAM_DEALS = "{} IN (SELECT vs.opportunity_id FROM team_member vs WHERE vs.user_id = {})"


def takes_part(scope: VisibilityScope, o: Sql) -> Sql:
    """Whether the deal `o` exists for the viewer. Of the own organisation's, nothing else is asked."""
    own = sql("{}.partner_id = {}", o, ORGANIZATION)
    along = sql(_SELLS_ALONG, sql("{}.id", o), ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return any_of([own, along])
    on_team = sql(_ON_TEAM, sql("{}.id", o), USER)
    owned = all_of([own, sql("{}.owner_id = {}", o, USER)])
    return any_of([owned, all_of([on_team, any_of([own, along])])])


def edits(scope: VisibilityScope, o: Sql) -> Sql:
    """Whether the viewer, who sees the deal `o`, may change it."""
    named = sql(
        "EXISTS (SELECT FROM team_member ve WHERE ve.opportunity_id = {}.id AND ve.user_id = {}"
        " AND ve.access = 'EDIT')",
        *(o, USER),
    )
    own = sql("{}.partner_id = {}", o, ORGANIZATION)
    match scope:
        case VisibilityScope.EVERYTHING:
            return TRUE
        case VisibilityScope.ORGANIZATION:
            along = sql(
                "EXISTS (SELECT FROM deal_partner ve WHERE ve.opportunity_id = {}.id AND ve.partner_id = {}"
                " AND ve.status = 'ACCEPTED' AND ve.role <> 'LEAD' AND ve.access = 'EDIT')",
                *(o, ORGANIZATION),
            )
            return any_of([own, along, named])
        case VisibilityScope.OWN_AND_SHARED:
            return any_of([all_of([own, sql("{}.owner_id = {}", o, USER)]), named])


def words_of(scope: VisibilityScope, w: Sql) -> Sql:
    """As `takes_part`, of the row `w` of words; of many rows in turn, so what is looked up is looked up once."""
    own = sql("{}.partner_id = {}", w, ORGANIZATION)
    deal = sql("{}.opportunity_id", w)
    along = sql(_SOLD_ALONG, deal, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return any_of([own, along])
    on_team = sql(_TEAM_DEALS, deal, USER)
    owned = all_of([own, sql("{}.owner_id = {}", w, USER)])
    return any_of([owned, all_of([on_team, any_of([own, along])])])


def led_by_viewer(deal: Sql) -> Sql:
    """Whether the viewer's organisation leads the deal of this id, which they see. Where it sells none along, it does:
    that is asked once for all rows."""
    return sql(
        f"(NOT EXISTS (SELECT FROM deal_partner vd WHERE vd.partner_id = {{}} AND {_ACCEPTED})"  # noqa: S608
        " OR EXISTS (SELECT FROM opportunity vo WHERE vo.id = {} AND vo.partner_id = {}))",
        *(ORGANIZATION, deal, ORGANIZATION),
    )


def by_lead(row: Sql) -> Sql:
    """Of the own organisation's deals; `row` has their `partner_id`."""
    return sql("{}.partner_id = {}", row, ORGANIZATION)


def by_invitation(row: Sql, deal: Sql) -> Sql:
    """Of those that it sells along: few. `deal`: the row's column of the deal's id."""
    others = sql("{}.partner_id IS DISTINCT FROM {}", row, ORGANIZATION)
    return all_of([others, sql(_SOLD_ALONG, deal, ORGANIZATION)])


OWN_DEAL = f"vo.partner_id = (SELECT {policies.ORGANIZATION})"
SELLS_ALONG, SEES_DEAL, SELLS_WITH, SELLS_TO = "sells_along", "sees_deal", "sells_with", "sells_along_to"

# In a subquery, a value is read once for all rows, and PostgreSQL plans for some partner. It would look it up by
# itself, before a statement has set it, find null, and plan for no row at all. What is asked of deals that aren't the
# own organisation's, or by name, is in functions: they cost nothing where they aren't called, and as their owner they
# read what policies turn in a circle about.
DEAL_POLICY = (
    f"CASE WHEN partner_id = (SELECT {policies.ORGANIZATION}) THEN (SELECT {policies.SEES_ALL})"  # noqa: S608
    f" OR owner_id = {policies.USER} OR EXISTS (SELECT FROM team_member vs WHERE vs.opportunity_id = opportunity.id"
    f" AND vs.user_id = {policies.USER}) ELSE {SELLS_ALONG}(opportunity.id) END"
)
WORDS_POLICY = (
    f"CASE WHEN partner_id = (SELECT {policies.ORGANIZATION}) THEN (SELECT {policies.SEES_ALL})"  # noqa: S608
    f" OR owner_id = (SELECT {policies.USER}) OR opportunity_id IN (SELECT vs.opportunity_id FROM team_member vs"
    f" WHERE vs.user_id = (SELECT {policies.USER})) ELSE {SELLS_ALONG}(opportunity_id) END"
)


def _function(name: str, body: str) -> str:
    """Its price is high, so that PostgreSQL looks for rows by an index before it asks this of each."""
    return (
        f"CREATE OR REPLACE FUNCTION {name}(asked uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE COST 5000"
        f" SECURITY DEFINER SET search_path = pg_catalog, public AS $seen$ BEGIN RETURN {body}; END $seen$"
    )


_NAMED = f"EXISTS (SELECT FROM team_member vs WHERE vs.opportunity_id = asked AND vs.user_id = {policies.USER})"
FUNCTIONS = ";\n".join(
    (
        _function(
            SELLS_ALONG,
            "EXISTS (SELECT FROM deal_partner vd WHERE vd.opportunity_id = asked"
            f" AND vd.partner_id = {policies.ORGANIZATION} AND {_ACCEPTED}) AND ({policies.SEES_ALL} OR {_NAMED})",
        ),
        _function(SEES_DEAL, f"EXISTS (SELECT FROM opportunity WHERE opportunity.id = asked AND {DEAL_POLICY})"),
    )
)
SELLS_WITH_FUNCTION = _function(
    SELLS_WITH,
    "EXISTS (SELECT FROM deal_partner vp WHERE vp.partner_id = asked"  # noqa: S608
    f" AND (({policies.SEES_ALL} AND vp.inviter_id = {policies.ORGANIZATION})"
    f" OR (vp.status = 'ACCEPTED' AND {SEES_DEAL}(vp.opportunity_id))))"
    " OR EXISTS (SELECT FROM deal_partner vq JOIN opportunity vl ON vl.id = vq.opportunity_id"
    f" WHERE vq.partner_id = {policies.ORGANIZATION} AND vq.status = 'ACCEPTED' AND vl.partner_id = asked"
    f" AND {SEES_DEAL}(vl.id))",
)
SELLS_TO_FUNCTION = _function(
    SELLS_TO,
    "EXISTS (SELECT FROM deal_partner vd JOIN opportunity vo ON vo.id = vd.opportunity_id"
    f" WHERE vd.partner_id = {policies.ORGANIZATION} AND {_ACCEPTED} AND vo.account_id = asked"
    f" AND {SEES_DEAL}(vo.id))",
)
