"""Files that pages are made of, handed out under names that hold a hash of what is in them.

They are found when the server starts, and by name alone: no address is ever made into a path.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from app.portal.policy import FILE_HEADERS
from app.web.preferences import qualities

HERE = Path(__file__).parent
BUILT = HERE / "built"
"""What `app.portal.build` has made of `web/`: pages, and files under `assets/`."""
STATIC = HERE / "static"

FOREVER = "public, max-age=31536000, immutable"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
_CODINGS = {"br": ".br", "gzip": ".gz"}
"""In the order in which they are preferred."""


class File(NamedTuple):
    """`coded`: the same, compressed, by content coding."""

    path: Path
    type: str
    coded: Mapping[str, Path]


class Files:
    """Those of `folder`, under their own names, which the build has put hashes into, and those of `static`."""

    def __init__(self, folder: Path = BUILT / "assets", static: Path = STATIC) -> None:
        self.folder = folder
        self._named = {_hashed(path): File(path, _TYPES[path.suffix], {}) for path in _of(static)}
        self.addresses = {path.name: f"assets/{_hashed(path)}" for path in _of(static)}
        """Where `static` files are, by their plain names; relative to `/`."""
        self._built: dict[str, File] = {}
        self.look()

    def look(self) -> None:
        """See what has been built meanwhile."""
        self._built = {path.name: File(path, _TYPES[path.suffix], dict(_coded(path))) for path in _of(self.folder)}

    def found(self, name: str) -> File | None:
        return self._named.get(name) or self._built.get(name)

    def routes(self) -> list[Route]:
        return [Route("/assets/{name}", self._answer)]

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        file = self.found(name)
        if file is None or not file.path.is_file():
            raise HTTPException(404)
        coding = _coding(request.headers, file)
        tag = f'"{name}{_CODINGS.get(coding or "", "")}"'
        headers = {"Cache-Control": FOREVER, "ETag": tag, "Vary": "Accept-Encoding", **FILE_HEADERS}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if coding is None:
            return FileResponse(file.path, headers=headers, media_type=file.type)
        return FileResponse(file.coded[coding], headers=headers | {"Content-Encoding": coding}, media_type=file.type)


def _of(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if path.suffix in _TYPES)


def _coded(path: Path) -> Iterator[tuple[str, Path]]:
    for coding, suffix in _CODINGS.items():
        if (compressed := path.with_name(path.name + suffix)).is_file():
            yield coding, compressed


def _hashed(path: Path) -> str:
    return f"{path.stem}-{sha256(path.read_bytes()).hexdigest()[:10]}{path.suffix}"


def _coding(headers: Headers, file: File) -> str | None:
    taken = qualities(headers.get("accept-encoding", ""))
    return next((coding for coding in file.coded if taken.get(coding, 0) > 0), None)
