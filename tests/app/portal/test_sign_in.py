"""Signing in to the portal at an identity provider, over real sockets."""

import re
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from app.demo.people import demo_id
from app.portal.files import BUILT
from app.portal.provider import Provider
from app.portal.sign_in import SESSION, SIGN_IN, SIGN_IN_SECONDS
from app.sealing import sealed
from tests.app.portal.oidc import OpenId, open_id
from tests.schema.world import SELLER, Demo
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

HTML = {"Accept": "text/html"}


@pytest.fixture
async def provider(demo: Demo, tmp_path: Path) -> AsyncIterator[OpenId]:
    async with open_id(str(demo_id(f"user/{SELLER}")), settings_for(demo.database.url, tmp_path)) as provider:
        yield provider


@pytest.fixture
async def server(demo: Demo, tmp_path: Path, provider: OpenId) -> AsyncIterator[Server]:
    async with running(provider.settings(demo.database.url, tmp_path)) as server:
        yield server


def ours(server: Server) -> dict[str, str]:
    return {"Origin": server.base_url, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}


async def signed_in(server: Server, to: str = "/board?q=x") -> httpx.Response:
    """The callback's answer, with the client's cookies set, as a browser goes there and back."""
    begun = await server.client.get("/session/start", params={"to": to}, headers=HTML)
    assert begun.status_code == 303
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as outside:
        back = await outside.get(begun.headers["location"])
    return await server.client.get(back.headers["location"], headers=HTML)


async def ticket(server: Server, **changes: str) -> httpx.Response:
    return await server.client.post("/session/token", content="{}", headers=ours(server) | changes)


async def name_with(server: Server, token: str) -> object:
    answer = await server.ask("{ viewer { user { name } } }", token=token)
    return answer["data"]["viewer"]["user"]["name"]


async def test_a_person_signs_in_and_the_page_gets_tokens(server: Server, provider: OpenId) -> None:
    back = await signed_in(server)
    assert (back.status_code, back.headers["location"]) == (303, f"{server.base_url}/board?q=x")
    [asked] = provider.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{server.base_url}/session/callback"
    first = (await ticket(server)).json()
    assert await name_with(server, first["accessToken"]) == SELLER
    assert 3500 < first["seconds"] <= 3600
    again = (await ticket(server)).json()
    assert again["accessToken"] == first["accessToken"]


async def test_no_script_reads_the_cookies_and_they_go_to_the_session_alone(server: Server) -> None:
    back = await signed_in(server)
    [session] = [one for one in back.headers.get_list("set-cookie") if one.startswith(SESSION)]
    assert {part.strip().lower() for part in session.split(";")[1:]} == {"httponly", "path=/session", "samesite=strict"}
    assert "eyJ" not in session
    assert "refresh-" not in session


async def test_a_token_is_renewed_before_it_ends(server: Server, provider: OpenId) -> None:
    provider.seconds = 10  # less than is handed out
    await signed_in(server)
    first = (await ticket(server)).json()["accessToken"]
    second = (await ticket(server)).json()["accessToken"]
    assert first != second
    assert await name_with(server, second) == SELLER
    assert len(provider.refresh_tokens) == 1  # each was used once


async def test_a_session_that_the_provider_ended_is_over(server: Server, provider: OpenId) -> None:
    provider.seconds = 10
    await signed_in(server)
    provider.refresh_tokens.clear()
    assert (await ticket(server)).status_code == 401
    assert SESSION not in server.client.cookies


async def test_without_refresh_tokens_a_session_lasts_as_long_as_its_token(server: Server, provider: OpenId) -> None:
    provider.refreshes = False
    await signed_in(server)
    first = (await ticket(server)).json()
    assert await name_with(server, first["accessToken"]) == SELLER
    again = (await server.client.post("/session/token?next", content="{}", headers=ours(server))).json()
    assert (again["accessToken"], again["last"]) == (first["accessToken"], True)
    provider.seconds = 1
    await signed_in(server)
    await until(lambda: over(server))


async def over(server: Server) -> bool:
    return (await ticket(server)).status_code == 401


async def test_signing_out_ends_it_at_the_provider_too(server: Server, provider: OpenId) -> None:
    await signed_in(server)
    [refresh] = provider.refresh_tokens
    answer = await server.client.post("/session/end", content="{}", headers=ours(server))
    assert urlsplit(answer.json()["to"]).path == "/bye"
    assert provider.revoked == [refresh]
    assert (await ticket(server)).status_code == 401


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"},
]


async def test_no_other_page_gets_or_ends_anything(server: Server) -> None:
    await signed_in(server)
    for path in ("/session/token", "/session/end"):
        for changed in FOREIGN:
            answer = await server.client.post(path, content="{}", headers=ours(server) | changed)
            assert (answer.status_code, "accessToken" in answer.json()) == (403, False), changed
    assert (await ticket(server)).status_code == 200


async def test_a_code_that_somebody_else_began_signs_nobody_in(server: Server, provider: OpenId) -> None:
    """Else a page could sign its visitor in as somebody else (login CSRF)."""
    begun = await server.client.get("/session/start", headers=HTML)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as outside:
        back = await outside.get(begun.headers["location"])
    foreign = back.headers["location"]
    server.client.cookies.clear()
    await refused(server, foreign, "expired")  # without any of one's own
    await server.client.get("/session/start", headers=HTML)
    await refused(server, foreign, "expired")  # with one's own, that has another state
    assert provider.codes  # nobody tried the code


async def test_each_sign_in_has_secrets_of_its_own(server: Server, provider: OpenId) -> None:
    """A code that was stolen on its way is of no use without the verifier, which nobody could guess."""
    await signed_in(server)
    await signed_in(server)
    first, second = provider.asked
    for name in ("state", "code_challenge"):
        assert len(first[name]) >= 32
        assert first[name] != second[name]


async def test_a_code_that_another_sign_in_asked_for_is_refused(server: Server, provider: OpenId) -> None:
    """Somebody puts a code of theirs into a visitor's own sign-in, state and all: the verifier is another."""
    begun = await server.client.get("/session/start", headers=HTML)
    foreign = httpx.AsyncClient(trust_env=False, timeout=PATIENCE)
    async with foreign as outside:
        other = await outside.get(f"{server.base_url}/session/start", headers=HTML)
        back = await outside.get(other.headers["location"])
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    await refused(server, f"/session/callback?code={code}&state={state}", "refused")
    assert provider.codes == {}  # it was tried


async def test_a_sign_in_ends_after_ten_minutes(server: Server) -> None:
    for age, why in ((SIGN_IN_SECONDS + 1, "expired"), (SIGN_IN_SECONDS - 60, "refused")):
        begun = {"state": "s", "verifier": "v" * 43, "to": "/", "at": time.time() - age}
        cookie = {"Cookie": f"{SIGN_IN}={cookie_of(SIGN_IN, begun)}"}
        answer = await server.client.get("/session/callback?code=x&state=s", headers=HTML | cookie)
        assert urlsplit(answer.headers["location"]).query == f"signin={why}"


def cookie_of(name: str, kept: dict[str, object]) -> str:
    return urlsafe_b64encode(sealed(orjson.dumps(kept), "portal", name.encode())).rstrip(b"=").decode()


async def test_what_is_kept_of_a_sign_in_is_no_session(server: Server) -> None:
    """Each cookie is sealed for its own name."""
    kept: dict[str, object] = {"access": "made-up", "until": time.time() + 600}
    for name, status in ((SIGN_IN, 401), (SESSION, 200)):
        answer = await ticket(server, Cookie=f"{SESSION}={cookie_of(name, kept)}")
        assert answer.status_code == status


def flags(answer: httpx.Response, name: str) -> set[str]:
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{name}=")]
    return {part.strip().lower() for part in cookie.split(";")[1:]}


async def test_over_https_cookies_go_over_nothing_else(demo: Demo, tmp_path: Path, provider: OpenId) -> None:
    """Behind a proxy that ends TLS, at a path of its own."""
    chosen = provider.settings(demo.database.url, tmp_path, public_url="https://portal.example/sales")
    common = {"httponly", "path=/sales/session", "secure"}
    async with running(chosen) as server, httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as outside:
        begun = await server.client.get("/session/start", headers=HTML)
        assert flags(begun, SIGN_IN) == common | {"samesite=lax", f"max-age={SIGN_IN_SECONDS}"}
        back = urlsplit((await outside.get(begun.headers["location"])).headers["location"])
        assert (back.scheme, back.netloc, back.path) == ("https", "portal.example", "/sales/session/callback")
        kept = begun.headers["set-cookie"].split(";")[0]
        answer = await server.client.get(f"/session/callback?{back.query}", headers=HTML | {"Cookie": kept})
        assert answer.headers["location"] == "https://portal.example/sales/"
        assert flags(answer, SESSION) == common | {"samesite=strict"}
        inside = {"Origin": server.base_url}  # the address behind the proxy is nobody's page
        assert (await ticket(server, **inside)).status_code == 403


async def test_a_configuration_of_another_issuer_is_none(server: Server, provider: OpenId) -> None:
    provider.claims = "https://evil.example"
    answer = await server.client.get("/session/start", headers=HTML)
    assert urlsplit(answer.headers["location"]).query == "signin=unavailable"
    assert provider.asked == []


async def test_what_the_provider_refuses_is_said(server: Server, provider: OpenId) -> None:
    provider.denies = True
    assert urlsplit((await signed_in(server)).headers["location"]).query == "signin=denied"
    provider.denies = False
    begun = await server.client.get("/session/start", headers=HTML)
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    await refused(server, f"/session/callback?code=made-up&state={state}", "refused")
    begun = await server.client.get("/session/start", headers=HTML)
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    await refused(server, f"/session/callback?code=x&state={state}&iss=https://evil.example", "refused")


async def refused(server: Server, callback: str, why: str) -> None:
    answer = await server.client.get(callback, headers=HTML)
    assert (answer.status_code, urlsplit(answer.headers["location"]).query) == (303, f"signin={why}")
    assert SESSION not in server.client.cookies
    assert SIGN_IN not in server.client.cookies


async def test_a_provider_that_is_away_ends_no_session(server: Server, provider: OpenId) -> None:
    provider.seconds = 10
    await signed_in(server)
    provider.is_away = True
    assert (await ticket(server)).status_code == 503
    provider.is_away = False
    assert (await ticket(server)).status_code == 200


async def test_a_provider_that_has_no_time_ends_no_session(server: Server, provider: OpenId) -> None:
    provider.seconds = 10
    await signed_in(server)
    for provider.busy in (403, 408, 429, 502):
        assert (await ticket(server)).status_code == 503, provider.busy
    provider.busy = None
    assert (await ticket(server)).status_code == 200


async def test_addresses_that_are_known_hold_while_nobody_tells_others(
    demo: Demo, tmp_path: Path, provider: OpenId
) -> None:
    known = Provider(provider.settings(demo.database.url, tmp_path), fresh=0.0)
    before = await known.addresses()
    provider.is_away = True
    assert [await known.addresses() for _ in range(3)] == [before] * 3
    assert provider.told == 2  # and is not asked again for a while


async def test_where_nobody_answers_the_page_says_so(server: Server, provider: OpenId) -> None:
    provider.is_away = True
    answer = await server.client.get("/session/start", headers=HTML)
    assert urlsplit(answer.headers["location"]).query == "signin=unavailable"


AWAY = [
    *("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "data:x", "/a\r\nX: y", ""),
    *(
        "///evil.example",
        "@evil.example",
        ".evil.example",
        ":80@evil.example",
        "https:evil.example",
        "javascript:alert(1)",
    ),
    *("/\t/evil.example", "\t//evil.example", " //evil.example", "/\u2028x", "//[", "x", "/" + "x" * 2_000),
]


async def test_a_link_to_the_sign_in_leads_nowhere_else(server: Server) -> None:
    for to in AWAY:
        assert (await signed_in(server, to)).headers["location"] == f"{server.base_url}/", to


async def test_a_cookie_that_was_made_up_is_none(server: Server) -> None:
    for cookie in (b"", b"a", b"AAAA", b"x" * 4000, b"\xe4"):
        headers = {name.encode(): value.encode() for name, value in ours(server).items()}
        headers[b"Cookie"] = SESSION.encode() + b"=" + cookie
        assert (await server.client.post("/session/token", content="{}", headers=headers)).status_code == 401, cookie


@pytest.mark.skipif(not (BUILT / "portal.html").exists(), reason="npm can't be had: no pages were built")
async def test_the_page_knows_where_people_sign_in(server: Server) -> None:
    page = (await server.client.get("/", headers=HTML)).text
    assert "&quot;provider&quot;: true" in page
    assert not re.search(r"eyJ|code_verifier", page)


async def test_without_a_client_id_there_are_no_sessions(demo: Demo, tmp_path: Path, provider: OpenId) -> None:
    chosen = provider.settings(demo.database.url, tmp_path, portal_client_id=None)
    async with running(chosen) as server:
        assert (await ticket(server)).status_code == 404


async def test_a_confidential_client_says_its_secret(demo: Demo, tmp_path: Path, provider: OpenId) -> None:
    provider.secret = "s3cret"
    for secret, status in (("s3cret", 200), ("wrong", 401)):
        chosen = provider.settings(demo.database.url, tmp_path, portal_client_secret=secret)
        async with running(chosen) as server:
            await signed_in(server)
            assert (await ticket(server)).status_code == status
