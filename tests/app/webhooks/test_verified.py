"""Signatures as receivers verify them: the libraries of Standard Webhooks and of Svix, in Python and in JavaScript."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as Svix

from app.webhooks.secrets import new_secret, signed_headers
from tests.npm import NODE, installed, run

BODY = '{"type":"OPPORTUNITY_UPDATED","said":"Ünïcode ✓"}'.encode()
OLD, NEW, OTHER = new_secret(), new_secret(), new_secret()


def headers(at: datetime) -> dict[str, str]:
    return signed_headers("whd_0198c0de", BODY, [NEW, OLD], at)


@pytest.mark.parametrize("verifier", [Webhook, Svix])
def test_both_libraries_take_either_secret_while_they_change_and_no_other(verifier: Callable[[str], Any]) -> None:
    sent = headers(datetime.now(UTC))
    for secret in (OLD, NEW):
        verifier(secret).verify(BODY, sent)
    for secret, body, said in (
        (OTHER, BODY, sent),
        (NEW, BODY + b" ", sent),
        (NEW, BODY, {**sent, "webhook-id": "whd_other"}),
        (NEW, BODY, headers(datetime.now(UTC) - timedelta(minutes=6))),
    ):
        with pytest.raises(WebhookVerificationError):
            verifier(secret).verify(body, said)


async def test_so_do_their_npm_packages(tmp_path: Path) -> None:
    packages = await installed(Path(__file__).parent / "verifier")
    told = {}
    for name, secret in (("old", OLD), ("new", NEW), ("other", OTHER)):
        file = tmp_path / f"{name}.json"
        given = {"secret": secret, "headers": headers(datetime.now(UTC)), "body": BODY.decode()}
        file.write_text(json.dumps(given))
        code, said = await run(NODE, "verify.mjs", file, directory=packages)
        assert code == 0, said
        told[name] = json.loads(said)
    both = {"standardwebhooks": "verified", "svix": "verified"}
    assert told["old"] == told["new"] == both
    assert not {"verified"} & {*told["other"].values()}
