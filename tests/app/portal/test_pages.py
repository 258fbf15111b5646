"""Pages for browsers: what they are made of, what they may do, and who gets a token from them."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from app.database import Database
from app.portal.demo_tokens import objection
from app.portal.files import BUILT
from app.portal.pages import Pages
from app.settings import Mode, Settings
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HTML = {"Accept": BROWSER}
ADDRESSES = {"name": "Stagepath", "graphql": "/graphql", "alive": "/healthz", "ready": "/readyz"}
ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "app" / "portal" / "web" / "src" / "graphiql" / "examples.json"

built = pytest.mark.skipif(not (BUILT / "graphiql.html").exists(), reason="npm can't be had: no pages were built")


def policy(response: httpx.Response) -> dict[str, list[str]]:
    parts = (part.split() for part in response.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}


def production(database_url: str, state_dir: Path, **changes: Any) -> Settings:
    fixed: dict[str, Any] = {
        "mode": Mode.PRODUCTION,
        "secret_key": SecretStr("0123456789abcdef" * 4),
        "jwks_url": "http://127.0.0.1:1/keys",
        "jwt_issuer": "issuer",
        "jwt_audience": "audience",
    }
    return settings_for(database_url, state_dir, **fixed | changes)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.9", ""])
async def test_programs_get_addresses_as_json(server: Server, accept: str) -> None:
    answer = await server.client.get("/", headers={"Accept": accept})
    assert answer.json() == ADDRESSES


async def test_without_the_portal_browsers_get_a_page_that_runs_nothing(database: Database, tmp_path: Path) -> None:
    async with running(settings_for(database.url, tmp_path, portal=False)) as server:
        await runs_nothing(server, await server.client.get("/", headers=HTML))
        assert (await server.client.get("/board", headers=HTML)).status_code == 404


async def test_without_npm_the_home_page_says_what_to_do(server: Server, tmp_path: Path) -> None:
    pages = Pages(server.settings, ADDRESSES, tmp_path)
    within = httpx.ASGITransport(Starlette(routes=pages.routes()))
    async with httpx.AsyncClient(transport=within, timeout=PATIENCE) as client:
        for path in ("/", "/deals/opp_1"):
            page = await client.get(f"{server.base_url}{path}", headers=HTML)
            assert "The portal isn’t built yet: run <code>make install</code>" in page.text


async def runs_nothing(server: Server, page: httpx.Response) -> None:
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert policy(page) == {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
    }
    assert "<script" not in page.text
    assert " style=" not in page.text
    for address in re.findall(r'(?:href|src)="([^"]+)"', page.text):
        assert not urlsplit(address).netloc
        assert (await server.client.get("/" + address)).status_code in (200, 401)


PORTAL = ["/", "/board", "/deals/opp_00000000-0000-0000-0000-000000000000", "/a/b/c"]


@built
@pytest.mark.parametrize("path", PORTAL)
async def test_the_portal_is_at_every_address_of_a_page(server: Server, path: str) -> None:
    page = await server.client.get(path, headers=HTML)
    assert page.status_code == 200
    [nonce] = set(re.findall(r'nonce="([^"]+)"', page.text))
    assert policy(page) == {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", f"'nonce-{nonce}'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
    }
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\ssrc=)", page.text)
    addresses = re.findall(r'(?:href|src)="([^"]+/assets/[^"]+)"', page.text)
    assert addresses
    for address in addresses:
        file = await server.client.get(urljoin(path, address))
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"


@built
@pytest.mark.parametrize("path", ["/favicon.ico", "/deals/x.js", "/assets/x"])
async def test_what_looks_like_a_file_is_no_page(server: Server, path: str) -> None:
    assert (await server.client.get(path, headers=HTML)).status_code == 404


@pytest.mark.parametrize(("method", "accept"), [("GET", "*/*"), ("GET", "application/json"), ("POST", BROWSER)])
async def test_programs_find_nothing_where_the_portal_has_pages(server: Server, method: str, accept: str) -> None:
    answer = await server.client.request(method, "/board", headers={"Accept": accept})
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "Not Found", **{k: v for k, v in ADDRESSES.items() if k != "name"}},
    )


@built
def test_a_first_load_takes_less_than_250_kilobytes() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    page = manifest["src/portal/pages/board/BoardPage.tsx"]
    loaded = everything(manifest, "portal.html") | everything(manifest, "src/portal/pages/board/BoardPage.tsx")
    assert page["file"] in loaded
    sizes = {name: (BUILT / f"{name}.br").stat().st_size for name in loaded if name.endswith((".js", ".css"))}
    assert sum(sizes.values()) <= 250_000, sizes


def everything(manifest: dict[str, Any], entry: str) -> set[str]:
    """The files that `entry` can't do without."""
    chunk = manifest[entry]
    found = {chunk["file"], *chunk.get("css", [])}
    return found.union(*(everything(manifest, name) for name in chunk.get("imports", [])))


@built
async def test_graphiql_is_made_of_files_from_here(server: Server) -> None:
    page = await server.client.get("/graphql", headers=HTML)
    assert page.status_code == 200
    allowed = policy(page)
    [nonce] = set(re.findall(r'nonce="([^"]+)"', page.text))
    assert allowed["style-src"] == ["'self'", f"'nonce-{nonce}'"]
    assert {source for name, sources in allowed.items() if name != "style-src" for source in sources} == {
        "'none'",
        "'self'",
        "data:",
    }
    assert not re.search(r"<script(?![^>]*\ssrc=)", page.text)
    addresses = re.findall(r'(?:href|src)="(\./assets/[^"]+)"', page.text)
    assert addresses
    for address in addresses:
        file = await server.client.get(address[1:])
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"


@built
async def test_each_page_has_a_nonce_of_its_own(server: Server) -> None:
    pages = [(await server.client.get("/graphql", headers=HTML)).text for _ in range(2)]
    assert pages[0] != pages[1]


@built
@pytest.mark.parametrize(
    ("accept", "coding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None)]
)
async def test_files_come_compressed_to_those_who_take_it(server: Server, accept: str, coding: str | None) -> None:
    [script] = list((BUILT / "assets").glob("graphiql-*.js"))
    suffix = {"br": ".br", "gzip": ".gz", None: ""}[coding]
    async with server.client.stream("GET", f"/assets/{script.name}", headers={"Accept-Encoding": accept}) as file:
        sent = b"".join([part async for part in file.aiter_raw()])
    assert file.headers.get("content-encoding") == coding
    assert file.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "Accept-Encoding" in file.headers["vary"]
    assert sent == script.with_name(script.name + suffix).read_bytes()
    again = await server.client.get(
        f"/assets/{script.name}", headers={"Accept-Encoding": accept, "If-None-Match": file.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/..%2fgraphiql.html",
        "/assets/%2e%2e/graphiql.html",
        "/assets/..%5c..%5csettings.py",
        "/assets/../../settings.py",
        "/assets/%00",
        "/assets/%2fetc%2fpasswd",
        "/assets/graphiql.html",
        "/assets/stamp",
        "/assets/page.css",
    ],
)
async def test_no_address_leads_anywhere_else(server: Server, path: str) -> None:
    assert (await server.client.get(path)).status_code in (400, 404)


async def test_programs_that_read_the_api_by_get_are_answered_as_before(server: Server) -> None:
    answer = await server.client.get("/graphql", params={"query": "{ __typename }"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json; charset=utf-8")


async def test_production_has_no_graphiql_unless_it_is_asked_for(database: Database, tmp_path: Path) -> None:
    async with running(production(database.url, tmp_path)) as server:
        assert (await server.client.get("/graphql", headers={"Accept": "text/html"})).status_code == 406
        assert (await server.client.get("/graphql", headers=HTML)).status_code == 401
        assert "GraphiQL" not in (await server.client.get("/", headers=HTML)).text
    async with running(production(database.url, tmp_path, graphiql=True)) as server:
        assert "<!doctype html>" in (await server.client.get("/graphql", headers=HTML)).text
        assert (await server.client.post("/demo/people")).status_code == 404


def ours(server: Server) -> dict[str, str]:
    return {"Origin": server.base_url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}


@pytest.fixture
async def demo_server(demo_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo_url, tmp_path, demo=True)) as server:
        yield server


async def test_our_own_page_gets_a_token_for_each_of_the_demo(demo_server: Server) -> None:
    answer = (await demo_server.client.post("/demo/people", headers=ours(demo_server))).json()
    assert {person["role"] for person in answer["people"]} == {
        "VENDOR_ADMIN",
        "CHANNEL_MANAGER",
        "PARTNER_MANAGER",
        "PARTNER_SELLER",
    }
    assert answer["seconds"] == 3600
    for person in answer["people"]:
        said = await demo_server.ask("{ viewer { user { name } } }", token=person["token"])
        assert said["data"] == {"viewer": {"user": {"name": person["name"]}}}


REBOUND = "evil.example:8000"


@pytest.mark.parametrize(
    "changed",
    [
        {"Host": REBOUND},
        {"Host": REBOUND, "Origin": f"http://{REBOUND}"},
        {"Host": "127.0.0.1.evil.example", "Origin": "http://127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example", "Origin": "http://localhost.evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
async def test_nobody_else_does(demo_server: Server, changed: dict[str, str]) -> None:
    answer = await demo_server.client.post("/demo/people", headers=ours(demo_server) | changed)
    assert answer.status_code == 403
    assert "token" not in {*answer.json()}
    assert not re.search(r"eyJ", answer.text)


@pytest.mark.parametrize(
    "address", ["10.0.0.7", "192.168.1.9", "203.0.113.4", "2001:db8::1", "::ffff:10.0.0.7", "", "a"]
)
def test_nor_does_another_machine(address: str) -> None:
    own = {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000", "content-type": "application/json"}
    assert objection("127.0.0.1", "http", own) is None
    assert objection("::1", "http", own) is None
    assert objection("::ffff:127.0.0.1", "http", own) is None
    assert objection(address, "http", own) is not None


async def test_a_page_that_has_turned_its_name_into_ours_reads_no_more_than_html(demo_server: Server) -> None:
    page = await demo_server.client.get("/graphql", headers=HTML | {"Host": REBOUND})
    assert "eyJ" not in page.text


async def test_other_ways_of_asking_are_none(demo_server: Server) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await demo_server.client.request(method, "/demo/people", headers=ours(demo_server))
        assert answer.status_code == 405


async def test_without_the_demo_there_are_no_tokens(server: Server) -> None:
    assert (await server.client.post("/demo/people", headers=ours(server))).status_code == 404


def test_the_examples_are_the_queries_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    queries = re.findall(r"```graphql\n(.*?)\n```", readme, re.DOTALL)
    assert [example["query"] for example in json.loads(EXAMPLES.read_text("utf-8"))] == queries


@pytest.mark.skipif(not (ROOT / "app" / "portal" / "web" / "src" / "icon.svg").exists(), reason="no sources here")
def test_the_pages_have_one_icon() -> None:
    portal = ROOT / "app" / "portal"
    assert (portal / "static" / "icon.svg").read_bytes() == (portal / "web" / "src" / "icon.svg").read_bytes()
