"""The thing that a comment is on, as clients name it."""

import strawberry

from app.comments.writing import DEAL, REGISTRATION, Place
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode
from schema.engine.ids import decode


def place_of(opportunity_id: strawberry.ID | None, registration_id: strawberry.ID | None) -> Place | Refused:
    """Exactly one of them is given."""
    if opportunity_id is not None and registration_id is None:
        return Place(DEAL, decode(opportunity_id, "opp", "opportunityId"))
    if registration_id is not None and opportunity_id is None:
        return Place(REGISTRATION, decode(registration_id, "reg", "registrationId"))
    message = "Name either an opportunity or a registration."
    return refused(ErrorCode.INVALID, message, "opportunityId" if opportunity_id is None else "registrationId")
