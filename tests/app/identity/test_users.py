import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import Database, use
from app.identity.users import TTL_SECONDS, Viewers, forget, viewer_of
from app.identity.viewer import Viewer
from app.models import Organization, User
from app.models.columns import new_id
from app.vocabulary import OrganizationKind, PartnerTier, Role


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def viewers(clock: Clock) -> Viewers:
    return Viewers(clock=clock)


@pytest.fixture
async def partner(database: Database) -> Organization:
    return await Organization.create(
        key="partner",
        name="Partner",
        kind=OrganizationKind.PARTNER,
        tier=PartnerTier.GOLD,
        industries=["manufacturing", "telecom"],
    )


@pytest.fixture
async def seller(partner: Organization) -> User:
    return await User.create(
        organization=partner, name="Seller", role=Role.PARTNER_SELLER, language="de", subject="idp|7"
    )


def expected(user: User, partner: Organization) -> Viewer:
    return Viewer(
        user_id=user.id,
        organization_id=partner.id,
        organization_kind=OrganizationKind.PARTNER,
        role=Role.PARTNER_SELLER,
        language="de",
        tier=PartnerTier.GOLD,
        industries=("manufacturing", "telecom"),
    )


async def rename(user: User, language: str) -> None:
    await User.filter(id=user.id).update(language=language)


async def test_a_viewer_is_known_by_subject_with_all_that_decides_their_sight(
    seller: User, partner: Organization
) -> None:
    assert await viewer_of("idp|7") == expected(seller, partner)


async def test_a_vendors_viewer_has_neither_tier_nor_industries(database: Database) -> None:
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    admin = await User.create(organization=vendor, name="Admin", role=Role.VENDOR_ADMIN)
    assert await viewer_of(str(admin.id)) == Viewer(admin.id, vendor.id, OrganizationKind.VENDOR, Role.VENDOR_ADMIN)


async def test_a_user_with_a_subject_is_not_known_by_id(seller: User) -> None:
    assert await viewer_of(str(seller.id)) is None


async def test_an_id_counts_in_one_spelling(partner: Organization) -> None:
    user = await User.create(organization=partner, name="Seller", role=Role.PARTNER_SELLER)
    assert await viewer_of(str(user.id)) is not None
    for other in (str(user.id).upper(), user.id.hex, f"{{{user.id}}}", f"urn:uuid:{user.id}", f" {user.id}"):
        assert await viewer_of(other) is None


async def test_a_subject_wins_over_an_id_even_when_its_user_is_inactive(seller: User, partner: Organization) -> None:
    other = await User.create(organization=partner, name="Other", role=Role.PARTNER_MANAGER)
    await User.filter(id=seller.id).update(subject=str(other.id))
    found = await viewer_of(str(other.id))
    assert found is not None
    assert found.user_id == seller.id
    await User.filter(id=seller.id).update(active=False)
    forget(seller.id)
    assert await viewer_of(str(other.id)) is None


@pytest.mark.parametrize(
    "subject", ["", "idp|8", "IDP|7", "idp|7 ", str(UUID(int=0)), "idp|7\0", "\ud800", "x\n", "s" * 256, "' OR 1=1 --"]
)
async def test_an_unknown_subject_is_nobody(seller: User, subject: str) -> None:
    assert await viewer_of(subject) is None


async def test_the_longest_subject_is_somebody(seller: User) -> None:
    await User.filter(id=seller.id).update(subject="s" * 255)
    assert await viewer_of("s" * 255) is not None


@settings(max_examples=100)
@given(subject=st.text(max_size=300))
async def test_any_text_has_an_answer(database: Database, subject: str) -> None:
    assert await viewer_of(subject) is None


async def test_an_inactive_user_is_nobody(seller: User, viewers: Viewers, clock: Clock) -> None:
    assert await viewers.of("idp|7") is not None
    await User.filter(id=seller.id).update(active=False)
    clock.now += TTL_SECONDS
    assert await viewers.of("idp|7") is None
    await User.filter(id=seller.id).update(active=True)
    assert await viewers.of("idp|7") is not None


async def test_a_viewer_is_kept_for_a_short_time(
    seller: User, partner: Organization, viewers: Viewers, clock: Clock
) -> None:
    first = await viewers.of("idp|7")
    await rename(seller, "fr")
    await Organization.filter(id=partner.id).update(tier=PartnerTier.PLATINUM)
    clock.now += TTL_SECONDS - 0.01
    assert await viewers.of("idp|7") is first
    clock.now += 0.01
    later = replace(expected(seller, partner), language="fr", tier=PartnerTier.PLATINUM)
    assert await viewers.of("idp|7") == later


async def test_a_new_user_is_let_in_at_once(partner: Organization, viewers: Viewers) -> None:
    assert await viewers.of("idp|9") is None
    await User.create(organization=partner, name="New", role=Role.PARTNER_SELLER, subject="idp|9")
    assert await viewers.of("idp|9") is not None


async def test_a_forgotten_viewer_is_read_anew_and_others_are_not(
    seller: User, partner: Organization, viewers: Viewers
) -> None:
    other = await User.create(organization=partner, name="Other", role=Role.PARTNER_SELLER, subject="idp|8")
    kept = await viewers.of("idp|8")
    await viewers.of("idp|7")
    await rename(seller, "fr")
    await rename(other, "fr")
    viewers.forget(seller.id)
    found = await viewers.of("idp|7")
    assert found is not None
    assert found.language == "fr"
    assert await viewers.of("idp|8") is kept


@pytest.fixture
async def locked(database: Database) -> AsyncIterator[asyncio.Event]:
    """Holds `user_account` locked, so that look-ups wait, until the event is set."""
    release, held = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.transaction() as tx:
            await tx.execute("LOCK TABLE user_account")
            held.set()
            await release.wait()

    holding = asyncio.create_task(hold())
    await held.wait()
    yield release
    release.set()
    await holding


async def waiting_for_lock(database: Database) -> int:
    """The number of look-ups that wait for the lock, once there is one."""
    while True:
        row = await database.fetchrow(
            "SELECT count(*) AS n FROM pg_locks WHERE relation = 'user_account'::regclass AND NOT granted"
        )
        assert row is not None
        if row["n"]:
            return int(row["n"])


async def test_many_who_ask_at_once_share_one_look_up(
    seller: User, partner: Organization, viewers: Viewers, database: Database, locked: asyncio.Event
) -> None:
    asking = [asyncio.create_task(viewers.of("idp|7")) for _ in range(50)]
    assert await waiting_for_lock(database) == 1
    asking[0].cancel()
    locked.set()
    found = await asyncio.gather(*asking[1:])
    assert found[0] == expected(seller, partner)
    assert all(viewer is found[0] for viewer in found)
    assert asking[0].cancelled()
    assert await viewers.of("idp|7") is found[0]


async def test_what_was_being_read_when_a_user_is_forgotten_is_not_kept(
    seller: User, viewers: Viewers, database: Database, locked: asyncio.Event
) -> None:
    asking = asyncio.create_task(viewers.of("idp|7"))
    await waiting_for_lock(database)
    viewers.forget(seller.id)
    locked.set()
    before = await asking
    await rename(seller, "fr")
    after = await viewers.of("idp|7")
    assert before is not None
    assert after is not None
    assert (before.language, after.language) == ("de", "fr")


async def test_so_many_viewers_are_kept_and_no_more(partner: Organization, clock: Clock) -> None:
    few = Viewers(limit=2, clock=clock)
    for number in range(3):
        await User.create(organization=partner, name="Seller", role=Role.PARTNER_SELLER, subject=str(number))
    first, second, third = [await few.of(str(number)) for number in range(3)]
    assert await few.of("1") is second
    assert await few.of("2") is third
    again = await few.of("0")
    assert again == first
    assert again is not first
    assert await few.of("1") is not second


async def test_another_database_has_its_own_viewers(seller: User, viewers: Viewers, database: Database) -> None:
    first = await viewers.of("idp|7")
    assert await viewers.of("idp|7") is first
    other = await Database.connect(database.url, size=1)
    use(other)
    try:
        found = await viewers.of("idp|7")
    finally:
        use(database)
        await other.pool.close()
    assert found == first
    assert found is not first


async def test_a_failed_look_up_is_tried_again(seller: User, viewers: Viewers, database: Database) -> None:
    closed = await Database.connect(database.url, size=1)
    await closed.pool.close()
    use(closed)
    for _ in range(2):
        with pytest.raises(Exception, match="pool is closed"):
            await viewers.of("idp|7")
    use(database)
    assert await viewers.of("idp|7") is not None


def test_forgetting_an_unknown_user_does_nothing() -> None:
    forget(new_id())
