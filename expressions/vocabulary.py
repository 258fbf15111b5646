"""The words that a condition may use, judged before it ever runs.

Few loops, none that builds a list, few concatenations and regular expressions: what remains is priced by
`expressions.price`. The weight of a text is the number of its words, each counted once for every time that the loops
around it may run it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from expressions.syntax import CLOSING, OPENING, SyntaxProblem, Token, tokens

MAX_LOOP_DEPTH = 2
MAX_CONCATENATIONS = 20
MAX_PATTERNS = 5
MAX_WEIGHT = 50_000
LEAST_ITERATIONS = 32

LOOPS = frozenset({"all", "exists", "exists_one", "existsOne", "filter"})
BUILDERS = frozenset({"map"})
TYPES = frozenset({"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"})
WORDS = frozenset({"true", "false", "null", "in"})
CONVERSIONS = frozenset({"bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"})
TEXT_FUNCTIONS = frozenset({"contains", "endsWith", "matches", "size", "startsWith"})
DATE_FUNCTIONS = frozenset({"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"})
TIME_FUNCTIONS = frozenset({"getHours", "getMinutes", "getSeconds", "getMilliseconds"})
FUNCTIONS = CONVERSIONS | TEXT_FUNCTIONS | DATE_FUNCTIONS | TIME_FUNCTIONS


@dataclass(slots=True)
class Scope:
    """What a bracket opened: `bound` is the loop's variable, None for any other bracket."""

    bound: str | None


def check_vocabulary(
    text: str, root: str, fields: dict[str, frozenset[str] | None], functions: frozenset[str] = FUNCTIONS
) -> None:
    """Raises `SyntaxProblem` for a name that isn't known, or too many loops, patterns and additions.

    `text` parses. `fields` are those of the variable `root`, with the fields of each in turn where they are known.
    """
    _Walk(tokens(text), root, fields, functions).run()


class _Walk:
    def __init__(
        self,
        found: list[Token],
        root: str,
        fields: dict[str, frozenset[str] | None],
        functions: frozenset[str],
    ) -> None:
        self.tokens = found
        self.root = root
        self.fields = fields
        self.functions = functions
        self.scopes: list[Scope] = []
        self.iterations = max(LEAST_ITERATIONS, 1 + sum(token.text == "," for token in found))
        self.weight = 0
        self.concatenations = 0
        self.patterns = 0

    def run(self) -> None:
        for index, token in enumerate(self.tokens):
            self.weigh(token)
            if token.text in OPENING:
                self.scopes.append(Scope(self.loop_variable(index)))
                self.check_depth(token)
            elif token.text in CLOSING and self.scopes:
                self.scopes.pop()
            elif token.kind == "name":
                self.check_name(index)

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def loop_depth(self) -> int:
        return sum(scope.bound is not None for scope in self.scopes)

    def weigh(self, token: Token) -> None:
        self.weight += self.iterations ** self.loop_depth()
        if self.weight > MAX_WEIGHT:
            raise SyntaxProblem("the loops would take too long; use shorter lists or fewer steps", token.at)
        self.concatenations += token.text == "+"
        if self.concatenations > MAX_CONCATENATIONS:
            raise SyntaxProblem(f"more than {MAX_CONCATENATIONS} additions", token.at)

    def loop_variable(self, index: int) -> str | None:
        """The variable of the loop whose bracket stands at `index`."""
        if self.text(index) != "(" or self.text(index - 2) != "." or self.text(index - 1) not in LOOPS:
            return None
        variable = self.tokens[index + 1]
        if variable.text == self.root or variable.text in TYPES | WORDS:
            raise SyntaxProblem(f"“{variable.text}” can't name a loop's variable", variable.at)
        return variable.text

    def check_depth(self, token: Token) -> None:
        if self.loop_depth() > MAX_LOOP_DEPTH:
            raise SyntaxProblem(f"loops are nested more than {MAX_LOOP_DEPTH} deep", token.at)

    def check_name(self, index: int) -> None:
        token = self.tokens[index]
        if self.text(index + 1) == "{" and token.text not in WORDS:
            raise SyntaxProblem(f"there is no message type “{token.text}”", token.at)
        if self.text(index + 1) == "(":
            self.check_function(index)
        elif self.text(index - 1) == ".":
            self.check_field(index)
        elif token.text != self.root and token.text not in WORDS | TYPES and token.text not in self.visible():
            raise SyntaxProblem(f"“{token.text}” is unknown; a condition speaks of “{self.root}” alone", token.at)

    def visible(self) -> Iterator[str]:
        return (scope.bound for scope in self.scopes if scope.bound is not None)

    def check_function(self, index: int) -> None:
        token, method = self.tokens[index], self.text(index - 1) == "."
        if method and token.text in BUILDERS:
            raise SyntaxProblem(f"“{token.text}” isn't available; use all, exists, exists_one or filter", token.at)
        known = token.text in self.functions or (method and token.text in LOOPS) or (not method and token.text == "has")
        if not known:
            raise SyntaxProblem(f"there is no function “{token.text}”", token.at)
        if token.text != "matches":
            return
        self.patterns += 1
        if self.loop_depth() or self.patterns > MAX_PATTERNS:
            raise SyntaxProblem(f"“matches” may stand {MAX_PATTERNS} times at most, and in no loop", token.at)

    def check_field(self, index: int) -> None:
        """Only paths that begin with the root's name are known; those of other values show when the condition runs."""
        token = self.tokens[index]
        if self.text(index - 2) == self.root and self.text(index - 3) != ".":
            _known(token, self.fields, self.root)
        elif self.text(index - 3) == "." and self.text(index - 4) == self.root and self.text(index - 5) != ".":
            inner = self.fields.get(self.text(index - 2))
            if inner is not None:
                _known(token, inner, f"{self.root}.{self.text(index - 2)}")


def _known(token: Token, names: Collection[str], owner: str) -> None:
    if token.text not in names:
        has = f"it has {', '.join(sorted(names))}" if names else "it has no fields"
        raise SyntaxProblem(f"“{owner}” has no “{token.text}”; {has}", token.at)
