"""A user id that has no name, as containers give them: `postgres --single` wants to know one, and uses it for nothing.

Where the system knows none, a shared object that knows one is loaded before the C library. It is written here, byte
by byte, since there may be no compiler: one function, `getpwuid`, that returns one entry whatever it is asked for. It
lives in memory alone, and needs no directory from which programs may be run. Format: System V ABI, ELF-64.
"""

import os
import platform
import pwd
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from app.database.embedded.faults import Unstartable

NAME = b"postgres"

_PAGE = 0x10000  # the largest that either processor has
_LOAD, _DYNAMIC, _STACK = 1, 2, 0x6474E551
_READ, _WRITE, _RUN = 4, 2, 1
_HASH, _STRINGS, _SYMBOLS, _RELOCATIONS, _RELOCATIONS_SIZE, _RELOCATION_SIZE = 4, 5, 6, 7, 8, 9
_STRINGS_SIZE, _SYMBOL_SIZE = 10, 11


def has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


@contextmanager
def named(uid: int) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Environment variables and open files for a program that asks for the user's name. Raises `Unstartable`."""
    if has_name(uid):
        yield {}, ()
        return
    try:
        memory = os.memfd_create("getpwuid", 0)
    except (AttributeError, OSError):
        raise _unnamed(uid) from None
    try:
        os.write(memory, shared_object(platform.machine(), uid))
        yield {"LD_PRELOAD": f"/proc/self/fd/{memory}"}, (memory,)
    finally:
        os.close(memory)


def shared_object(machine: str, uid: int) -> bytes:
    """Raises `Unstartable` for a processor that is not known here."""
    text, entry = 0x400, _PAGE
    try:
        number, relative, code = {
            # lea rax, [rip + distance]; ret
            "x86_64": (62, 8, b"\x48\x8d\x05" + struct.pack("<i", entry - text - 7) + b"\xc3"),
            # adr x0, distance; ret
            "aarch64": (183, 1027, struct.pack("<II", 0x10000000 | (entry - text) >> 2 << 5, 0xD65F03C0)),
        }[machine]
    except KeyError:
        raise _unnamed(uid) from None
    strings = b"\0getpwuid\0" + NAME + b"\0/\0"
    name, folder, nothing = 10, 11 + len(NAME), 0
    hashes, symbols, texts, relocations = 0x200, 0x220, 0x260, 0x300
    dynamic = entry + 0x100

    # struct passwd: its pointers are what the loader has to move, to name, password, full name, home and shell.
    pointers = {0: name, 8: nothing, 24: nothing, 32: folder, 40: nothing}
    moved = b"".join(struct.pack("<QQq", entry + at, relative, texts + string) for at, string in pointers.items())
    tags = (
        *((_HASH, hashes), (_STRINGS, texts), (_SYMBOLS, symbols), (_STRINGS_SIZE, len(strings)), (_SYMBOL_SIZE, 24)),
        *((_RELOCATIONS, relocations), (_RELOCATIONS_SIZE, len(moved)), (_RELOCATION_SIZE, 24), (0, 0)),
    )
    tagged = b"".join(struct.pack("<qQ", *tag) for tag in tags)
    segments = (
        (_LOAD, _READ | _RUN, 0, text + len(code), _PAGE),
        (_LOAD, _READ | _WRITE, entry, dynamic - entry + len(tagged), _PAGE),
        (_DYNAMIC, _READ | _WRITE, dynamic, len(tagged), 8),
        (_STACK, _READ | _WRITE, 0, 0, 16),
    )
    headers = b"".join(
        struct.pack("<IIQQQQQQ", kind, flags, at, at, at, size, size, align)
        for kind, flags, at, size, align in segments
    )
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, number, 1, 0, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    image = bytearray(dynamic + len(tagged))
    for at, part in (
        (0, head + headers),
        (hashes, struct.pack("<IIIII", 1, 2, 1, 0, 0)),  # one bucket with one symbol
        (symbols, bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 1, text, len(code))),
        (texts, strings),
        (relocations, moved),
        (text, code),
        (entry + 16, struct.pack("<II", uid, uid)),
        (dynamic, tagged),
    ):
        image[at : at + len(part)] = part
    return bytes(image)


def _unnamed(uid: int) -> Unstartable:
    return Unstartable(f"user id {uid} has no name on this system; add it to /etc/passwd, or run as one that has.")
