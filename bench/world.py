"""Who asks for what: the same viewers and the same deals for every system, in the same order."""

import random
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
from pydantic import SecretStr

from app.identity.tokens import mint
from app.settings import Settings
from bench.data.deals import MOVER_PLAYBOOK, MOVER_STAGE
from bench.data.programme import specs
from bench.data.shape import DEAL, ORGANIZATION, USER, VENDOR_PEOPLE, Size, id_of

SECRET = "development-secret-of-the-benchmark-0123456789"  # noqa: S105 # signs tokens for a server on loopback
DEALS_EACH = 16


class Viewer(NamedTuple):
    """A partner's manager, who sees all deals of the partner."""

    partner: str
    token: str


@dataclass(frozen=True, slots=True)
class World:
    """`deals`: some of each viewer's, by the viewer; `vendor`: tokens of people who see everything."""

    size: Size
    viewers: list[Viewer]
    deals: list[tuple[Viewer, str]]
    vendor: list[str]
    vendor_id: str

    def movers(self, part: int, of: int) -> list[str]:
        """The share of one of `of` systems that move deals, so that none moves another's."""
        each = self.size.movers // of
        return [id_of(DEAL, number) for number in range(part * each, (part + 1) * each)]


def forth_and_back() -> tuple[str, str]:
    """Keys of the stages between which movers go: they stand in the first."""
    stages = next(spec.stages for spec in specs() if spec.key == MOVER_PLAYBOOK)
    return stages[MOVER_STAGE].key, stages[MOVER_STAGE + 1].key


async def world_of(url: str, size: Size) -> World:
    settings = Settings(_env_file=None, secret_key=SecretStr(SECRET))

    def token(user: int) -> str:
        return mint(id_of(USER, user), settings=settings)

    viewers = [
        Viewer(id_of(ORGANIZATION, partner), token(size.manager_of(partner))) for partner in range(size.measured)
    ]
    connection = await asyncpg.connect(url)
    try:
        deals = [(viewer, str(row["id"])) for viewer in viewers for row in await _deals(connection, viewer.partner)]
    finally:
        await connection.close()
    chance = random.Random(3)
    chance.shuffle(deals)
    return World(size, viewers, deals, [token(user) for user in range(VENDOR_PEOPLE)], id_of(USER, 0))


async def _deals(connection: asyncpg.Connection, partner: str) -> list[asyncpg.Record]:
    asked = "SELECT id FROM opportunity WHERE partner_id = $1 ORDER BY id LIMIT $2"
    rows: list[asyncpg.Record] = await connection.fetch(asked, partner, DEALS_EACH)
    return rows
