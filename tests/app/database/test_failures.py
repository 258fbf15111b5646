import asyncpg
import pytest

from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE, is_unreachable
from tests.app.events.farewell import farewell_at


async def test_a_server_that_leaves_between_a_statements_two_halves_counts_as_unreachable(database: Database) -> None:
    async with farewell_at(database.url, request=b"SELECT 'twice'") as (url, _):
        connection = await asyncpg.connect(url)
        with pytest.raises(MAYBE_UNREACHABLE) as failure:
            await connection.fetch("SELECT 'twice'")
        assert type(failure.value) is asyncpg.InternalClientError
        assert is_unreachable(failure.value)


async def test_a_mistake_of_ours_does_not(database: Database) -> None:
    with pytest.raises(asyncpg.PostgresError) as failure:
        await database.fetch("SELECT nothing")
    assert not is_unreachable(failure.value)
    with pytest.raises(asyncpg.InterfaceError) as misuse:
        await database.fetch("SELECT $1::int", "one", "two")
    assert not is_unreachable(misuse.value)
