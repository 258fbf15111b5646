"""The right to look at how the server is doing."""

from app.vocabulary import Permission
from schema.engine.declare import Requester
from schema.errors import ClientError


def administrators_own(requester: Requester) -> None:
    """Raises `ClientError` for everybody but the vendor's administrators."""
    if not requester.viewer.may(Permission.ADMINISTER):
        raise ClientError("Reserved for administrators of the vendor.", code="FORBIDDEN")
