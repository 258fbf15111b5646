"""Authentication of a connection by its bearer token, and its expiry."""

from typing import NamedTuple

from app.audit.failures import token_refused
from app.database.rls import continue_as_viewer
from app.identity.rls_policies import rls_setting
from app.identity.tokens import Claims, TokenError, TokenErrorCode, TokenVerifier
from app.identity.users import Subject, remembered, viewer_of
from app.identity.viewer import Viewer
from app.members.arriving import Stranger, arrive, promoted
from app.members.following import follow
from app.vocabulary import Role
from app.web.answers import Refusal

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="stagepath"'}
INVALID = {"WWW-Authenticate": 'Bearer realm="stagepath", error="invalid_token"'}
NO_ACCESS = "The token's claims give no access here any more; ask for a group that does."
REVOKED = "The API client was removed, or its secret was changed; get a new token with the secret in use."
LOOK_AGAIN_SECONDS = 15.0
"""How long a stream may go on after its user was deactivated or given another role, where word of that was lost."""


class Session(NamedTuple):
    """A viewer, as a token vouches for them until `ends` (seconds of the epoch)."""

    viewer: Viewer
    subject: Subject
    ends: float


def recognized(verifier: TokenVerifier, token: str | None) -> Session | None:
    """As `authenticate`, where both the token and its user are remembered; else None. Most requests are of such."""
    claims = None if token is None else verifier.remembered(token)
    if claims is None or (claims.told is not None and not claims.noted):
        return None
    subject = claims.client or claims.subject
    viewer = remembered(subject)
    if viewer is None or (claims.administers and viewer.role is not Role.VENDOR_ADMIN):
        return None
    continue_as_viewer(rls_setting(viewer))
    return Session(viewer, subject, claims.expires_at.timestamp())


async def authenticate(verifier: TokenVerifier, token: str | None, address: str) -> Session:
    """From here on, the task stands behind the viewer's wall (`app.database.rls`).

    Raises `Refusal` (401, or 503 while tokens can't be checked). `address` is the client's, for the audit log.
    """
    if token is None:
        raise Refusal(401, "UNAUTHENTICATED", "Send a token: `Authorization: Bearer …`.", CHALLENGE)
    try:
        claims = await verifier.verify(token)
    except TokenError as error:
        if error.code is TokenErrorCode.KEYS_UNAVAILABLE:
            raise Refusal(503, "UNAVAILABLE", error.message, {"Retry-After": "5"}) from None
        token_refused(error.code, address)
        raise Refusal(401, "UNAUTHENTICATED", error.message, INVALID) from None
    subject = claims.client or claims.subject
    viewer = await viewer_of(subject)
    if viewer is None:
        viewer = await _new(claims, address)
    elif claims.told is not None and not claims.noted:
        viewer = await _as_told(claims, viewer, address)
    if claims.administers and viewer.role is not Role.VENDOR_ADMIN:
        viewer = await promoted(claims, viewer)
    continue_as_viewer(rls_setting(viewer))
    return Session(viewer, subject, claims.expires_at.timestamp())


async def _as_told(claims: Claims, viewer: Viewer, address: str) -> Viewer:
    """What the claims say of them, followed once for each token."""
    followed = await follow(claims, viewer)
    if followed is None:
        token_refused("NO_ACCESS", address)
        raise Refusal(401, "UNAUTHENTICATED", NO_ACCESS, CHALLENGE)
    return followed


async def _new(claims: Claims, address: str) -> Viewer:
    if claims.client is not None:
        token_refused("UNKNOWN_CLIENT", address)
        raise Refusal(401, "UNAUTHENTICATED", REVOKED, INVALID)
    arrived = await arrive(claims)
    if isinstance(arrived, Viewer):
        return arrived
    token_refused("UNKNOWN_USER", address)
    raise Refusal(401, "UNAUTHENTICATED", _STRANGERS[arrived], CHALLENGE)


_STRANGERS = {
    Stranger.UNKNOWN: "The token's user is not known here, or not active.",
    Stranger.NOBODY_YET: "Nobody administers this server yet, so nobody is known here: whoever runs it makes an"
    " administrator by `stagepath admin create`, or sets STAGEPATH_ADMIN_CLAIM; docs/people.md says more.",
}


class Ended(Exception):
    """The session is over: `expired`, or its user may no longer see what they could."""

    def __init__(self, expired: bool) -> None:
        super().__init__("The token has expired." if expired else "The user was deactivated or changed.")
        self.expired = expired
