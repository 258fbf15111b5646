"""The price is an upper bound: of sizes, of steps, and of what the parts of patterns do."""

from contextlib import suppress
from typing import Any

import cel
import pytest
from hypothesis import given, settings

from expressions import FAILURES, ExpressionError, compile_expression, number, record, text
from expressions.language import Inputs, Language
from expressions.patterns import NS_PER_STEP, automaton
from expressions.price import NS_PER_ITERATION, _Walk, price
from expressions.shapes import Shape
from expressions.syntax import SyntaxProblem
from expressions.tree import Node, parse
from tests.expressions.language import FULL, LONG, ROOMY, SHAPE, TESTS, VALUES


def shape_of(node: Node) -> Shape:
    return _Walk("deal", SHAPE).shape(node, 1, {})


@settings(max_examples=300)
@given(VALUES)
def test_no_text_is_longer_than_its_shape_says(written: str) -> None:
    try:
        found = Inputs("deal", FULL).run(compile_expression(ROOMY, written))
    except (ExpressionError, *FAILURES):
        return
    assert isinstance(found, str)
    assert len(found) <= shape_of(parse(written)).length


@settings(max_examples=300)
@given(TESTS)
def test_no_loop_goes_round_more_often_than_its_price_says(written: str) -> None:
    """Each round calls a function that counts; the rounds that were paid for are in the price."""
    try:
        total = price(parse(written), "deal", SHAPE).total
    except SyntaxProblem:
        return
    rounds = 0

    def tick(value: Any) -> Any:
        nonlocal rounds
        rounds += 1
        return value

    counting = written.replace("(x, ", "(x, tick(true) && ").replace("(y, ", "(y, tick(true) && ")
    with suppress(*FAILURES):
        cel.compile(counting).execute(cel.Context({"deal": FULL}, {"tick": tick}))
    assert rounds * NS_PER_ITERATION <= total


def dear(written: str, language: Language = ROOMY) -> int:
    return compile_expression(language, written).price


def of_lengths(long: int) -> Language:
    shape = record(name=text(long), note=text(long), amount=number())
    return Language("deal", shape, shape, dearest=10**15)


def test_a_price_grows_with_the_declared_lengths() -> None:
    for written in ("deal.name.contains('x')", "deal.name.matches('(a|b)+c')", "int(deal.name) > 1"):
        short, long = (dear(written, of_lengths(length)) for length in (1_000, 100_000))
        assert 10 * short < long
    unaffected = [dear("deal.amount > 1", of_lengths(length)) for length in (1_000, 100_000)]
    assert unaffected[0] == unaffected[1]


def test_loops_in_loops_multiply() -> None:
    one = dear("deal.tags.all(x, x != 'a')")
    two = dear("deal.tags.all(y, deal.tags.all(x, x != 'a'))")
    assert two - 20_000 > 5 * (one - 20_000)


def test_what_is_added_to_itself_in_loops_is_counted_with_its_length() -> None:
    doubled = parse("deal.name + deal.name + (deal.note + deal.note)")
    assert shape_of(doubled).length == 4 * LONG


PATTERNS = [
    ("a", 1),
    ("abc", 3),
    ("(a{1,100}){1,100}b", 10_000),
    ("((a{1,30}){1,30}){1,30}b", 27_000),
    ("(a?){1000}a{1000}b", 2_000),
    ("a{1000}", 1_000),
    ("a{3,}", 3),
    ("(a|aa|aaa)+", 6),
    (r"\w{1,50}", 50),
    (r"[\w\d]{2}{3}", 6),
    ("(?i)abc", 6),
    ("(?sim)abc", 6),
    ("(?P<name>a{7})", 7),
    (r"\x{1F600}{9}", 9),
]


@pytest.mark.parametrize(("pattern", "least"), PATTERNS)
def test_a_pattern_has_as_many_states_at_work_as_its_repetitions_multiply_to(pattern: str, least: int) -> None:
    assert automaton(pattern).active >= least
    assert automaton(pattern).price(1_000) > least * NS_PER_STEP * 1_000


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "*a", "a|*", "\\", "(?P<a", "a{1", "(?", "a{x}"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(SyntaxProblem):
        automaton(pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a{1001}", "repeats more than 1000 times"),
        ("a{1}{1}{1}", "repeats a repetition of a repetition"),
        ("(" * 21 + "a" + ")" * 21, "groups nested more than 20 deep"),
        ("(?x)a b", "can't have “(?x”"),
        ("(?=a)", "can't have “(?=”"),
        ("(?<!a)", "can't have “(?<”"),
        (r"(a)\1", "can't have “\\1”"),
        ("[a&&b]", "a class in a class"),
        ("[a[b]]", "a class in a class"),
    ],
)
def test_a_pattern_keeps_to_what_has_a_price(pattern: str, said: str) -> None:
    with pytest.raises(SyntaxProblem, match=said.replace("(", r"\(").replace("?", r"\?").replace("\\1", r"\\1")):
        automaton(pattern)


@pytest.mark.parametrize(
    ("written", "at", "said"),
    [
        ("deal.name.matches(deal.note)", 18, "stands there as a text"),
        ("deal.name.matches('a' + 'b')", 18, "stands there as a text"),
        ("matches(deal.name, deal.note)", 19, "stands there as a text"),
        ("deal.name.matches(b'a')", 18, "stands there as a text"),
    ],
)
def test_a_pattern_is_never_made_while_it_runs(written: str, at: int, said: str) -> None:
    with pytest.raises(ExpressionError, match=said) as refused:
        compile_expression(ROOMY, written)
    assert refused.value.position == at


def test_what_is_too_dear_is_told_with_its_dearest_part_and_a_way_out() -> None:
    shape = record(name=text(10_000), note=text(10_000))
    language = Language("deal", shape, shape)
    with pytest.raises(ExpressionError) as refused:
        compile_expression(language, "deal.note != '' && deal.name.matches('(a{1,100}){1,100}b')")
    assert refused.value.position == 37
    assert "25 at most; take a shorter pattern that repeats less" in refused.value.message
