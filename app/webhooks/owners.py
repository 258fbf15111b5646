"""Owners of endpoints: as whom each is told what it is told."""

from collections.abc import Mapping
from typing import Any

from app.identity.users import OF_OWNER, viewer_of_row
from app.identity.viewer import Viewer

OWNED = f"""
e.organization_id, {OF_OWNER}
FROM webhook_endpoint e JOIN user_account u ON u.id = e.owner_id JOIN organization o ON o.id = u.organization_id
"""
"""The last columns of a `SELECT` of endpoints `e`, and its tables: all that `owner_of` needs."""


def owner_of(row: Mapping[str, Any]) -> Viewer | None:
    """Of a row with `OWNED`. None for one who can't sign in any more, or has gone to another organisation: what they
    see there is none of the endpoint's business."""
    owner = viewer_of_row(row)
    return owner if owner is not None and owner.organization_id == row["organization_id"] else None
