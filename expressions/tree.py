"""An expression's text read into a tree: CEL's grammar, without messages, optionals and names with a leading dot.

The tree is never deeper than `MAX_DEPTH` and never has more than `MAX_NODES` nodes, so that whoever walks it, the
native library included, needs little stack and time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from expressions.literals import read_number, read_text
from expressions.syntax import SyntaxProblem, Token, check_nesting, tokens
from expressions.vocabulary import LOOPS

MAX_DEPTH = 60
MAX_NODES = 500
UNREADABLE = "it can't be read as a CEL expression"

PRECEDENCE = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "in"), 1),
    **dict.fromkeys("+-", 2),
    **dict.fromkeys("*/%", 3),
}
PAIRS = frozenset({"<=", ">=", "==", "!=", "&&", "||"})
CONSTANTS = frozenset({"true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Node:
    at: int
    depth: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """`value` is a text, bytes, a boolean or None; a number stays as it is `written`."""

    value: str | bytes | bool | None
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    owner: Node
    field: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    owner: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`target` is what stands before the point; None for a function that is called by itself."""

    target: Node | None
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Many(Node):
    """`sign`: `&&` or `||` between any number of parts, `[` for a list."""

    sign: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    sign: str
    inner: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choice(Node):
    test: Node
    then: Node
    otherwise: Node


def parts(node: Node) -> tuple[Node, ...]:
    """What it is made of."""
    match node:
        case Select(owner=owner):
            return (owner,)
        case Index(owner=owner, key=key):
            return (owner, key)
        case Call(target=target, arguments=arguments):
            return (*((target,) if target else ()), *arguments)
        case Many(parts=parts):
            return parts
        case Mapping(pairs=pairs):
            return tuple(part for pair in pairs for part in pair)
        case Unary(inner=inner):
            return (inner,)
        case Binary(left=left, right=right):
            return (left, right)
        case Choice(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
    return ()


def parse(text: str) -> Node:
    """Raises `SyntaxProblem`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SyntaxProblem(UNREADABLE, None) from None
    check_nesting(text)
    if not text.strip():
        raise SyntaxProblem("it is empty", len(text))
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_joined(tokens(text)))
        self.place = 0
        self.nodes = 0
        self.level = 0

    def whole(self) -> Node:
        found = self.expression()
        if self.place < len(self.tokens):
            raise self.unexpected()
        return found

    def peek(self) -> str:
        """The next sign or word; nothing for literals, which no rule asks for by their text."""
        token = self.token()
        return token.text if token is not None and token.kind in ("sign", "name") else ""

    def token(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> Token:
        token = self.token()
        if token is None:
            raise self.unexpected()
        self.place += 1
        return token

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.unexpected()
        self.place += 1

    def unexpected(self) -> SyntaxProblem:
        token = self.token()
        if token is None:
            return SyntaxProblem("it ends too early", len(self.text))
        return SyntaxProblem(
            f"“{self.text[token.at : token.at + 20].split(chr(10))[0]}” is not expected here", token.at
        )

    def depth(self, at: int, *parts: Node) -> int:
        """That of a node over `parts`, which is counted."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise SyntaxProblem(f"it has more than {MAX_NODES} parts", at)
        depth = 1 + max((part.depth for part in parts), default=0)
        if depth > MAX_DEPTH:
            raise SyntaxProblem(f"its parts are nested more than {MAX_DEPTH} deep", at)
        return depth

    def expression(self) -> Node:
        self.level += 1
        if self.level > MAX_DEPTH:
            raise SyntaxProblem(f"its parts are nested more than {MAX_DEPTH} deep", self.tokens[self.place - 1].at)
        test = self.many("||")
        if self.peek() == "?":
            self.take()
            then = self.many("||")
            self.expect(":")
            otherwise = self.expression()
            test = Choice(test.at, self.depth(test.at, test, then, otherwise), test, then, otherwise)
        self.level -= 1
        return test

    def many(self, sign: str) -> Node:
        parts = [self.part(sign)]
        while self.peek() == sign:
            self.take()
            parts.append(self.part(sign))
        return parts[0] if len(parts) == 1 else Many(parts[0].at, self.depth(parts[0].at, *parts), sign, tuple(parts))

    def part(self, sign: str) -> Node:
        return self.many("&&") if sign == "||" else self.binary(1)

    def binary(self, least: int) -> Node:
        left = self.unary()
        while (strength := PRECEDENCE.get(self.peek(), 0)) >= least:
            sign = self.take().text
            right = self.binary(strength + 1)
            left = Binary(left.at, self.depth(left.at, left, right), sign, left, right)
        return left

    def unary(self) -> Node:
        signs: list[Token] = []
        while self.peek() in ("!", "-") and (not signs or self.peek() == signs[0].text):
            signs.append(self.take())
        inner = self.member()
        for token in reversed(signs):
            inner = Unary(token.at, self.depth(token.at, inner), token.text, inner)
        return inner

    def member(self) -> Node:
        found = self.primary()
        while (sign := self.peek()) in (".", "["):
            self.take()
            if sign == "[":
                key = self.expression()
                self.expect("]")
                found = Index(found.at, self.depth(found.at, found, key), found, key)
            else:
                found = self.selected(found)
        return found

    def selected(self, owner: Node) -> Node:
        name = self.name()
        if self.peek() == "(":
            arguments = self.listed("(", ")")
            at = name.at
            if name.text in LOOPS and not (len(arguments) == 2 and isinstance(arguments[0], Name)):
                raise SyntaxProblem(f"“{name.text}” takes a variable and what is asked of it", at)
            return Call(at, self.depth(at, owner, *arguments), owner, name.text, arguments)
        return Select(owner.at, self.depth(owner.at, owner), owner, name.text)

    def name(self) -> Token:
        token = self.token()
        if token is None or token.kind != "name" or token.text in CONSTANTS | {"in"}:
            raise self.unexpected()
        return self.take()

    def primary(self) -> Node:
        token = self.token()
        if token is None:
            raise self.unexpected()
        if token.kind in ("raw", "text"):
            self.take()
            return Literal(token.at, self.depth(token.at), read_text(token))
        if token.kind == "number":
            self.take()
            return Literal(token.at, self.depth(token.at), None, read_number(token))
        if token.text in CONSTANTS:
            self.take()
            value = None if token.text == "null" else token.text == "true"
            return Literal(token.at, self.depth(token.at), value)
        return self.bracketed(token)

    def bracketed(self, token: Token) -> Node:
        if token.text == "(":
            self.take()
            inner = self.expression()
            self.expect(")")
            return inner
        if token.text == "[":
            parts = self.listed("[", "]")
            return Many(token.at, self.depth(token.at, *parts), "[", parts)
        if token.text == "{":
            return self.mapping(token.at)
        name = self.name()
        if self.peek() == "{":
            raise SyntaxProblem(f"there is no message type “{name.text}”", name.at)
        if self.peek() != "(":
            return Name(name.at, self.depth(name.at), name.text)
        arguments = self.has() if name.text == "has" else self.listed("(", ")")
        return Call(name.at, self.depth(name.at, *arguments), None, name.text, arguments)

    def has(self) -> tuple[Node, ...]:
        self.expect("(")
        asked = self.expression()
        if not isinstance(asked, Select):
            complete = self.peek() == ")"
            message = "invalid argument to has() macro" if complete else UNREADABLE
            raise SyntaxProblem(message, asked.at if complete else None)
        self.expect(")")
        return (asked,)

    def listed(self, opening: str, closing: str) -> tuple[Node, ...]:
        self.expect(opening)
        parts: list[Node] = []
        while self.peek() != closing:
            parts.append(self.expression())
            if self.peek() != closing:
                self.expect(",")
                if opening == "(" and self.peek() == closing:
                    raise self.unexpected()
        self.expect(closing)
        return tuple(parts)

    def mapping(self, at: int) -> Node:
        self.expect("{")
        pairs: list[tuple[Node, Node]] = []
        while self.peek() != "}":
            key = self.expression()
            self.expect(":")
            pairs.append((key, self.expression()))
            if self.peek() != "}":
                self.expect(",")
        self.expect("}")
        return Mapping(at, self.depth(at, *(part for pair in pairs for part in pair)), tuple(pairs))


def _joined(found: list[Token]) -> Iterator[Token]:
    """Signs of two characters as one token."""
    place = 0
    while place < len(found):
        token = found[place]
        following = found[place + 1] if place + 1 < len(found) else None
        if following is not None and following.at == token.at + 1 and token.text + following.text in PAIRS:
            yield Token("sign", token.text + following.text, token.at)
            place += 2
        else:
            yield token
            place += 1
