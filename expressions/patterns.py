"""The price of a regular expression, from its text: an allow-list of constructs, each with its states.

The engine behind `matches` (Rust's `regex`) doesn't backtrack. It compiles a pattern for each call, in time with its
states, and then needs for each character as many steps as may be at work at once. A repetition `{m,n}` multiplies
both by `n`, so that repetitions of repetitions grow like powers. Measured with a margin: a class of Unicode letters is
some 700 states, of which one is at work for each of a character's bytes.
"""

import re
from dataclasses import dataclass

from expressions.syntax import SyntaxProblem

MAX_REPEAT = 1_000
MAX_STATES = 1_000_000
MAX_DEPTH = 20
NS_PER_STATE = 500
NS_PER_STEP = 14
NS_PER_CALL = 30_000
ASCII = 128


@dataclass(frozen=True, slots=True)
class Automaton:
    """`states`: how large its program is. `active`: how many of them may be at work on one character."""

    states: int
    active: int

    def __add__(self, other: "Automaton") -> "Automaton":
        return Automaton(self.states + other.states, self.active + other.active)

    def times(self, count: int) -> "Automaton":
        return Automaton(min(MAX_STATES, self.states * count), min(MAX_STATES, self.active * count))

    def price(self, length: int) -> int:
        """Nanoseconds to compile it and search a text of `length` characters, at worst."""
        return NS_PER_CALL + NS_PER_STATE * self.states + NS_PER_STEP * self.active * (length + 1)


EMPTY = Automaton(0, 0)
ONE = Automaton(2, 1)
EDGE = Automaton(2, 2)
WORD_EDGE = Automaton(4, 8)
ANY = Automaton(20, 4)
DIGIT, SPACE, WIDE = Automaton(150, 4), Automaton(60, 4), Automaton(800, 4)
CLASSES = {"d": DIGIT, "D": DIGIT, "s": SPACE, "S": SPACE, "w": WIDE, "W": WIDE, "p": WIDE, "P": WIDE}
EDGES = {"b": WORD_EDGE, "B": WORD_EDGE, "A": EDGE, "z": EDGE}
SIGNS = frozenset("nrtfva0")
FLAGS = frozenset("imsU")
CASELESS = re.compile(r"\(\?[a-zA-Z-]*i")
POSIX = re.compile(r"\[:\^?[a-z]{4,6}:\]")


def automaton(pattern: str) -> Automaton:
    """Raises `SyntaxProblem` without a place for what no pattern may say, or what can't be read as one."""
    reader = _Reader(pattern)
    found = reader.alternatives(0)
    if reader.place < len(pattern):
        raise reader.problem()
    return found


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.caseless = CASELESS.search(pattern) is not None

    def problem(self) -> SyntaxProblem:
        return SyntaxProblem("“matches” needs a valid regular expression", None)

    def refused(self, said: str) -> SyntaxProblem:
        return SyntaxProblem(f"the pattern of “matches” {said}", None)

    def peek(self, count: int = 1) -> str:
        return self.pattern[self.place : self.place + count]

    def take(self, count: int = 1) -> str:
        taken = self.peek(count)
        if len(taken) < count:
            raise self.problem()
        self.place += count
        return taken

    def alternatives(self, depth: int) -> Automaton:
        if depth > MAX_DEPTH:
            raise self.refused(f"has groups nested more than {MAX_DEPTH} deep")
        found = self.sequence(depth)
        while self.peek() == "|":
            self.take()
            found += ONE + self.sequence(depth)
        return found

    def sequence(self, depth: int) -> Automaton:
        found = EMPTY
        while self.peek() not in ("", "|", ")"):
            found += self.repeated(self.atom(depth))
        return found

    def atom(self, depth: int) -> Automaton:
        match self.take():
            case "(":
                return self.group(depth)
            case "[":
                return self.members()
            case "\\":
                return self.escape()
            case ".":
                return ANY
            case "^" | "$":
                return EDGE
            case "*" | "+" | "?" | "{":
                raise self.problem()
            case character:
                return self.character(character)

    def character(self, character: str) -> Automaton:
        size = len(character.encode())
        if self.caseless:
            return Automaton(6 + 4 * size, 2)
        return Automaton(1 + size, 1)

    def group(self, depth: int) -> Automaton:
        if self.peek() == "?":
            self.take()
            if self.peek(2) == "P<" or (self.peek() == "<" and self.peek(2) not in ("<=", "<!")):
                self.skip_to(">")
            else:
                closing = self.flags()
                if closing == ")":
                    return EMPTY
        found = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise self.problem()
        self.take()
        return found + EDGE

    def flags(self) -> str:
        while (sign := self.take()) not in (":", ")"):
            if sign not in FLAGS | {"-"}:
                raise self.refused(f"can't have “(?{sign}”")
        return sign

    def skip_to(self, sign: str) -> None:
        end = self.pattern.find(sign, self.place)
        if end < 0:
            raise self.problem()
        self.place = end + 1

    def escape(self) -> Automaton:
        sign = self.take()
        if sign in "pP":
            if self.take() == "{":
                self.skip_to("}")
            return CLASSES[sign]
        if sign in CLASSES:
            return CLASSES[sign]
        if sign in EDGES:
            return EDGES[sign]
        if sign in "xuU":
            return self.coded({"x": 2, "u": 4, "U": 8}[sign])
        if sign in SIGNS or not sign.isalnum():
            return self.character(sign)
        raise self.refused(f"can't have “\\{sign}”")

    def coded(self, digits: int) -> Automaton:
        if self.peek() == "{":
            self.skip_to("}")
        else:
            self.take(digits)
        return Automaton(12, 2)

    def members(self) -> Automaton:
        """A class: its states are those of all that it names; of them as many are at work as a character has bytes."""
        simple = self.peek() != "^" and not self.caseless
        states = 2 if simple else ANY.states
        if self.peek() == "^":
            self.take()
        first = True
        while first or self.peek() != "]":
            first = False
            if named := POSIX.match(self.pattern, self.place):
                self.place = named.end()
                states, simple = states + 20, simple and "^" not in named[0]
                continue
            sign = self.take()
            if sign in "[&~" and (sign == "[" or self.peek() == sign):
                raise self.refused("can't have a class in a class, nor combine two")
            if sign == "\\":
                part = self.escape()
                states += part.states
                simple = simple and part.active == 1
            elif ord(sign) >= ASCII:
                states += 12 if not self.caseless else 40
                simple = False
            else:
                states += 1 if not self.caseless else 12
        self.take()
        return Automaton(states, 1 if simple else 4)

    def repeated(self, once: Automaton) -> Automaton:
        found, repeats = once, 0
        while self.peek() in ("*", "+", "?", "{") and self.peek():
            repeats += 1
            sign = self.take()
            found = found.times(self.count()) + EDGE if sign == "{" else found + EDGE
            if self.peek() == "?":
                self.take()
        if repeats > 2:
            raise self.refused("repeats a repetition of a repetition")
        return found

    def count(self) -> int:
        begin = self.place
        self.skip_to("}")
        least, comma, most = self.pattern[begin : self.place - 1].partition(",")
        numbers = [part.strip() for part in (least, most) if part.strip()]
        if not least.strip() or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in numbers):
            raise self.refused("has “{” before something else than a number of repetitions, such as {2,5}")
        count = max(map(int, numbers)) + (1 if comma and not most.strip() else 0)
        if count > MAX_REPEAT:
            raise self.refused(f"repeats more than {MAX_REPEAT} times")
        return max(1, count)
