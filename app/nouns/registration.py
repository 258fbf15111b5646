"""Registrations of deals, their policies, steps, change requests and extensions.

A partner's manager sees those of the own organisation; a seller of those the own ones and those of deals that they see.
What belongs to a registration is seen by who sees it. A policy is seen by who sees its playbook or a registration that
it rules.
"""

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rights, Rows, RowSecurity
from app.nouns.opportunity import sees_opportunity
from app.nouns.playbook import sees_playbook
from app.vocabulary import Permission


def sees_registration(scope: VisibilityScope, r: Sql) -> Sql:
    own_organization = sql("{}.partner_id = {}", r, ORGANIZATION)
    if scope is VisibilityScope.ORGANIZATION:
        return own_organization
    deal = sees_opportunity(scope, sql("vo"))
    of_a_deal = sql("EXISTS (SELECT FROM opportunity vo WHERE vo.id = {}.opportunity_id AND {})", r, deal)
    return all_of([own_organization, any_of([sql("{}.owner_id = {}", r, USER), of_a_deal])])


def sees_of_registration(scope: VisibilityScope, row: Sql) -> Sql:
    seen = sees_registration(scope, sql("vr"))
    return sql("EXISTS (SELECT FROM deal_registration vr WHERE vr.id = {}.registration_id AND {})", row, seen)


def _sees_policy(scope: VisibilityScope, p: Sql) -> Sql:
    playbook = sees_playbook(scope, sql("vp"))
    of_playbook = sql("EXISTS (SELECT FROM playbook vp WHERE vp.key = {}.playbook_key AND {})", p, playbook)
    registered = sees_registration(scope, sql("vr"))
    ruled = sql("EXISTS (SELECT FROM deal_registration vr WHERE vr.policy_id = {}.id AND {})", p, registered)
    return any_of([of_playbook, ruled])


OF_A_REGISTRATION = "EXISTS (SELECT FROM deal_registration vr WHERE vr.id = {table}.registration_id)"

REGISTRATION_POLICY = Noun(
    model=models.RegistrationPolicy,
    prefix="rpo",
    subject="registration_policy",
    rows=Rows(shared=True),
    seen_by=_sees_policy,
    row_security=RowSecurity(
        "EXISTS (SELECT FROM playbook vp WHERE vp.key = registration_policy.playbook_key)"
        " OR EXISTS (SELECT FROM deal_registration vr WHERE vr.policy_id = registration_policy.id)",
        Rights.READ,
        public=True,
    ),
    permissions={"upsertRegistrationPolicy": Permission.MANAGE_PLAYBOOKS},
)

REGISTRATION = Noun(
    model=models.DealRegistration,
    prefix="reg",
    subject="registration",
    rows=Rows(of_a_deal=1),
    seen_by=sees_registration,
    row_security=RowSecurity(
        f"partner_id = (SELECT {policies.ORGANIZATION}) AND ((SELECT {policies.SEES_ALL})"  # noqa: S608
        f" OR owner_id = (SELECT {policies.USER})"
        " OR EXISTS (SELECT FROM opportunity vo WHERE vo.id = deal_registration.opportunity_id))"
    ),
    seen_with_it=frozenset({"partner_id", "policy_id"}),
    permissions={
        "saveRegistration": Permission.REGISTER_DEALS,
        "saveRegistrations": Permission.REGISTER_DEALS,
        "submitRegistration": Permission.REGISTER_DEALS,
        "withdrawRegistration": Permission.REGISTER_DEALS,
        "startReview": Permission.REVIEW_REGISTRATIONS,
        "requestChanges": Permission.REVIEW_REGISTRATIONS,
        "approveRegistration": Permission.REVIEW_REGISTRATIONS,
        "rejectRegistration": Permission.REVIEW_REGISTRATIONS,
        "requestExtension": Permission.REGISTER_DEALS,
        "extendRegistration": Permission.REVIEW_REGISTRATIONS,
        "revokeRegistration": Permission.REVIEW_REGISTRATIONS,
        "reinstateRegistration": Permission.REVIEW_REGISTRATIONS,
        "resolveConflict": Permission.REVIEW_REGISTRATIONS,
    },
)

REGISTRATION_STEP = Noun(
    model=models.RegistrationStep,
    prefix="rst",
    seen_by=sees_of_registration,
    row_security=RowSecurity(OF_A_REGISTRATION, Rights.APPEND),
    seen_with_it=frozenset({"registration_id"}),
    seen_with_owner=frozenset({"registration_id"}),
)

CHANGE_REQUEST = Noun(
    model=models.ChangeRequest,
    prefix="rcr",
    seen_by=sees_of_registration,
    row_security=RowSecurity(OF_A_REGISTRATION),
    seen_with_it=frozenset({"registration_id"}),
    seen_with_owner=frozenset({"registration_id"}),
)

REGISTRATION_EXTENSION = Noun(
    model=models.RegistrationExtension,
    prefix="rex",
    seen_by=sees_of_registration,
    row_security=RowSecurity(OF_A_REGISTRATION),
    seen_with_it=frozenset({"registration_id"}),
    seen_with_owner=frozenset({"registration_id"}),
)

NOUNS = (REGISTRATION_POLICY, REGISTRATION, REGISTRATION_STEP, CHANGE_REQUEST, REGISTRATION_EXTENSION)
