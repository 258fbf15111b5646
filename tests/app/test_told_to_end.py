"""Who is told to end, ends, even where Python forgets what a signal's handler raises."""

import os
import signal
import subprocess
import sys

import pytest
from pydantic import SecretStr

from app import serving
from tests.commands import ROOT
from tests.conftest import SETTINGS

FORGETFUL = """
import signal, sys, typer
from app.command import end_if_told, explained

class Forgets:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

def main():
    with explained():
        Forgets()
        print("goes on", flush=True)
        end_if_told()
        print("was never told")

typer.run(main)
"""


def test_what_a_destructor_forgets_is_remembered() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL],
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "goes on\n")
    assert "Exception ignored" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_does_not_run_yet_takes_it_to_heart(number: signal.Signals) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    elsewhere = SETTINGS.model_copy(update={"database_url": SecretStr("postgresql:///")})
    with serving.listen("127.0.0.1", 0) as listener:
        server = serving.Serving(elsewhere, listener, database_url="postgresql:///", workers=1)
        try:
            signal.raise_signal(number)
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
    assert server.told
