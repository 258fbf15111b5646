"""From a bearer token to the viewer."""

from app.identity.tokens import Claims, TokenError, TokenErrorCode, TokenVerifier
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.web.answers import Refusal

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="stagepath"'}


async def authenticate(verifier: TokenVerifier, token: str | None) -> tuple[Viewer, Claims]:
    """Raises `Refusal`: 401, or 503 when the token can't be checked for the moment."""
    if token is None:
        raise Refusal(401, "UNAUTHENTICATED", "Send a token: `Authorization: Bearer …`.", CHALLENGE)
    try:
        claims = await verifier.verify(token)
    except TokenError as error:
        if error.code is TokenErrorCode.KEYS_UNAVAILABLE:
            raise Refusal(503, "UNAVAILABLE", str(error)) from None
        raise Refusal(401, "UNAUTHENTICATED", str(error), CHALLENGE) from None
    viewer = await viewer_of(claims.subject)
    if viewer is None:
        raise Refusal(401, "UNAUTHENTICATED", "The token's user is not known here, or not active.", CHALLENGE)
    return viewer, claims
