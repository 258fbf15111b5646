"""The native library gets the tree that was checked, written anew: it has to mean what its author wrote."""

from typing import Any

import cel
import pytest
from hypothesis import given, settings

from expressions import FAILURES, ExpressionError, SyntaxProblem, compile_expression
from expressions.language import Inputs
from expressions.literals import write_text
from expressions.tree import Literal, parse
from tests.expressions.language import FULL, ROOMY, TESTS

NOT_ANSWERED = object()


def as_written(text: str) -> Any:
    try:
        return cel.compile(text).execute(cel.Context({"deal": FULL}))
    except FAILURES:
        return NOT_ANSWERED


def as_run(text: str) -> Any:
    try:
        return Inputs("deal", FULL).run(compile_expression(ROOMY, text))
    except FAILURES:
        return NOT_ANSWERED


@settings(max_examples=400)
@given(TESTS)
def test_what_runs_means_what_was_written(text: str) -> None:
    try:
        compile_expression(ROOMY, text)
    except ExpressionError:
        return
    assert as_run(text) == as_written(text)


@pytest.mark.parametrize(
    "text",
    [
        "1 - 2 - 3 == -4",
        "1 - (2 - 3) == 2",
        "2 * (3 + 4) == 14 && 2 * 3 + 4 == 10",
        "!(true && false) || false",
        "!!true && - - 1 == 1",
        "(1 < 2) == true",
        "true ? (false ? false : true) : false",
        "(true ? false : true) ? false : true",
        "-(1 + 2) == -3",
        "[1, 2,].size() == 2 && {'a': 1,}.a == 1",
        "['zzz'].all(deal_name, deal.name != deal_name)",
        "[1].all(a, [2].all(b, a < b)) && [1].all(a, [3].all(a, a == 3))",
        "deal['name'] == deal.name && {'deal': 1}['deal'] == 1",
        "deal.owner.age == deal['owner']['age']",
        "0x1F == 31 && 1e3 == 1000.0 && .5 == 0.5 && 7u == 7u",
        "'\\'\"' == \"'\\\"\" && r'\\d' == '\\\\d' && '\\x41\\u0042\\U00000043\\104' == 'ABCD'",
        "'''it's\n''' == \"it's\\n\" && '😀é\\t\\\\' == \"😀é\t\\\\\"",
        "b'\\xff\\x00a' != b'a' && b'é' == b'\\303\\251' && br'\\x' == b'\\\\x'",
        "size(b'\\xff\\x00') == 2 && size('\\0041') == 2",
        "'a' in ['a'] && !('b' in {'a': 1})",
        "type(deal.name) == string && type(1) != double",
        "has(deal.name) && has(deal.owner.age) && !has(deal.answers.none)",
    ],
)
def test_brackets_literals_and_names_keep_their_meaning(text: str) -> None:
    assert as_run(text) is True
    assert as_written(text) is True


@pytest.mark.parametrize("value", ["", "a", '"\\', "\n\t\r\0", "é😀\u200b", "\x7f\x80", "{{}}"])
def test_a_text_is_the_same_when_it_is_read_again(value: str) -> None:
    again = parse(write_text(value))
    assert isinstance(again, Literal)
    assert again.value == value
    assert cel.compile(write_text(value)).execute() == value
    assert cel.compile(write_text(value.encode())).execute() == value.encode()


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("'\\q' == 'q'", "“\\q” is not an escape that CEL knows", 0),
        ("'\\ud800' == ''", "“\\ud800” is no character", 0),
        ("b'\\u0041' == b'A'", "bytes have no escapes of characters", 0),
        ("1 == 9223372036854775808", "a number is out of range", 5),
        ("1u == 18446744073709551616u", "a number is out of range", 6),
        ("'\0' == ''", "a text can't hold the character NUL; write \\x00", 0),
        ("deal.?name == 'x'", "“?name == 'x'” is not expected here", 5),
        (".deal == 1", "“.deal == 1” is not expected here", 0),
        ("[1].all(1, true)", "“all” takes a variable and what is asked of it", 4),
        ("[1].all(x)", "“all” takes a variable and what is asked of it", 4),
        ("[,]", "“,]” is not expected here", 1),
        ("size('a',)", "“)” is not expected here", 9),
        ("!-1 == 1", "“-1 == 1” is not expected here", 1),
        ("true true", "“true” is not expected here", 5),
        ("deal.in", "“in” is not expected here", 5),
    ],
)
def test_what_the_tree_does_not_know_is_refused_before_the_library_sees_it(text: str, message: str, at: int) -> None:
    with pytest.raises(SyntaxProblem) as refused:
        parse(text)
    assert (refused.value.message, refused.value.at) == (message, at)


DEEP = [
    opening * 400 + "1" for opening in ("(", "[", "{1:", "!", "-", "true ? 1 : ", "1 + ", "1 == ", "a.", "size(", "a[")
]
DEEP += [" || ".join(["true"] * 600), "1" + "<1" * 70, "[" + "1," * 600 + "1]", "a" + ".b" * 70]


@pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:9])
def test_depth_and_size_are_bounded(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse(text)
