"""In which encoding a text file is written, if that can be told from the file.

UTF-8 proves itself: letters beyond ASCII that are right by its rules don't come about by chance. So a file with many of
them and few wrong bytes is UTF-8, damaged at those bytes. Where there is no such proof, no other encoding has any.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes

from app.imports.doubts import FileInDoubt
from app.imports.faults import ImportStopped, Sample

WRONG = "\udcff"
"""In place of bytes that are no character; a row that has one is not taken."""
_BLOCK = 1 << 20
_RIGHT_FOR_EACH_WRONG = 3
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LIKELY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "iso8859-15", "mac-roman", "cp850", "shift_jis", "gb18030",
    "big5", "euc_kr", "koi8-r", "utf-16-le", "utf-16-be",
)  # fmt: skip
_MOST_READINGS, _MOST_BYTES, _MOST_LINES = 6, 200, 3


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return WRONG, max(error.end, error.start + 1)


codecs.register_error("stagepath.mark", _mark)


@dataclass(frozen=True, slots=True)
class Encoding:
    """`damaged`: some bytes are no characters."""

    name: str
    damaged: bool
    has_nul: bool


def named(name: str) -> str:
    """Python's name of an encoding. Raises `ImportStopped` for one that there isn't."""
    try:
        found = codecs.lookup(name)
        if not found._is_text_encoding:
            raise LookupError
    except (LookupError, ValueError):
        raise ImportStopped(
            f"“{name[:40]}” is no encoding that is known here; there are utf-8, {', '.join(LIKELY)} and others."
        ) from None
    return "utf-8-sig" if found.name == "utf-8" else found.name


def encoding_of(place: Path, content: IO[bytes], stated: str | None) -> Encoding:
    """Reads the content once. Raises `ImportStopped`, as `FileInDoubt` where nothing tells."""
    start = content.read(4)
    content.seek(0)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    name = named(stated) if stated else marked or "utf-8-sig"
    counts = _counted(content, name)
    proven = marked is not None or stated is not None or not counts.wrong
    if proven or (name == "utf-8-sig" and counts.right >= _RIGHT_FOR_EACH_WRONG * counts.wrong):
        if not (stated or marked) and counts.nul > counts.length // 8:
            raise _doubt(place, content)
        return Encoding(name, damaged=counts.wrong > 0, has_nul=counts.nul > 0)
    raise _doubt(place, content)


@dataclass
class _Counts:
    """Of characters: beyond ASCII and right; wrong; NUL; all."""

    right: int = 0
    wrong: int = 0
    nul: int = 0
    length: int = 0


def _counted(content: IO[bytes], name: str) -> _Counts:
    counts = _Counts()
    decoder = codecs.getincrementaldecoder(name)(errors="stagepath.mark")
    content.seek(0)
    while True:
        block = content.read(_BLOCK)
        text = decoder.decode(block, final=not block)
        counts.length += len(text)
        counts.nul += text.count("\0")
        if not text.isascii():
            wrong = text.count(WRONG)
            counts.wrong += wrong
            counts.right += sum(not character.isascii() for character in text) - wrong
        if not block:
            return counts


def _doubt(place: Path, content: IO[bytes]) -> FileInDoubt:
    lines = list(_strange_lines(content))
    content.seek(0)
    names = _candidates(content.read(_BLOCK), b"".join(line for _, line in lines))
    samples = tuple(
        Sample(number, line.decode("ascii", "replace").strip(), tuple(_readings(line, names))) for number, line in lines
    )
    return FileInDoubt(
        str(place),
        "the file is not UTF-8, and nothing tells its encoding",
        samples,
        f"Name it with --encoding, such as --encoding {names[0] if names else 'cp1252'}, or `encoding:` in the "
        "mapping. With --encoding utf-8 rows with wrong bytes are rejected.",
    )


def _strange_lines(content: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    content.seek(0)
    found = 0
    for number, line in enumerate(content, start=1):
        if not line.isascii() or b"\0" in line:
            yield number, line.strip()[:_MOST_BYTES]
            found += 1
            if found == _MOST_LINES:
                return


def _candidates(block: bytes, strange: bytes) -> list[str]:
    """Encodings that the strange lines can be read in, the most likely first, one for each reading."""
    known = {codecs.lookup(name).name: name for name in LIKELY}
    likely = [codecs.lookup(match.encoding).name for match in from_bytes(block[: _BLOCK // 4])]
    readings: dict[str, str] = {}
    for name in (*(known[name] for name in likely if name in known), *LIKELY):
        text = _read(strange, name)
        if text is not None:
            readings[text] = min(readings.get(text, name), name, key=LIKELY.index)
    return list(readings.values())[:_MOST_READINGS]


def _readings(line: bytes, names: list[str]) -> Iterator[str]:
    for name in names:
        text = _read(line, name)
        if text is not None:
            yield f"{name}: {text.strip()}"


def _read(line: bytes, name: str) -> str | None:
    if name in ("utf-8", "utf_8", "ascii"):
        return None
    try:
        text = line.decode(name)
    except (UnicodeError, LookupError):
        return None
    return text if text.strip("\r\n\t").isprintable() else None
