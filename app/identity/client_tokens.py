"""Access tokens of API clients: JSON Web Tokens (RFC 9068) that this server signs for itself.

Their key is derived from the secret keys of the settings, so that neither a development token nor a sealed cursor could
pass for one; while the keys change, tokens signed with either are accepted. They live for minutes: what ends them
earlier is looked up with the client (`app.identity.users`).
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import jwt
from jwt import PyJWK
from jwt.utils import base64url_encode

from app.identity.users import ClientGrant
from app.models.columns import new_id
from app.settings import Settings
from app.vocabulary import ApiScope

LIFETIME = timedelta(minutes=10)
ISSUER = "stagepath"
TYPE = "at+jwt"
_ALGORITHM = "HS256"
_PURPOSE = b"stagepath access tokens of API clients"


class ReadToken(NamedTuple):
    grant: ClientGrant
    expires_at: datetime


class Issued(NamedTuple):
    token: str
    seconds: int


def is_client_token(header: Mapping[str, Any]) -> bool:
    """Identity providers sign with keys that everybody can read, so theirs have another algorithm."""
    return header.get("typ") == TYPE and header.get("alg") == _ALGORITHM


class ClientTokens:
    def __init__(self, settings: Settings) -> None:
        self.issuer = str(settings.public_url).rstrip("/") if settings.public_url else ISSUER
        self._keys = tuple(_key(secret) for secret in settings.secrets_in_use())

    def issue(self, grant: ClientGrant, *, ends: datetime | None = None, now: datetime | None = None) -> Issued:
        """For ten minutes, or until `ends` if that is earlier."""
        at = now or datetime.now(UTC)
        until = min(at + LIFETIME, ends) if ends else at + LIFETIME
        subject = f"cli_{grant.client_id}"
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": subject,
            "client_id": subject,
            "scope": " ".join(sorted(scope.lower() for scope in grant.scopes)),
            "secret": grant.secret_number,
            "iat": int(at.timestamp()),
            "exp": int(until.timestamp()),
            "jti": str(new_id()),
        }
        token = jwt.encode(claims, self._keys[0], algorithm=_ALGORITHM, headers={"typ": TYPE})
        return Issued(token, max(int((until - at).total_seconds()), 0))

    def read(self, token: str) -> tuple[ReadToken, PyJWK]:
        """Raises `jwt.InvalidTokenError`."""
        refused: jwt.InvalidTokenError = jwt.InvalidSignatureError()
        for key in self._keys:
            try:
                return self._read(token, key), key
            except jwt.InvalidSignatureError as error:
                refused = error
        raise refused

    def _read(self, token: str, key: PyJWK) -> ReadToken:
        claims = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=self.issuer,
            audience=self.issuer,
            # The clocks of two servers of ours may be apart by more than the time since it was issued.
            options={"require": ["exp", "iss", "aud", "sub", "secret", "scope"], "verify_iat": False},
        )
        known = {scope.lower(): scope for scope in ApiScope}
        scopes = frozenset(known[name] for name in claims["scope"].split() if name in known)
        grant = ClientGrant(UUID(claims["sub"].removeprefix("cli_")), claims["secret"], scopes)
        return ReadToken(grant, datetime.fromtimestamp(claims["exp"], UTC))


def _key(secret: str) -> PyJWK:
    derived = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    return PyJWK({"kty": "oct", "k": base64url_encode(derived).decode()}, _ALGORITHM)
