"""Detection of a text file's encoding, if the file tells it.

UTF-8 proves itself: lines with letters beyond ASCII that are right by its rules don't come about by chance. So a file
with at least as many of them as of lines with wrong bytes is UTF-8, damaged at those bytes, and one without wrong bytes
is UTF-8 although another encoding is stated. Where there is no such proof, no other encoding has any.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.imports.doubts import FileInDoubt
from app.imports.faults import ImportStopped, Sample
from app.imports.likely_letters import oddness

WRONG = "\udcff"
"""In place of bytes that are no character; a row that has one is not taken."""
_BLOCK = 1 << 20
_LONGEST_LINE = 1 << 24
_UTF_8 = "utf-8-sig"
_SURELY = 4
"""Letters that are right in UTF-8 by chance in an encoding of several bytes a letter, at most."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LIKELY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "iso8859-15", "mac-roman", "cp850", "shift_jis", "gb18030",
    "big5", "euc_kr", "koi8-r", "cp1255", "cp1256", "cp874",
)  # fmt: skip
_MOST_READINGS, _MOST_BYTES, _MOST_LINES, _JUDGED = 6, 200, 3, 2_000
_PAIRS = (b"\xe4\xe4", b"\xb0\xa1")
"""Letters where an encoding has several bytes a letter."""


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
    """Reads the content once; twice where another encoding than UTF-8 is stated. Raises `ImportStopped`, as
    `FileInDoubt` where nothing tells."""
    name = named(stated) if stated else _UTF_8
    start = content.read(4)
    name = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), name)
    if not name.startswith("utf") and _is_utf_8(content, name):
        name = _UTF_8
    counts = _counted(content, name)
    if name == _UTF_8 and not start.startswith(codecs.BOM_UTF8) and stated is None and counts.tells_nothing:
        raise _doubt(place, content)
    return Encoding(name, damaged=counts.wrong > 0, has_nul=counts.nul > 0)


@dataclass
class _Counts:
    """Lines with characters beyond ASCII: all right; with a wrong one. Characters: beyond ASCII, NUL, all."""

    right: int = 0
    wrong: int = 0
    beyond: int = 0
    nul: int = 0
    length: int = 0

    @property
    def tells_nothing(self) -> bool:
        return self.wrong > self.right or self.nul > self.length // 8

    def add(self, text: str) -> None:
        """`text`: whole lines."""
        self.length += len(text)
        self.nul += text.count("\0")
        if text.isascii():
            return
        for line in text.replace("\r", "\n").split("\n"):
            if not line.isascii():
                if WRONG in line:
                    self.wrong += 1
                else:
                    self.right += 1
        self.beyond += len(text) - len(text.encode("ascii", "ignore"))


def _counted(content: IO[bytes], name: str) -> _Counts:
    counts, rest = _Counts(), ""
    decoder = codecs.getincrementaldecoder(name)(errors="stagepath.mark")
    content.seek(0)
    while True:
        block = content.read(_BLOCK)
        text = rest + decoder.decode(block, final=not block)
        if not block:
            counts.add(text)
            return counts
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        if not end and len(text) > _LONGEST_LINE:
            end = len(text)
        rest = text[end:]
        counts.add(text[:end])


def _is_utf_8(content: IO[bytes], stated: str) -> bool:
    """Whether a file that is stated to be something else is UTF-8 beyond doubt."""
    counts = _counted(content, _UTF_8)
    one_byte_a_letter = all(len(pair.decode(stated, "replace")) == len(pair) for pair in _PAIRS)
    return not counts.wrong and not counts.nul and counts.beyond >= (1 if one_byte_a_letter else _SURELY)


def _doubt(place: Path, content: IO[bytes]) -> FileInDoubt:
    content.seek(0)
    names = _candidates(content.read(_BLOCK // 4))
    lines = list(_strange_lines(content))
    samples = tuple(
        Sample(number, line.decode("ascii", "replace").strip(), tuple(_readings(line, names))) for number, line in lines
    )
    if any(name.startswith("utf-16") for name in names):
        samples = tuple(_wide_samples(content, names))
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
        if not line.isascii():
            yield number, line.strip()[:_MOST_BYTES]
            found += 1
            if found == _MOST_LINES:
                return


def _wide_samples(content: IO[bytes], names: list[str]) -> Iterator[Sample]:
    """The first lines of a file with two bytes a letter, whose ends of lines are such, too."""
    content.seek(0)
    text = content.read(_MOST_BYTES * 4).decode(names[0], "replace")
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], start=1):
        yield Sample(number, line.encode(names[0]).decode("ascii", "replace").replace("\0", "·"),
                     (f"{names[0]}: {line}",))  # fmt: skip


def _candidates(block: bytes) -> list[str]:
    """Encodings that the block can be read in, the most likely first, one for each reading."""
    if block.count(b"\0") > len(block) // 4:
        return ["utf-16-le" if block[1::2].count(0) >= block[::2].count(0) else "utf-16-be"]
    strange = b"\n".join(line for line in block.splitlines()[:_JUDGED] if not line.isascii())
    readings: dict[str, str] = {}
    for name in LIKELY:
        text = _read(strange, name)
        if text is not None:
            readings.setdefault(text, name)
    return [readings[text] for text in sorted(readings, key=oddness)[:_MOST_READINGS]]


def _readings(line: bytes, names: list[str]) -> Iterator[str]:
    for name in names:
        text = line.decode(name, "ignore")
        yield f"{name}: {text.strip()}"


def _read(strange: bytes, name: str) -> str | None:
    """None where it isn't that encoding; a last line may be cut off."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(strange)
    except UnicodeError:
        return None
    return text if all(line.strip("\r\t").isprintable() for line in text.split("\n")) else None
