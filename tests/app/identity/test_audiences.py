"""Who sees a deal is said twice, in SQL for reading and in Python for delivering: both say the same."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from random import Random
from uuid import UUID

from app.database import Database
from app.events.facts import opportunity_came, opportunity_left, opportunity_updated
from app.events.log import LoggedEvent, append, read
from app.events.visible import hearers, sees
from app.identity.scopes import NOBODY, VENDOR, anyone_of, audience_of, shared_answer_key
from app.identity.viewer import Viewer
from app.models import Account, DealPartner, Opportunity, Organization, Playbook, Stage, TeamMember, User
from app.models.columns import new_id
from app.vocabulary import EventType, ForecastCategory, InvitationStatus, OrganizationKind, PartnerTier, Role, StageKind

AT = datetime(2026, 3, 2, tzinfo=UTC)
DEALS, SEED = 60, 20260302


async def people() -> list[Viewer]:
    """A vendor with one of each role, and three partners with a manager and three sellers each."""
    found = []
    for key in ("vendor", "ash", "birch", "cedar"):
        kind = OrganizationKind.VENDOR if key == "vendor" else OrganizationKind.PARTNER
        tier = None if key == "vendor" else PartnerTier.SILVER
        organization = await Organization.create(key=key, name=key, kind=kind, tier=tier)
        roles = [Role.VENDOR_ADMIN, Role.CHANNEL_MANAGER]
        if kind is OrganizationKind.PARTNER:
            roles = [Role.PARTNER_MANAGER, *[Role.PARTNER_SELLER] * 3]
        for role in roles:
            user = await User.create(organization=organization, name=role, role=role)
            found.append(Viewer(user.id, organization.id, kind, role, tier=tier))
    return found


async def deals(viewers: list[Viewer]) -> list[UUID]:
    """Of any partner or none, owned by and shared with anybody or nobody, also across organisations."""
    dice = Random(SEED)
    playbook = await Playbook.create(key="software", version=1, name="Software", published_at=AT)
    stage = await Stage.create(
        playbook=playbook,
        key="qualify",
        name="Qualify",
        position=1,
        kind=StageKind.OPEN,
        win_probability=0.2,
        forecast_category=ForecastCategory.PIPELINE,
        published=True,
    )
    account = await Account.create(name="Account")
    partners = [*{v.organization_id for v in viewers if not v.is_vendor}, None]
    made = []
    for _ in range(DEALS):
        deal = await Opportunity.create(
            id=new_id(),
            name="Deal",
            account=account,
            partner_id=dice.choice(partners),
            owner_id=dice.choice([*(v.user_id for v in viewers), None]),
            playbook=playbook,
            stage=stage,
            entered_stage_at=AT,
        )
        for viewer in dice.sample(viewers, dice.choice((0, 0, 1, 3))):
            await TeamMember.create(opportunity=deal, user_id=viewer.user_id)
        for along in dice.sample(
            sorted({v.organization_id for v in viewers if not v.is_vendor}), dice.choice((0, 1, 2))
        ):
            status = dice.choice([InvitationStatus.ACCEPTED, *InvitationStatus])
            await DealPartner.create(opportunity=deal, partner_id=along, status=status)
        made.append(deal.id)
    return made


async def events_of(database: Database, viewers: list[Viewer], made: list[UUID]) -> list[LoggedEvent]:
    """Several of each deal: for all, for some partner alone, and for some of its readers alone."""
    dice = Random(SEED)
    partners = [v.organization_id for v in viewers if not v.is_vendor]
    readers = [*partners, *(v.user_id for v in viewers if not v.is_vendor)]
    async with database.transaction() as tx:
        for deal in made:
            event = opportunity_updated(deal, fields=["name"], actor_id=None)
            alone, some = dice.choice(partners), dice.sample(readers, 5)
            await append(
                tx,
                event,
                replace(event, partner_id=alone),
                opportunity_left(deal, partner_id=alone, readers=some),
                opportunity_came(deal, partner_id=alone, readers=some),
            )
    return await read(database, limit=1_000)


async def test_python_and_sql_agree_on_every_viewer_of_every_deal(database: Database) -> None:
    viewers = await people()
    events = await events_of(database, viewers, await deals(viewers))
    before = database.statements
    heard = await hearers(database, events, {audience_of(viewer) for viewer in viewers})
    assert database.statements == before + 1
    seen = Counter[str]()
    for viewer, event in product(viewers, events):
        in_python = audience_of(viewer) in heard[event.seq]
        assert in_python == await sees(database, viewer, event), (viewer.role, event)
        seen[event.type] += in_python
    assert 2 * DEALS < seen[EventType.OPPORTUNITY_UPDATED] < DEALS * len(viewers)
    for type_ in (EventType.OPPORTUNITY_LEFT, EventType.OPPORTUNITY_CAME):
        assert 2 * DEALS < seen[type_] < 5 * DEALS  # the vendor's two, and some of the others


async def test_no_audience_is_named_twice(database: Database) -> None:
    viewers = await people()
    events = await events_of(database, viewers, await deals(viewers))
    of_all = [event for event in events if event.readers is None]
    for named in (await hearers(database, of_all, {audience_of(viewer) for viewer in viewers})).values():
        assert len(named) == len(set(named))
        assert next(iter(named)) == VENDOR


async def test_people_share_a_perspective_only_where_no_answer_could_tell_them_apart(database: Database) -> None:
    admin, channel_manager, manager, seller, colleague, *_ = await people()
    other = Viewer(new_id(), admin.organization_id, admin.organization_kind, Role.VENDOR_ADMIN)
    shared = shared_answer_key(admin, personal=False)
    assert shared == shared_answer_key(other, personal=False)
    assert shared_answer_key(admin, personal=True) != shared_answer_key(other, personal=True)
    assert shared_answer_key(channel_manager, personal=False) != shared
    speaks_german = Viewer(other.user_id, other.organization_id, other.organization_kind, other.role, language="de")
    assert shared_answer_key(speaks_german, personal=False) != shared
    assert shared_answer_key(seller, personal=False) != shared_answer_key(colleague, personal=False)
    assert anyone_of(admin, shared).user_id == anyone_of(manager, shared_answer_key(manager, personal=False)).user_id
    assert anyone_of(admin, shared).user_id == NOBODY
    assert anyone_of(seller, shared_answer_key(seller, personal=False)) == seller
    assert anyone_of(admin, shared_answer_key(admin, personal=True)) == admin
