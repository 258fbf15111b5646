"""Terminals, addresses and file systems that commands meet."""

import errno
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from app import serving
from app.settings import Settings
from tests.commands import ROOT, stagepath


def test_a_terminal_that_knows_ascii_alone_ends_no_command(tmp_path: Path) -> None:
    strange = {
        "PYTHONIOENCODING": "ascii:strict",
        "LC_ALL": "xx_YY.CP1254",
        "LANG": "",
        "TZ": "No/Where",
        "COLUMNS": "80",
    }
    done = stagepath(tmp_path, "schema", "--out", "none/ü/schema.graphql", **strange)
    assert done.returncode == 1
    assert done.stderr.startswith("Can't use none/")
    assert "Traceback" not in done.stderr


def test_letters_that_a_terminal_does_not_know_are_question_marks(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("Größe,Name\n1,Ünlü\n", encoding="utf-8")
    done = stagepath(tmp_path, "import", "--inspect", "deals.csv", PYTHONIOENCODING="ascii:strict", COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Gr??e" in done.stdout
    assert "?nl?" in done.stdout


def test_a_recipe_reads_paths_as_utf_8_whatever_the_locale_is(tmp_path: Path) -> None:
    """A path in a `.pth` file of the environment ends it otherwise, before it has begun."""
    folder = tmp_path / "ü"
    folder.mkdir()
    (folder / "found.py").write_text("")
    (tmp_path / "ours.pth").write_text(f"{folder}\n", encoding="utf-8")
    read = f"import site; site.addsitedir('{tmp_path}'); import found"
    recipe = f'shown: ; @$(PY) -c "{read}" && echo read'
    done = subprocess.run(
        ["make", "--silent", "-C", ROOT, "--eval", recipe, "shown"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "xx_YY.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("read\n", "")


def test_an_address_of_another_machine_is_told_from_a_port_in_use(tmp_path: Path) -> None:
    done = stagepath(tmp_path, "serve", "--host", "192.0.2.1", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.startswith("Can't listen on 192.0.2.1:0: ")
    assert "STAGEPATH_HOST names another address" in done.stderr
    with serving.listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        done = stagepath(tmp_path, "serve", "--port", port)
        assert (done.returncode, "STAGEPATH_PORT names another port" in done.stderr) == (1, True)


def test_a_name_of_this_machine_is_an_address() -> None:
    with serving.listen("localhost", 0) as listener:
        socket.create_connection(listener.getsockname()[:2]).close()


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_a_secret_is_kept_once_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    before = os.umask(mask)
    try:
        chosen = Settings(_env_file=None, state_dir=tmp_path / "state")
        first = chosen.secret()
    finally:
        os.umask(before)
    assert chosen.secret() == first
    assert first.startswith("development-")
    assert stat.S_IMODE((tmp_path / "state" / "secret").stat().st_mode) == 0o600
    assert not stat.S_IMODE((tmp_path / "state").stat().st_mode) & 0o022
