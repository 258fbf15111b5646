import pytest

from app.database import Database
from app.models import Organization, User
from app.vocabulary import OrganizationKind, PartnerTier, Role


@pytest.fixture
async def seller(database: Database) -> User:
    partner = await Organization.create(
        key="northwind", name="Northwind", kind=OrganizationKind.PARTNER, tier=PartnerTier.GOLD
    )
    return await User.create(organization=partner, name="Ada", email="ada@northwind.example", role=Role.PARTNER_SELLER)
