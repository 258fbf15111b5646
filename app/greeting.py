"""The text that `stagepath serve` prints: addresses, tokens of the demo, and a first query."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from app.database import Database
from app.demo.programme import demo_users
from app.identity.tokens import mint
from app.settings import Mode, Settings

FIRST_QUERY = (
    "{ viewer { user { name } } opportunities(first: 3) { nodes { name stage { name } stalled } totalCount } }"
)

LIFETIME = timedelta(hours=12)

_ACTIVE = "SELECT coalesce(subject, id::text) AS subject FROM user_account WHERE active AND id::text = ANY($1)"


class Pass(NamedTuple):
    role: str
    name: str
    organization: str
    token: str


async def passes(database: Database, settings: Settings, *, lifetime: timedelta = LIFETIME) -> list[Pass]:
    """A token for each demo role whose user is there; none where tokens come from an identity provider."""
    if settings.mode is not Mode.DEVELOPMENT or settings.jwks_url is not None:
        return []
    users = demo_users()
    found = {row["subject"] for row in await database.fetch(_ACTIVE, [user.subject for user in users])}
    return [
        Pass(user.role, user.name, user.organization, mint(user.subject, settings=settings, lifetime=lifetime))
        for user in users
        if user.subject in found
    ]


async def is_administered(database: Database) -> bool:
    """Whether somebody can sign in who can invite others."""
    return bool(await database.fetch("SELECT 1 FROM user_account WHERE active AND role = 'VENDOR_ADMIN' LIMIT 1"))


def greeting(address: str, passes: Sequence[Pass], *, to_terminal: bool, administered: bool = True) -> str:
    """With the tokens where a person reads it; elsewhere it may be kept, and says how to get one."""
    lines = [
        "Stagepath",
        f"  GraphQL  {address}/graphql   (WebSocket: graphql-transport-ws; or Accept: text/event-stream)",
        f"  Health   {address}/healthz   {address}/readyz",
    ]
    if passes and to_terminal:
        lines += ["", *_tokens(address, passes)]
    elif passes:
        roles = ", ".join(sorted({p.role for p in passes}))
        lines += [
            "",
            "`stagepath token --role ROLE` prints a token of the demo programme, for the roles",
            f"  {roles}.",
        ]
    if not administered:
        lines += [
            "",
            "Nobody can invite anybody yet; who can is made by",
            "  stagepath admin create --name NAME --email ADDRESS",
        ]
    return "\n".join([*lines, "", "Ctrl-C stops it."])


def _tokens(address: str, passes: Sequence[Pass]) -> list[str]:
    seller = next((p for p in passes if p.role == "PARTNER_SELLER"), passes[0])
    return [
        "Tokens of the demo programme, good for 12 hours:",
        *(f"  {p.role}: {p.name}, {p.organization}\n    {p.token}" for p in passes),
        "",
        f"A first query, as {seller.name}:",
        _curl(address, seller.token),
    ]


def _curl(address: str, token: str) -> str:
    body = '{"query": "' + FIRST_QUERY + '"}'
    return (
        f"  curl -s {address}/graphql -H 'Content-Type: application/json' \\\n"
        f"    -H 'Authorization: Bearer {token}' \\\n    -d '{body}'"
    )
