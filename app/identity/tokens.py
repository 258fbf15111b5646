"""Bearer tokens: verified for every request, minted for development."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

import jwt
import orjson
from jwt import PyJWK
from jwt.utils import base64url_encode

from app.access import Grant, access_said, granted
from app.identity.client_tokens import ClientTokens, is_client_token
from app.identity.jwks import KeySet, KeysUnavailable
from app.identity.users import ClientGrant
from app.settings import Mode, Settings, SettingsError
from app.settings import settings as current_settings
from app.sizes import LOOKED_AT, CacheSize, held

DEVELOPMENT_ISSUER = "stagepath-development"
DEVELOPMENT_AUDIENCE = "stagepath-development"
MAX_TOKEN_CHARACTERS = 16_384
LONGEST_TEXT = 254
"""Of a name or an e-mail address that is read from a token."""
TOKENS_KEPT = 10_000
"""Verified ones, by their digests; a signature takes longer to check than most queries to answer."""

_COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class TokenErrorCode(StrEnum):
    MALFORMED = "MALFORMED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    WRONG_ISSUER = "WRONG_ISSUER"
    WRONG_AUDIENCE = "WRONG_AUDIENCE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ALGORITHM_REFUSED = "ALGORITHM_REFUSED"
    KEYS_UNAVAILABLE = "KEYS_UNAVAILABLE"


class TokenError(Exception):
    """Why a token isn't accepted. `message` is for its bearer and never holds a part of the token."""

    def __init__(self, code: TokenErrorCode, message: str | None = None) -> None:
        self.code = code
        self.message = message or _MESSAGES[code]
        super().__init__(self.message)


_MESSAGES: Mapping[TokenErrorCode, str] = {
    TokenErrorCode.MALFORMED: "This is not a well-formed JSON Web Token.",
    TokenErrorCode.EXPIRED: "The token has expired; sign in again.",
    TokenErrorCode.NOT_YET_VALID: "The token is not valid yet; check the clock of the system that issued it.",
    TokenErrorCode.WRONG_ISSUER: "The token comes from an issuer that is not trusted here.",
    TokenErrorCode.WRONG_AUDIENCE: "The token is meant for another audience.",
    TokenErrorCode.BAD_SIGNATURE: "The token's signature does not match.",
    TokenErrorCode.UNKNOWN_KEY: "The token is signed with a key that its issuer does not publish.",
    TokenErrorCode.ALGORITHM_REFUSED: "The token's signature algorithm is not accepted.",
    TokenErrorCode.KEYS_UNAVAILABLE: "Tokens can't be checked at the moment; try again shortly.",
}

_CODES: tuple[tuple[type[jwt.PyJWTError], TokenErrorCode], ...] = (
    (jwt.ExpiredSignatureError, TokenErrorCode.EXPIRED),
    (jwt.ImmatureSignatureError, TokenErrorCode.NOT_YET_VALID),
    (jwt.InvalidIssuerError, TokenErrorCode.WRONG_ISSUER),
    (jwt.InvalidAudienceError, TokenErrorCode.WRONG_AUDIENCE),
    (jwt.InvalidSignatureError, TokenErrorCode.BAD_SIGNATURE),
    (jwt.InvalidAlgorithmError, TokenErrorCode.ALGORITHM_REFUSED),
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `key_id` is its header's `kid`.

    `email`: an address that the issuer vouches for, where that is to count. `administers`: whether it carries the claim
    that may make the first administrator.
    """

    subject: str
    expires_at: datetime
    issuer: str
    key_id: str | None
    email: str | None = None
    name: str | None = None
    administers: bool = False
    told: "Told | None" = None
    noted: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    """What others have done about it, once for all requests with this token."""
    client: ClientGrant | None = None
    """Of a token that this server gave to an API client."""


class Told(NamedTuple):
    """What claims say of a user, where settings name such claims; `at`: when the token was issued; `digest`: of all
    that the token says."""

    access: Grant | None
    language: str | None
    at: datetime | None
    digest: str


class _Telling(NamedTuple):
    """What a token may say beside whose it is: the claim (name and value) of an administrator, and an address. `told`:
    what of its claims says who somebody is here."""

    admin: tuple[str, str] | None
    address: bool
    told: Callable[[Mapping[str, Any]], Told | None]


class _Accepted(NamedTuple):
    """A token that was verified with `key`: sound until `until` (seconds of the epoch), while that key is."""

    claims: Claims
    key: PyJWK
    until: float


def _digest(token: str) -> bytes:
    return blake2b(token.encode("utf-8", "surrogatepass"), digest_size=32).digest()


class TokenVerifier:
    """Accepts what the settings' identity provider signed; without one, what `mint` signed.

    Raises `SettingsError` when the settings don't say whose tokens to accept. `clock` (monotonic seconds) times the
    keys, not the tokens.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._own: tuple[PyJWK, ...] = ()
        """What `mint` signs with, or signed with, where there is no identity provider."""
        self._keys: KeySet | None = None
        if settings.jwks_url is None:
            self._own = _development_keys(settings)
            self._algorithms = ["HS256"]
        else:
            self._keys = KeySet(str(settings.jwks_url), fresh_seconds=settings.jwks_cache_seconds, clock=clock)
            self._algorithms = ["RS256", "ES256"]
        self._issuer, self._audience = _expected(settings)
        self._leeway = settings.jwt_leeway_seconds
        self._clients = ClientTokens(settings)
        self._telling = _Telling(settings.admin_claim, settings.sign_in_by_email, partial(_told, settings))
        self._accepted: OrderedDict[bytes, _Accepted] = OrderedDict()

    def remembered(self, token: str) -> Claims | None:
        """What `verify` found before, where that holds without asking anybody."""
        known = self._accepted.get(_digest(token))
        if known is None or known.until <= time.time():
            return None
        keys, claims = self._keys, known.claims
        sound = keys is None or claims.client is not None or keys.at_hand(claims.key_id) is known.key
        return claims if sound else None

    async def verify(self, token: str) -> Claims:
        """Raises `TokenError`, and nothing else, for whatever `token` holds."""
        digest = _digest(token)
        known = self._accepted.get(digest)
        if known is not None and known.until > time.time():
            keys = self._keys
            if keys is None or known.claims.client or await self._key(keys, known.claims.key_id) is known.key:
                return known.claims
        claims, key = await self._verified(token)
        leeway = 0 if claims.client else self._leeway
        self._accepted[digest] = _Accepted(claims, key, claims.expires_at.timestamp() + leeway)
        if len(self._accepted) > TOKENS_KEPT:
            self._accepted.popitem(last=False)
        return claims

    def held(self) -> CacheSize:
        """What verified tokens take."""
        some = [(digest, known.claims, known.until) for digest, known in islice(self._accepted.items(), LOOKED_AT)]
        return held(some, of=len(self._accepted))

    async def _verified(self, token: str) -> tuple[Claims, PyJWK]:
        header = _header(token)
        if is_client_token(header):
            return self._of_client(token)
        if header.get("alg") not in self._algorithms:
            raise TokenError(TokenErrorCode.ALGORITHM_REFUSED)
        key_id: str | None = header.get("kid")
        if self._keys is None:
            payload, key = self._signed_here(token)
        else:
            key = await self._key(self._keys, key_id)
            payload = self._payload(token, key)
        return _claims(payload, key_id, self._telling), key

    def _of_client(self, token: str) -> tuple[Claims, PyJWK]:
        try:
            read, key = self._clients.read(token)
        except jwt.InvalidTokenError as error:
            raise _token_error(error) from None
        subject = f"cli_{read.grant.client_id}"
        return Claims(subject, read.expires_at, self._clients.issuer, None, client=read.grant), key

    def _signed_here(self, token: str) -> tuple[dict[str, Any], PyJWK]:
        refused = TokenError(TokenErrorCode.BAD_SIGNATURE)
        for key in self._own:
            try:
                return self._payload(token, key), key
            except TokenError as error:
                if error.code is not TokenErrorCode.BAD_SIGNATURE:
                    raise
                refused = error
        raise refused

    async def _key(self, keys: KeySet, key_id: str | None) -> PyJWK:
        try:
            key = await keys.key(key_id)
        except KeysUnavailable:
            raise TokenError(TokenErrorCode.KEYS_UNAVAILABLE) from None
        if key is None:
            raise TokenError(TokenErrorCode.UNKNOWN_KEY)
        return key

    def _payload(self, token: str, key: PyJWK) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                leeway=self._leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            # `from None`: the library's messages may quote the token, and a chained error would carry them to a log.
            raise _token_error(error) from None


def mint(subject: str, *, settings: Settings | None = None, lifetime: timedelta = timedelta(hours=12)) -> str:
    """A development token for `subject`. Raises `SettingsError` where the server would not accept one."""
    given = settings or current_settings()
    if given.mode is Mode.PRODUCTION:
        raise SettingsError("tokens are minted in development mode alone; production accepts its identity provider's")
    if given.jwks_url is not None:
        raise SettingsError("STAGEPATH_JWKS_URL is set, so only that identity provider's tokens are accepted")
    issuer, audience = _expected(given)
    now = datetime.now(UTC)
    claims = {"sub": subject, "iss": issuer, "aud": audience, "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, _development_keys(given)[0], algorithm="HS256")


def _expected(settings: Settings) -> tuple[str, str]:
    """Issuer and audience. A provider signs for many audiences, so both must be named when there is one."""
    issuer, audience = settings.jwt_issuer, settings.jwt_audience
    if settings.jwks_url is None:
        return issuer or DEVELOPMENT_ISSUER, audience or DEVELOPMENT_AUDIENCE
    if not issuer or not audience:
        raise SettingsError("STAGEPATH_JWKS_URL needs STAGEPATH_JWT_ISSUER and STAGEPATH_JWT_AUDIENCE beside it")
    return issuer, audience


def _development_keys(settings: Settings) -> tuple[PyJWK, ...]:
    """The first signs."""
    secrets = [secret.encode() for secret in settings.secrets_in_use()]
    if any(len(secret) < 32 for secret in secrets):
        raise SettingsError("the secret key needs at least 32 characters (RFC 7518) to sign tokens")
    return tuple(PyJWK({"kty": "oct", "k": base64url_encode(secret).decode()}, "HS256") for secret in secrets)


def _header(token: str) -> dict[str, Any]:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenError(TokenErrorCode.MALFORMED, f"The token is longer than {MAX_TOKEN_CHARACTERS} characters.")
    if not _COMPACT_FORM.fullmatch(token):
        raise TokenError(TokenErrorCode.MALFORMED)
    try:
        return jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise _token_error(error) from None


def _token_error(error: jwt.InvalidTokenError) -> TokenError:
    if isinstance(error, jwt.MissingRequiredClaimError):
        return TokenError(TokenErrorCode.MALFORMED, f"The token has no `{error.claim}` claim.")
    return TokenError(next((code for kind, code in _CODES if isinstance(error, kind)), TokenErrorCode.MALFORMED))


def _claims(payload: dict[str, Any], key_id: str | None, telling: _Telling) -> Claims:
    if not payload["sub"]:
        raise TokenError(TokenErrorCode.MALFORMED, "The token's `sub` claim is empty.")
    try:
        expires_at = datetime.fromtimestamp(int(payload["exp"]), UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenError(TokenErrorCode.MALFORMED, "The token's `exp` claim is not a date.") from None
    # True and nothing that is like it: some providers pass on what users say of themselves as text.
    vouched = telling.address and payload.get("email_verified") is True
    email = payload.get("email") if vouched else None
    return Claims(
        subject=payload["sub"],
        expires_at=expires_at,
        issuer=payload["iss"],
        key_id=key_id,
        email=email if isinstance(email, str) and len(email) <= LONGEST_TEXT else None,
        name=_text(payload.get("name")),
        administers=telling.admin is not None and _holds(payload, *telling.admin),
        told=telling.told(payload),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable() else None


def _holds(payload: Mapping[str, Any], name: str, value: str) -> bool:
    """Whether the claim is `value`, or a list that has it."""
    found = _claim(payload, name)
    if isinstance(found, list):
        return any(isinstance(one, str) and one == value for one in found)
    return (isinstance(found, str) and found == value) or (found is True and value == "true")


def _claim(payload: Mapping[str, Any], name: str) -> object:
    """A name with dots is a claim of that name, or leads into objects."""
    found: object = payload.get(name)
    if found is None and "." in name:
        found = payload
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return found


MOST_GROUPS = 500
"""That are looked at; providers leave them out of tokens when there are more."""


def _told(settings: Settings, payload: Mapping[str, Any]) -> Told | None:
    names = (settings.groups_claim, settings.role_claim, settings.language_claim)
    if not any(names):
        return None
    groups, role, language = (_claim(payload, name) if name else None for name in names)
    listed = groups if isinstance(groups, list) else [groups]
    known = [one for one in listed[:MOST_GROUPS] if isinstance(one, str)]
    access = granted(known, settings.groups, settings.group_prefix)
    if access is None and role is not None:
        partner = _claim(payload, settings.partner_claim) if settings.partner_claim else None
        access = access_said(role, partner)
    issued = payload.get("iat")
    at = datetime.fromtimestamp(issued, UTC) if isinstance(issued, int | float) else None
    said = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return Told(access, _text(language), at, blake2b(said, digest_size=16).hexdigest())
