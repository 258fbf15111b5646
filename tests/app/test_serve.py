"""`stagepath serve` from its first line to its last: the real command, its own PostgreSQL, a real port."""

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from tests.commands import ROOT, Running, environment, stagepath, started, survivors
from tests.waiting import PATIENCE

TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
PEOPLE = re.compile(r"^  ([A-Z_]+): (.+), (.+)$")
LISTEN = "subscription { opportunityStageChanged { cursor } }"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Its database outlives one start: the second finds the demo programme there.

    Not in pytest's directory, which every other run closes to the user that PostgreSQL runs as.
    """
    with TemporaryDirectory(prefix="stagepath-") as made:
        yield Path(made)


def address(running: Running, name: str) -> str:
    [line] = [line for line in running.said if line.startswith(f"  {name}")]
    return line.split()[1]


def ask(running: Running, token: str, query: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    response = httpx.post(address(running, "GraphQL"), json={"query": query}, headers=headers, timeout=PATIENCE)
    answer: dict[str, Any] = response.json()
    answer.pop("extensions", None)
    return answer


def readme_commands(graphql: str, folder: Path) -> dict[str, Any]:
    """What the README has one paste into a second terminal."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [pasted] = [block for block in re.findall(r"```sh\n(.*?)\n```", readme, re.DOTALL) if "TOKEN" in block]
    script = pasted.replace("http://127.0.0.1:8000/graphql", graphql)
    done = subprocess.run(
        ["sh", "-ec", script], cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return {"data": answer["data"]}


def accepts(url: str) -> bool:
    parts = httpx.URL(url)
    try:
        socket.create_connection((parts.host, parts.port or 80)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_make_run_says_where_it_serves_who_may_come_in_and_what_to_ask_and_leaves_nothing_behind(folder: Path) -> None:
    with started(
        folder, "--silent", "-C", str(ROOT), "run", command="make", terminal=True, STAGEPATH_PORT="0"
    ) as running:
        graphql = address(running, "GraphQL")
        assert graphql.endswith("/graphql")
        for path in ("/healthz", "/readyz"):
            assert path in " ".join(running.said)
            assert httpx.get(graphql.replace("/graphql", path), timeout=PATIENCE).status_code == 200

        people = [match.groups() for line in running.said if (match := PEOPLE.match(line))]
        tokens = [line.strip() for line in running.said if TOKEN.fullmatch(line.strip())]
        assert {role for role, *_ in people} == {"VENDOR_ADMIN", "CHANNEL_MANAGER", "PARTNER_MANAGER", "PARTNER_SELLER"}
        assert len(tokens) == len(people)
        for (role, name, organization), token in zip(people, tokens, strict=True):
            answer = ask(running, token, "{ viewer { user { name role } organization { name } } }")
            assert answer == {
                "data": {"viewer": {"user": {"name": name, "role": role}, "organization": {"name": organization}}}
            }

        if shutil.which("curl"):
            pasted = "\n".join(running.said).split("A first query, as ")[1].split(":\n", 1)[1].split("\n\nCtrl-C")[0]
            done = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True)
            first = json.loads(done.stdout)["data"]
            assert first["viewer"] == {"user": {"name": "Jonas Frei"}}
            assert len(first["opportunities"]["nodes"]) == 3
            assert first["opportunities"]["totalCount"] > 3
            assert readme_commands(graphql, folder) == {
                "data": {"viewer": {"user": {"name": "Jonas Frei", "role": "PARTNER_SELLER"}}}
            }

        family = running.family()
        assert "postgres" in {process.name() for process in family}
        # The server ends well, make by the signal itself or well, too.
        assert running.end(signal.SIGINT, everyone=True) in (0, -signal.SIGINT)
        assert survivors(family) == []
        assert not accepts(graphql)
        assert not TOKEN.search(running.logged)
        assert "Traceback" not in running.logged


def test_what_may_be_kept_holds_no_token_and_says_how_to_get_one(folder: Path) -> None:
    """Standard output is a pipe here, as under a service manager or in a container."""
    with started(folder, "serve", "--port", "0", STAGEPATH_LOG_LEVEL="debug") as running:
        assert not TOKEN.search("\n".join(running.said))
        assert "`stagepath token --role ROLE` prints a token of the demo programme, for the roles" in running.said
        assert "  CHANNEL_MANAGER, PARTNER_MANAGER, PARTNER_SELLER, VENDOR_ADMIN." in running.said
        token = stagepath(folder, "token", "--role", "PARTNER_SELLER").stdout.strip()
        assert ask(running, token, "{ viewer { user { role } } }") == {
            "data": {"viewer": {"user": {"role": "PARTNER_SELLER"}}}
        }
        assert running.end(signal.SIGTERM) == 0
        assert not TOKEN.search(running.logged)


def test_told_to_terminate_it_ends_its_streams_and_takes_its_database_along(folder: Path) -> None:
    loud = {"STAGEPATH_LOG_LEVEL": "debug", "STAGEPATH_LOG_FORMAT": "json"}
    with started(folder, "serve", "--port", "0", terminal=True, **loud) as running:
        token = next(line.strip() for line in running.said if TOKEN.fullmatch(line.strip()))
        refused = ask(running, token, "{ nobody }")
        assert "errors" in refused
        assert "errors" in ask(running, token[:-3] + "xyz", "{ viewer { user { name } } }")
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        with (
            httpx.Client(timeout=PATIENCE) as client,
            client.stream("POST", address(running, "GraphQL"), json={"query": LISTEN}, headers=headers) as response,
        ):
            assert response.status_code == 200
            family = running.family()
            running.process.send_signal(signal.SIGTERM)
            lines_of_stream = list(response.iter_lines())
            assert [line for line in lines_of_stream if line.startswith("event:")] == [], "`complete` is for good"
            assert [line for line in lines_of_stream if line.startswith("id:")], "where to go on"
        assert running.process.wait(PATIENCE) == 0
        assert survivors(family) == []
        lines = [json.loads(line) for line in running.logged.splitlines()]
        assert [line["code"] for line in lines if line["event"] == "refused"] == ["GRAPHQL_VALIDATION_FAILED"]
        assert not TOKEN.search(running.logged)


def test_several_server_processes_end_together(folder: Path) -> None:
    with started(folder, "serve", "--port", "0", "--workers", "2", terminal=True) as running:
        token = next(line.strip() for line in running.said if TOKEN.fullmatch(line.strip()))
        assert ask(running, token, "{ viewer { user { role } } }") == {
            "data": {"viewer": {"user": {"role": "VENDOR_ADMIN"}}}
        }
        family = running.family()
        assert len(family) >= 3  # two servers and a database
        assert running.end(signal.SIGTERM) == 0
        assert survivors(family) == []
        assert "Traceback" not in running.logged
