"""Several server processes of an application that starts, or not, as a file wants it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.commands import GIVE_UP_SECONDS, ROOT
from tests.waiting import PATIENCE, until

SERVE = """
import sys, uvicorn
from app import serving
from app.processes import Processes
listener = serving.listen("127.0.0.1", 0)
print(serving.address_of(listener), flush=True)
config = uvicorn.Config("flaky:application", factory=True, workers=2, log_level="critical")
processes = Processes(config, [listener], hung_seconds=600)
processes.run()
sys.exit(processes.failed)
"""
FLAKY = """
import os, pathlib, sys
broken = pathlib.Path(__file__).with_name("broken")

async def serve(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        if not broken.exists():
            broken.with_name(f"served-{os.getpid()}").touch()
        await send({"type": "lifespan.startup.failed" if broken.exists() else "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})

def application():
    if broken.exists() and broken.read_text():
        sys.exit(int(broken.read_text()))
    return serve
"""


class Served:
    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self.broken = folder / "broken"
        self.url = process.stdout.readline().strip()

    def children(self) -> set[int]:
        return {
            child.pid
            for child in psutil.Process(self.process.pid).children()
            if child.status() != psutil.STATUS_ZOMBIE and "spawn_main" in " ".join(child.cmdline())
        }

    async def answers(self) -> int:
        """Who has answered."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            return int((await client.get(self.url)).text)

    async def both_serve(self) -> bool:
        children = self.children()
        return len(children) == 2 and all(self.broken.with_name(f"served-{child}").exists() for child in children)


@contextmanager
def served(folder: Path, broken: str | None = None) -> Iterator[Served]:
    (folder / "flaky.py").write_text(FLAKY)
    if broken is not None:
        (folder / "broken").write_text(broken)
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{folder}", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Served(process, folder)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=GIVE_UP_SECONDS)


@pytest.mark.parametrize("how", ["", "1", "3"])
def test_when_none_can_start_that_is_the_end(tmp_path: Path, how: str) -> None:
    with served(tmp_path, broken=how) as found:
        assert found.process.wait(PATIENCE) == 1


@pytest.mark.parametrize("how", ["", "1"])
async def test_one_that_can_not_start_is_tried_again_while_the_others_serve(tmp_path: Path, how: str) -> None:
    with served(tmp_path) as found:
        await until(found.both_serve)
        found.broken.write_text(how)
        dying, living = found.children()
        os.kill(dying, signal.SIGKILL)
        tried: set[int] = set()

        async def tried_twice() -> bool:
            tried.update(found.children() - {dying, living})
            return len(tried) >= 2

        await until(tried_twice)
        assert await found.answers() == living
        found.broken.unlink()
        await until(found.both_serve)
        assert living in found.children()


async def test_told_to_stop_while_one_can_not_start_it_ends_well(tmp_path: Path) -> None:
    with served(tmp_path) as found:
        await until(found.both_serve)
        found.broken.write_text("")
        os.kill(min(found.children()), signal.SIGKILL)

        async def one_is_left() -> bool:
            return len(found.children()) == 1

        await until(one_is_left)
        found.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(found.process.wait, PATIENCE) == 0


async def test_one_that_hangs_keeps_nobody_from_looking_after_the_others(tmp_path: Path) -> None:
    """Stopped it answers nothing, and nobody waits for it."""
    with served(tmp_path) as found:
        await until(found.both_serve)
        hanging, dying = found.children()
        os.kill(hanging, signal.SIGSTOP)
        os.kill(dying, signal.SIGKILL)

        async def another_is_there() -> bool:
            return len(found.children() - {hanging, dying}) == 1

        await until(another_is_there)
        os.kill(hanging, signal.SIGCONT)
        await until(found.both_serve)
