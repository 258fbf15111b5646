"""The words of an expression's text, and the bounds on its brackets that hold before any parser reads it."""

import re
from dataclasses import dataclass

MAX_NESTING = 24
OPENING = frozenset("([{")
CLOSING = frozenset(")]}")

TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\r\f]+ | //[^\n]*)
    | (?P<raw>[bB]?[rR](?:\"\"\".*?\"\"\" | '''.*?''' | "[^"\n]*" | '[^'\n]*'))
    | (?P<text>[bB]?(?:\"\"\"(?:\\.|[^\\])*?\"\"\" | '''(?:\\.|[^\\])*?''' | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'))
    | (?P<number>(?:0[xX][0-9a-fA-F]+ | [0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)? | [0-9]+(?:[eE][+-]?[0-9]+)?)[uU]?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    at: int


class SyntaxProblem(Exception):
    def __init__(self, message: str, at: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


def tokens(text: str) -> list[Token]:
    found = (Token(str(match.lastgroup), match.group(), match.start()) for match in TOKEN.finditer(text))
    return [token for token in found if token.kind != "space"]


def check_nesting(text: str) -> None:
    """Raises `SyntaxProblem`. Made before the text is parsed: the parser descends once for every bracket."""
    depth = 0
    for token in tokens(text):
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth > MAX_NESTING:
            raise SyntaxProblem(f"brackets are nested more than {MAX_NESTING} deep", token.at)
