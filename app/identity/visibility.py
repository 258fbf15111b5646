"""What a viewer may see, as the SQL condition of every table. Every read goes through `visible()`.

The text of a condition depends on the viewer's `Sight` alone; who the viewer is travels in slots (`slots_of`). So a
statement is composed once for each of the three sights and shared by all viewers.

- The vendor's people see everything.
- A partner manager sees the deals of the own organisation; a partner seller of those the own and the shared ones.
- What belongs to a deal is seen by who sees the deal; an account by who sees a deal with it or whose organisation
  created it.
- A next best action is seen by who sees its deal and all content that it speaks of, if it was given to the same
  partner. Rules of guidance and what was learned or spent are the vendor's.
- What happened and what was written in a deal while another partner had it is the vendor's and that partner's.
- Partners see playbooks from their first publication on (deals keep pointing at archived versions), unless these are
  limited to other partners, and those that a deal they see is on (imported deals may stand on a draft), content that
  is meant for their tier and industries and helps on a playbook that they see, or on none, their own organisation and
  the vendor, and the people of both.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.database.sql import FALSE, TRUE, Slot, Sql, all_of, any_of, sql
from app.identity.viewer import Viewer
from app.languages import anywhere
from app.settings import settings
from app.vocabulary import PartnerTier, Role

ORGANIZATION = Slot("viewer.organization_id")
USER = Slot("viewer.user_id")
TIER = Slot("viewer.tier")
INDUSTRIES = Slot("viewer.industries")
LANGUAGE = Slot("viewer.language")
SPOKEN, SPOKEN_ANYWHERE = Slot("viewer.spoken"), Slot("viewer.spoken_anywhere")
"""The viewer's language in small letters, as it is and without a region (a script stays)."""
PROGRAMME_LANGUAGE = Slot("programme.language")


class Sight(StrEnum):
    EVERYTHING = "EVERYTHING"
    ORGANIZATION = "ORGANIZATION"
    OWN_AND_SHARED = "OWN_AND_SHARED"


def sight_of(viewer: Viewer) -> Sight:
    if viewer.is_vendor:
        return Sight.EVERYTHING
    return Sight.OWN_AND_SHARED if viewer.role is Role.PARTNER_SELLER else Sight.ORGANIZATION


def slots_of(viewer: Viewer) -> Mapping[str, object]:
    known: Mapping[str, object] | None = viewer.noted.get("slots")
    if known is None:
        known = viewer.noted["slots"] = _slots(viewer)
    return known


def _slots(viewer: Viewer) -> Mapping[str, object]:
    return {
        ORGANIZATION.name: viewer.organization_id,
        USER.name: viewer.user_id,
        TIER.name: viewer.tier.value if viewer.tier else None,
        INDUSTRIES.name: list(viewer.industries),
        LANGUAGE.name: viewer.language,
        SPOKEN.name: viewer.language.lower(),
        SPOKEN_ANYWHERE.name: anywhere(viewer.language),
        PROGRAMME_LANGUAGE.name: settings().default_language,
    }


class Audience(NamedTuple):
    """Viewers who see the same deals: all of the vendor, all managers of one partner, or one seller."""

    sight: Sight
    organization_id: UUID | None = None
    user_id: UUID | None = None


VENDOR = Audience(Sight.EVERYTHING)


def audience_of(viewer: Viewer) -> Audience:
    match sight_of(viewer):
        case Sight.EVERYTHING:
            return VENDOR
        case Sight.ORGANIZATION:
            return Audience(Sight.ORGANIZATION, viewer.organization_id)
        case Sight.OWN_AND_SHARED:
            return Audience(Sight.OWN_AND_SHARED, viewer.organization_id, viewer.user_id)


class Parties(NamedTuple):
    """All of a deal that decides who sees it. `alone_for`: of an event, the only partner that it is for, if any."""

    partner_id: UUID | None
    owner_id: UUID | None
    shared_with: Collection[UUID] = ()
    alone_for: UUID | None = None


def readers_of(audiences: Iterable[Audience]) -> list[UUID]:
    """Partners' audiences as the log names them: an organisation stands for its managers, a user for one seller."""
    return [one.user_id or one.organization_id for one in audiences if one.organization_id is not None]


def audiences_of(deal: Parties) -> Iterator[Audience]:
    """Every audience that sees the deal, once each. Says the same as `_opportunity` below says in SQL."""
    yield VENDOR
    if deal.partner_id is None or deal.alone_for not in (None, deal.partner_id):
        return
    yield Audience(Sight.ORGANIZATION, deal.partner_id)
    for user_id in {*deal.shared_with, deal.owner_id} - {None}:
        yield Audience(Sight.OWN_AND_SHARED, deal.partner_id, user_id)


NOBODY = UUID(int=0)


class Perspective(NamedTuple):
    """All of a viewer that an answer may depend on, so that those who share it may share the answer.

    `person`: the viewer's id, where what is asked depends on the very person.
    """

    audience: Audience
    role: Role
    organization_id: UUID
    tier: PartnerTier | None
    industries: tuple[str, ...]
    language: str
    person: UUID | None


def perspective_of(viewer: Viewer, *, personal: bool) -> Perspective:
    audience = audience_of(viewer)
    person = viewer.user_id if personal or audience.user_id is not None else None
    return Perspective(
        audience, viewer.role, viewer.organization_id, viewer.tier, viewer.industries, viewer.language, person
    )


def anyone_of(viewer: Viewer, perspective: Perspective) -> Viewer:
    """Who stands for all viewers of the perspective: nobody in person, unless they all are one."""
    return viewer if perspective.person is not None else replace(viewer, user_id=NOBODY)


class UnknownTable(Exception):
    """A table without a visibility condition must not be read."""


def tables() -> Collection[str]:
    """Those that a viewer may read of."""
    return _CONDITIONS.keys()


_lifted = False


def lift_conditions() -> None:
    """Let every viewer see everything, from before the first statement on. No setting leads here: it is for tests that
    show what the conditions hold, and what the wall in PostgreSQL (`walls`) holds without them."""
    global _lifted
    _lifted = True


def visible(sight: Sight, table: str, alias: str) -> Sql:
    """The condition under which a row of `table`, called `alias` in the statement, exists for a viewer."""
    condition = condition_of(sight, table, alias)
    return TRUE if _lifted else condition


def condition_of(sight: Sight, table: str, alias: str) -> Sql:
    """As `visible`, for the wall: it stands whatever the application's statements ask."""
    condition = _CONDITIONS.get(table)
    if condition is None:
        raise UnknownTable(table)
    # Bracketed, so that it can't fall apart beside another condition.
    return TRUE if sight is Sight.EVERYTHING else sql("({})", condition(sight, sql(alias)))


def _opportunity(sight: Sight, o: Sql) -> Sql:
    own_organization = sql("{}.partner_id = {}", o, ORGANIZATION)
    if sight is Sight.ORGANIZATION:
        return own_organization
    shared = sql(
        "EXISTS (SELECT FROM opportunity_share vs WHERE vs.opportunity_id = {}.id AND vs.user_id = {})", o, USER
    )
    return all_of([own_organization, any_of([sql("{}.owner_id = {}", o, USER), shared])])


def _opportunity_words(sight: Sight, w: Sql) -> Sql:
    """As of the deal; of many rows in turn, so what is shared is looked up once for all."""
    own_organization = sql("{}.partner_id = {}", w, ORGANIZATION)
    if sight is Sight.ORGANIZATION:
        return own_organization
    shared = sql(
        "{}.opportunity_id IN (SELECT vs.opportunity_id FROM opportunity_share vs WHERE vs.user_id = {})", w, USER
    )
    return all_of([own_organization, any_of([sql("{}.owner_id = {}", w, USER), shared])])


def _of_opportunity(sight: Sight, row: Sql) -> Sql:
    deal = _opportunity(sight, sql("vo"))
    return sql("EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {})", row, deal)


def _account(sight: Sight, a: Sql) -> Sql:
    deal = _opportunity(sight, sql("vo"))
    of_a_deal = sql("EXISTS (SELECT FROM opportunity vo WHERE vo.account_id = {}.id AND {})", a, deal)
    return any_of([sql("{}.partner_id = {}", a, ORGANIZATION), of_a_deal])


def _organization(_: Sight, g: Sql) -> Sql:
    return any_of([sql("{}.id = {}", g, ORGANIZATION), sql("{}.kind = 'VENDOR'", g)])


def _user(_: Sight, u: Sql) -> Sql:
    of_the_vendor = sql(
        "EXISTS (SELECT FROM organization vg WHERE vg.id = {}.organization_id AND vg.kind = 'VENDOR')", u
    )
    return any_of([sql("{}.organization_id = {}", u, ORGANIZATION), of_the_vendor])


def _deal_on_playbook(sight: Sight, playbook_id: Sql) -> Sql:
    deal = _opportunity(sight, sql("vo"))
    return sql("EXISTS (SELECT FROM opportunity vo WHERE vo.playbook_id = {} AND {})", playbook_id, deal)


def available(p: Sql, partner: Sql | Slot, tier: Sql | Slot) -> Sql:
    """Whether a playbook is for a partner of this id and tier."""
    return any_of(
        [
            sql("cardinality({}.available_to_partners) + cardinality({}.available_to_tiers) = 0", p, p),
            sql("{}::uuid = ANY ({}.available_to_partners)", partner, p),
            sql("{}::text = ANY ({}.available_to_tiers)", tier, p),
        ]
    )


def takes_deals_of(p: Sql, partner: Slot) -> Sql:
    """Whether deals of this partner, or (null) the vendor's own, may be on a playbook."""
    tier = sql("(SELECT pg.tier FROM organization pg WHERE pg.id = {})", partner)
    return any_of([sql("{}::uuid IS NULL", partner), available(p, partner, tier)])


def _playbook(sight: Sight, p: Sql) -> Sql:
    shown = all_of([sql("{}.published_at IS NOT NULL", p), available(p, ORGANIZATION, TIER)])
    return any_of([shown, _deal_on_playbook(sight, sql("{}.id", p))])


def _of_playbook(sight: Sight, row: Sql) -> Sql:
    return sql("EXISTS (SELECT FROM playbook vp WHERE vp.id = {}.playbook_id AND {})", row, _playbook(sight, sql("vp")))


def _stage(sight: Sight, s: Sql) -> Sql:
    return any_of([sql("{}.published", s), _of_playbook(sight, s)])


def _of_stage(sight: Sight, row: Sql) -> Sql:
    return sql("EXISTS (SELECT FROM stage vst WHERE vst.id = {}.stage_id AND {})", row, _stage(sight, sql("vst")))


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


def _content(sight: Sight, c: Sql) -> Sql:
    helps = sql(
        "EXISTS (SELECT FROM stage_content vl JOIN stage vst ON vst.id = vl.stage_id"
        " JOIN playbook vp ON vp.id = vst.playbook_id WHERE vl.content_id = {}.id AND {})",
        c,
        _playbook(sight, sql("vp")),
    )
    return all_of([content_for(c, TIER, INDUSTRIES), any_of([sql("NOT {}.limited", c), helps])])


def _event(sight: Sight, e: Sql) -> Sql:
    """What happened while another partner had the deal is that one's and the vendor's alone. That a deal has left is
    for those who saw it before."""
    reader = USER if sight is Sight.OWN_AND_SHARED else ORGANIZATION
    deal, playbook, content = _opportunity(sight, sql("vo")), _playbook(sight, sql("vp")), _content(sight, sql("vc"))
    return sql(
        "CASE WHEN {}.type = 'OPPORTUNITY_LEFT' THEN {}.partner_id = {} AND {} = ANY ({}.readers)"
        " WHEN {}.opportunity_id IS NOT NULL"
        " THEN ({}.partner_id IS NULL OR {}.partner_id = {}) AND ({}.readers IS NULL OR {} = ANY ({}.readers))"
        "  AND EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {})"
        " WHEN {}.playbook_id IS NOT NULL"
        " THEN EXISTS (SELECT FROM playbook vp WHERE vp.id = {}.playbook_id AND {})"
        " WHEN {}.content_id IS NOT NULL"
        " THEN EXISTS (SELECT FROM content vc WHERE vc.id = {}.content_id AND {})"
        " ELSE FALSE END",
        *(e, e, ORGANIZATION, reader, e),
        *(e, e, e, ORGANIZATION, e, reader, e, e, deal),
        *(e, e, playbook, e, e, content),
    )


def _action(sight: Sight, n: Sql) -> Sql:
    hidden = sql(
        "EXISTS (SELECT FROM action_content vac JOIN content vc ON vc.id = vac.content_id"
        " WHERE vac.action_id = {}.id AND ({}) IS NOT TRUE)",
        n,
        _content(sight, sql("vc")),
    )
    own = sql("{}.partner_id = {}", n, ORGANIZATION)
    return all_of([own, _of_opportunity(sight, n), sql("NOT {}", hidden)])


def _of_action(sight: Sight, row: Sql) -> Sql:
    return sql(
        "EXISTS (SELECT FROM next_best_action vna WHERE vna.id = {}.action_id AND {})", row, _action(sight, sql("vna"))
    )


def _nobody(_: Sight, __: Sql) -> Sql:
    return FALSE


_CONDITIONS: Mapping[str, Callable[[Sight, Sql], Sql]] = {
    "opportunity": _opportunity,
    "opportunity_words": _opportunity_words,
    "opportunity_share": _of_opportunity,
    "qualification_answer": _of_opportunity,
    "criterion_mark": _of_opportunity,
    "former_mark": _of_opportunity,
    "correction": _of_opportunity,
    "opportunity_activity": _of_opportunity,
    "stage_transition": _of_opportunity,
    "account": _account,
    "organization": _organization,
    "user_account": _user,
    "playbook": _playbook,
    "qualification_question": _of_playbook,
    "stage": _stage,
    "criterion": _of_stage,
    "activity": _of_stage,
    "stage_content": _of_stage,
    "content": _content,
    "event": _event,
    "handover": _nobody,
    "kept_text": _nobody,
    "recommendation": _of_opportunity,
    "next_best_action": _action,
    "action_content": _of_action,
    "guidance_rule": _nobody,
    "playbook_prompt": _nobody,
    "model_budget": _nobody,
    "model_call": _nobody,
    "stage_history": _nobody,
    "partner_history": _nobody,
    "action_outcome": _nobody,
    "action_effect": _nobody,
    "benchmark_day": _nobody,
    "stage_benchmark": _nobody,
    "action_benchmark": _nobody,
}

_SEEN_WITH_THE_ROW = frozenset(
    {
        "opportunity.account_id",
        "opportunity.partner_id",
        "opportunity.playbook_id",
        "opportunity.stage_id",
        "stage_transition.opportunity_id",
        "stage_transition.from_stage_id",
        "stage_transition.to_stage_id",
        "former_mark.transition_id",
        "stage.playbook_id",
        "criterion.stage_id",
        "activity.stage_id",
        "next_best_action.opportunity_id",
        "next_best_action.criterion_id",
        "next_best_action.activity_id",
        "next_best_action.target_stage_id",
    }
)
_SEEN_WITH_THE_OWNER = frozenset(
    {
        "stage_transition.opportunity_id",
        "former_mark.opportunity_id",
        "correction.opportunity_id",
        "stage.playbook_id",
        "criterion.stage_id",
        "activity.stage_id",
        "qualification_question.playbook_id",
    }
)


def visible_to_one(sight: Sight, reference: str, table: str, alias: str) -> Sql:
    """`visible` for the row that a visible row's foreign key `reference` (`opportunity.account_id`) points at.

    Where the rules above say that it is seen by whoever sees the row that points at it, nothing is left to ask.
    """
    return TRUE if reference in _SEEN_WITH_THE_ROW else visible(sight, table, alias)


def visible_of_one(sight: Sight, reference: str, table: str, alias: str) -> Sql:
    """`visible` for the rows of `table` whose foreign key `reference` (`stage.playbook_id`) names a visible row."""
    return TRUE if reference in _SEEN_WITH_THE_OWNER else visible(sight, table, alias)
