"""The database's disk is full, and the rest of that family: what can't be done is refused as such, reading goes on."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from typing import Any

import asyncpg
import httpx
import pytest

from app.demo.people import demo_id
from tests.clusters import Cluster
from tests.copies import administer, with_database
from tests.disks import Disk, small_disk
from tests.processes import Process, serving
from tests.schema.world import SELLER
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.falls_back("database", "failed")

DEALS = "{ opportunities(first: 1) { totalCount } }"
CREATE = """mutation($name: String!) { createOpportunity(input: {name: $name, accountName: "Hollis", playbookKey:
  "it-software"}) { opportunity { id } userErrors { code message } } }"""
NEW = "application/graphql-response+json"


async def post(process: Process, query: str, **variables: Any) -> httpx.Response:
    token = process.token_for(str(demo_id(f"user/{SELLER}")))
    headers = {"Authorization": f"Bearer {token}", "Accept": NEW}
    async with httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=60) as client:
        return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


def error_of(answer: httpx.Response) -> dict[str, Any]:
    [error] = answer.json()["errors"]
    extensions: dict[str, Any] = error["extensions"]
    return extensions


def told(process: Process) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in process.lines() if line.startswith("{")]
    return [line for line in lines if line["level"] in ("warning", "error", "critical")]


def causes(process: Process) -> list[str]:
    return [line["cause"] for line in told(process) if line["event"].startswith("database")]


async def readiness(process: Process, asked: str = "") -> tuple[int, list[str]]:
    async with httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as client:
        answer = await client.get("/readyz" + asked)
    return answer.status_code, answer.json()["reasons"]


RAISE = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file "base/1/2": No space left' USING ERRCODE = '{state}'; END $$
"""
FAMILY = {
    "53100": ("DATABASE_DISK_FULL", 60),
    "53200": ("DATABASE_EXHAUSTED", 5),
    "53000": ("DATABASE_EXHAUSTED", 5),
    "53400": ("DATABASE_EXHAUSTED", 5),
    "53300": ("DATABASE_TOO_MANY_CONNECTIONS", 5),
    "58030": ("DATABASE_IO_ERROR", 60),
    "58000": ("DATABASE_IO_ERROR", 60),
    "58P01": ("DATABASE_IO_ERROR", 60),
    "25006": ("DATABASE_READ_ONLY", 60),
    "57P01": ("DATABASE_UNREACHABLE", 5),
    "57P02": ("DATABASE_UNREACHABLE", 5),
    "57P03": ("DATABASE_UNREACHABLE", 5),
    "57P04": ("DATABASE_UNREACHABLE", 5),
    "57P05": ("DATABASE_UNREACHABLE", 5),
    "08006": ("DATABASE_UNREACHABLE", 5),
}


async def test_the_whole_family_is_unavailable_and_told_once_each(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path, WORKER_IN_SERVER="false") as process:
        connection = await asyncpg.connect(database_url)
        await connection.execute(RAISE.format(state="53100"))
        await connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON opportunity FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        for state, (_, wait) in FAMILY.items():
            await connection.execute(RAISE.format(state=state))
            for _ in range(3):
                answer = await post(process, CREATE, name="Refused")
                assert error_of(answer)["code"] == "UNAVAILABLE", state
                assert error_of(answer)["retryAfter"] == wait, state
                assert answer.headers["retry-after"] == str(wait)
                assert "extend" not in answer.text
            assert "errors" not in (await post(process, DEALS)).json(), "reading goes on"
        await connection.close()
        assert set(causes(process)) == {cause for cause, _ in FAMILY.values()}
        assert not [line for line in told(process) if "exception" in line or line["level"] != "warning"]
        assert len([line for line in causes(process) if line == "DATABASE_DISK_FULL"]) == 1


async def test_what_is_our_mistake_still_stands_in_the_log(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path, WORKER_IN_SERVER="false") as process:
        await administer(
            database_url,
            RAISE.format(state="XX000"),
            "CREATE TRIGGER refuse BEFORE INSERT ON opportunity FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        assert error_of(await post(process, CREATE, name="Refused"))["code"] == "INTERNAL"
        [line] = told(process)
        assert (line["level"], "exception" in line) == ("error", True)


@pytest.fixture
def disk() -> Iterator[Disk]:
    with small_disk(80) as disk:
        yield disk


@pytest.fixture
async def on_it(disk: Disk, postgres: str, migrated_template: str) -> AsyncIterator[str]:
    """The URL of a database all of whose tables lie there."""
    folder = _owned_as(await _data_directory(postgres), disk.path / "tables")
    await administer(
        postgres,
        f"CREATE TABLESPACE small LOCATION '{folder}'",
        f"CREATE DATABASE on_small TEMPLATE {migrated_template} TABLESPACE small",
    )
    yield with_database(postgres, "on_small")
    disk.free()
    await administer(postgres, "DROP DATABASE on_small WITH (FORCE)", "DROP TABLESPACE small")


def _owned_as(other: str, folder: Path) -> Path:
    folder.mkdir()
    owner = Path(other).stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    return folder


async def _data_directory(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        found: str = await connection.fetchval("SHOW data_directory")
    finally:
        await connection.close()
    return found


async def test_a_full_disk_refuses_changes_alone_and_is_over_when_there_is_room(
    disk: Disk, on_it: str, tmp_path: Path
) -> None:
    async with serving(on_it, tmp_path, WORKER_IN_SERVER="false") as process:
        before = (await post(process, DEALS)).json()["data"]["opportunities"]["totalCount"]
        disk.fill()
        refused = []
        for number in range(400):  # pages that are there have some room left
            answer = await post(process, CREATE, name=f"{number} " + "x" * 180)
            if "errors" in answer.json():
                refused.append(answer)
            if len(refused) == 5:
                break
        assert [error_of(answer)["code"] for answer in refused] == ["UNAVAILABLE"] * 5
        assert {answer.headers["retry-after"] for answer in refused} == {"60"}
        read = (await post(process, DEALS)).json()
        assert read["data"]["opportunities"]["totalCount"] == before + number - 4, "what was answered is there"
        assert causes(process) == ["DATABASE_DISK_FULL"]
        assert not [line for line in told(process) if "exception" in line]
        assert await readiness(process) == (503, ["DATABASE_DISK_FULL"])
        assert await readiness(process, "?reads") == (200, ["DATABASE_DISK_FULL"])
        disk.free()

        async def again() -> bool:
            return "errors" not in (await post(process, CREATE, name="y" * 180)).json()

        async def ready() -> bool:
            return await readiness(process) == (200, [])

        await until(again)
        await until(ready)
        events = [json.loads(line)["event"] for line in process.lines() if '"cause"' in line]
        assert events == ["database unavailable", "database available again"]


async def test_a_full_disk_is_seen_although_nobody_writes(disk: Disk, on_it: str, tmp_path: Path) -> None:
    async with serving(on_it, tmp_path, WORKER_IN_SERVER="false") as process:
        disk.fill()

        async def told() -> bool:
            return await readiness(process) == (503, ["DATABASE_DISK_FULL"])

        await until(told)
        assert "errors" not in (await post(process, DEALS)).json()
        assert causes(process) == ["DATABASE_DISK_FULL"]


class _Unheard(Process):
    """Its output goes to a disk that is full."""

    def __init__(self, database_url: str, directory: Path, **environment: str) -> None:
        super().__init__(database_url, directory, **environment)
        self.log = directory / "full"
        self.log.symlink_to("/dev/full")  # whose end nobody has seen: it must not be read

    def lines(self) -> list[str]:
        return []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has the device")
async def test_output_that_can_t_be_written_stops_nobody(database_url: str, tmp_path: Path) -> None:
    """Neither what is printed nor what is logged; what was lost is counted."""
    async with (
        _Unheard(database_url, tmp_path, LOG_LEVEL="debug", WORKER_IN_SERVER="false") as process,
        httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as client,
    ):
        assert "errors" not in (await post(process, DEALS)).json()
        assert (await post(process, "{ nothing }")).status_code == 400
        lines = (await client.get("/metrics")).text.splitlines()
        [lost] = [line for line in lines if line.startswith("stagepath_log_lines_lost_total ")]
        assert float(lost.split()[1]) > 0


async def test_a_database_that_goes_away_is_told_once_and_without_tracebacks(demo_state: Path, tmp_path: Path) -> None:
    directory = Path(mkdtemp(prefix="pg"))
    copytree(demo_state, directory, dirs_exist_ok=True)
    cluster = Cluster(directory)
    try:
        async with serving(cluster.url, tmp_path) as process:
            await cluster.crash()

            async def away() -> bool:
                return await readiness(process) == (503, ["DATABASE_UNREACHABLE"])

            await until(away)
            for _ in range(5):
                assert (await post(process, DEALS)).headers["retry-after"] == "5"
            await cluster.start()

            async def over() -> bool:
                return any('"database available again"' in line for line in process.lines())

            await until(over, within=40)
            assert causes(process) == ["DATABASE_UNREACHABLE"]
            assert [line for line in told(process) if "exception" in line or line["level"] != "warning"] == []
    finally:
        cluster.stop()
        rmtree(directory)
