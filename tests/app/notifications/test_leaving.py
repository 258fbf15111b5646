"""Stopping mail by the link in it, and looking at the mail of development mode."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.notifications.unsubscribing import link_for, read_token, token_for
from app.settings import Settings, settings, use_settings
from app.vocabulary import NotificationKind
from app.web.development_mail import development_mail_routes
from app.web.unsubscribing import unsubscribe_routes
from tests.app.notifications.telling import Post
from tests.schema.world import SELLER
from tests.waiting import PATIENCE

COMMENTS, STALLED = NotificationKind.COMMENT_ADDED, NotificationKind.DEAL_STALLED
PACES = "{ notificationPreferences { preferences { kind channel pace chosen } } }"


@pytest.fixture
async def browser(post: Post) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[*unsubscribe_routes(), *development_mail_routes(settings())])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://portal.test", timeout=PATIENCE
    ) as client:
        yield client


async def off(post: Post) -> set[tuple[str, str]]:
    found = (await post.demo.run(PACES, SELLER))["notificationPreferences"]["preferences"]
    return {(one["kind"], one["channel"]) for one in found if one["pace"] == "OFF" and one["chosen"]}


async def test_following_the_link_asks_and_one_click_does_it(post: Post, browser: httpx.AsyncClient) -> None:
    link = link_for(post.user(SELLER), [COMMENTS, STALLED])
    asked = await browser.get(link)
    assert asked.status_code == 200
    assert "Comments" in asked.text
    assert "Stalled deals" in asked.text
    assert await off(post) == set()
    for _ in range(2):
        done = await browser.post(link, content="List-Unsubscribe=One-Click")
        assert done.status_code == 200
    assert await off(post) == {("COMMENT_ADDED", "EMAIL"), ("DEAL_STALLED", "EMAIL")}
    assert "default-src 'none'" in asked.headers["content-security-policy"]


@pytest.mark.parametrize("spoilt", ["", "x", "x.y", "é.é", "....", "a" * 2_000])
async def test_a_link_of_somebody_else_s_making_does_nothing(
    post: Post, browser: httpx.AsyncClient, spoilt: str
) -> None:
    good = token_for(post.user(SELLER), [COMMENTS])
    said, _, signature = good.partition(".")
    other = token_for(post.user("Lena Brandt"), [COMMENTS]).partition(".")[0]
    for token in (spoilt, f"{said}.{spoilt}", f"{spoilt}.{signature}", f"{other}.{signature}", good[:-2]):
        for method in ("GET", "POST"):
            answer = await browser.request(method, "/notifications/unsubscribe", params={"token": token})
            assert answer.status_code == 404
    assert (await browser.post("/notifications/unsubscribe")).status_code == 404
    assert await off(post) == set()


async def test_links_outlive_a_change_of_the_secret(post: Post) -> None:
    token = token_for(post.user(SELLER), [COMMENTS])
    given = settings().model_dump(exclude_unset=True)
    old = settings().secret()
    given.pop("secret_key", None)
    use_settings(Settings(**given, secret_keys=f"new-secret-of-at-least-thirty-two-letters,{old}"))
    found = read_token(token)
    assert found is not None
    assert (found.user_id, found.kinds) == (post.user(SELLER), (COMMENTS,))
    use_settings(Settings(**given, secret_keys="new-secret-of-at-least-thirty-two-letters"))
    assert read_token(token) is None


async def test_development_keeps_its_mail_in_a_folder_and_shows_it(post: Post, tmp_path: Path) -> None:
    await post.begin(smtp_url=None, mail_folder=tmp_path / "mails")
    await post.tell("Read <me>", body="<script>alert(1)</script>")
    await post.deliver()
    app = Starlette(routes=development_mail_routes(settings()))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://portal.test", timeout=PATIENCE
    ) as client:
        listed = await client.get("/dev/mail")
        assert "Read &lt;me&gt;" in listed.text, listed.text
        (file,) = (tmp_path / "mails").iterdir()
        shown = await client.get(f"/dev/mail/{file.stem}")
        assert "&lt;script&gt;" in shown.text
        assert "<script>" not in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script>" in (await client.get(f"/dev/mail/{file.stem}?as=text")).text
        for name in ("x", "..%2f..%2fsecret", "0" * 36):
            assert (await client.get(f"/dev/mail/{name}")).status_code == 404


def test_production_shows_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {
        "secret_key": "s" * 40,
        "jwks_url": "https://id.example/keys",
        "jwt_issuer": "i",
        "jwt_audience": "a",
    }
    production = Settings(mode="production", database_url="postgresql://db", **given)
    assert development_mail_routes(production) == []
    assert not production.sends_mail
