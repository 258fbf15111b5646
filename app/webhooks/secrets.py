"""Secrets by which receivers know that a webhook is ours: shown once, kept sealed, two of them valid while they
change."""

import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook

from app.sealing import opened, sealed

PREFIX = "whsec_"
BYTES = 32
PURPOSE = "webhook secrets"


class Unreadable(Exception):
    """It was sealed under a key that the server has no more."""


def new_secret() -> str:
    """As Standard Webhooks writes it."""
    return PREFIX + b64encode(secrets.token_bytes(BYTES)).decode()


def seal_secret(secret: str, endpoint_id: UUID) -> bytes:
    return sealed(secret.encode(), PURPOSE, endpoint_id.bytes)


def open_secret(kept: bytes, endpoint_id: UUID) -> str:
    """Raises `Unreadable`."""
    found = opened(kept, PURPOSE, endpoint_id.bytes)
    if found is None:
        raise Unreadable
    return found.decode()


def is_sealed_anew(kept: bytes, endpoint_id: UUID) -> bool:
    """Whether it is sealed under the key that seals now. The same text is sealed alike under one key."""
    found = opened(kept, PURPOSE, endpoint_id.bytes)
    return found is not None and sealed(found, PURPOSE, endpoint_id.bytes) == bytes(kept)


def secrets_of(endpoint: Mapping[str, Any], at: datetime) -> Sequence[str]:
    """Those that sign at that time, the newest first. Raises `Unreadable`."""
    found = [open_secret(endpoint["secret"], endpoint["id"])]
    if endpoint["former_secret"] is not None and endpoint["former_secret_ends_at"] > at:
        found.append(open_secret(endpoint["former_secret"], endpoint["id"]))
    return found


def signed_headers(webhook_id: str, body: bytes, signing: Sequence[str], at: datetime) -> dict[str, str]:
    text = body.decode()
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, at, text) for secret in signing),
    }
