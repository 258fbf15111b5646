import pytest

from app.database import Database
from tests.app.playbooks.builders import People
from tests.app.playbooks.builders import people as made


@pytest.fixture
async def people(database: Database) -> People:
    return await made()
