"""Texts and numbers as they stand in an expression, and as they are written for the native library."""

import re

from expressions.syntax import SyntaxProblem, Token

ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
ITSELF = frozenset("\\?\"'`")
LAST_SCALAR = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
ESCAPED_BYTE = 0xDC00
"""Python's own mark of a byte that is no character: `surrogateescape`."""
MOST_INT, MOST_UINT = 2**63, 2**64


def read_text(token: Token) -> str | bytes:
    """Raises `SyntaxProblem` for an escape that CEL doesn't know."""
    prefix = token.text[: len(token.text) - len(token.text.lstrip("bBrR"))].lower()
    quoted = token.text[len(prefix) :]
    quotes = 3 if len(quoted) >= 6 and quoted[:3] in ('"""', "'''") else 1
    inner = quoted[quotes:-quotes]
    if "\0" in inner:
        raise SyntaxProblem("a text can't hold the character NUL; write \\x00", token.at)
    if "r" not in prefix:
        inner = ESCAPE.sub(lambda found: _character(found, token, binary="b" in prefix), inner)
    # What an escape in bytes names stands as a lone surrogate until here: no text holds one of its own.
    return inner.encode("utf-8", "surrogateescape") if "b" in prefix else inner


def _character(found: re.Match[str], token: Token, *, binary: bool) -> str:
    two, four, eight, octal, plain = found.groups()
    if plain is not None:
        if plain in PLAIN or plain in ITSELF:
            return PLAIN.get(plain, plain)
        raise SyntaxProblem(f"“{found[0]}” is not an escape that CEL knows", token.at)
    code = int(octal, 8) if octal else int(two or four or eight, 16)
    if binary and (four or eight):
        raise SyntaxProblem("bytes have no escapes of characters", token.at)
    if code > LAST_SCALAR or code in SURROGATES:
        raise SyntaxProblem(f"“{found[0]}” is no character", token.at)
    return chr(ESCAPED_BYTE + code if binary and code > 127 else code)


def read_number(token: Token) -> str:
    written = token.text
    digits = written.rstrip("uU")
    if "." in written or (written[:2].lower() != "0x" and "e" in written.lower()):
        if len(digits) < len(written):
            raise SyntaxProblem("a number with a point has no sign of its own", token.at)
        return written
    if int(digits, 0 if digits[:2].lower() == "0x" else 10) >= (MOST_UINT if len(digits) < len(written) else MOST_INT):
        raise SyntaxProblem("a number is out of range", token.at)
    return written


def write_text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return 'b"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'
    return '"' + "".join(map(_written, value)) + '"'


def _written(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() and ord(character) < 128 else f"\\U{ord(character):08x}"
