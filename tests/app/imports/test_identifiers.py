import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.doubts import FileInDoubt
from app.imports.faults import FieldFault
from app.imports.identifiers import Identifiers, Ids, checksum, restored

LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=15, max_size=15)


def test_an_id_of_15_is_the_same_as_one_of_18() -> None:
    ids = Identifiers(Ids.SALESFORCE)
    assert ids.read("006Qk00000AbCdE") == ids.read("006Qk00000AbCdEIAV") == "006Qk00000AbCdEIAV"
    assert ids.read("006QK00000ABCDEIAV") == "006Qk00000AbCdEIAV", "a program that ignores case wrote it"
    assert ids.read("006qk00000AbCdE") != ids.read("006Qk00000AbCdE")


@given(LETTERS)
def test_the_checksum_tells_the_capitals(short: str) -> None:
    long = short + checksum(short)
    assert restored(long.upper()) == restored(long.lower()) == long


@pytest.mark.parametrize("text", ["006Qk00000AbCdEIA9", "006000000000011BAA", "0060000000000110AB"])
def test_a_damaged_id_is_refused(text: str) -> None:
    ids = Identifiers(Ids.SALESFORCE)
    if text == "006Qk00000AbCdEIA9":
        assert ids.read(text) == text
        assert ids.strange == [text]
        return
    with pytest.raises(FieldFault, match="is damaged"):
        ids.read(text)


@pytest.mark.parametrize("text", [" E-1 ", "E-1\u00a0", "\u200bE-1", "E\u00ad-1", "\ufeffE-1"])
def test_blanks_and_invisible_letters_make_no_other_id(text: str) -> None:
    assert Identifiers(Ids.CHECKED).read(text) == "E-1"


def test_case_makes_another_id() -> None:
    ids = Identifiers(Ids.CHECKED)
    assert ids.read("e-1") != ids.read("E-1")


@pytest.mark.parametrize(
    "text", ["1.23457E+10", "1E+05", "1,23457E+10", "1.00000000000000E+15", "3-Mar", "Mar-26", "01. Mrz"]
)
def test_a_spreadsheets_notation_stops_the_import(text: str) -> None:
    ids = Identifiers(Ids.CHECKED)
    for line in (2, 3):
        ids.look("deals.csv, column “ID”", line, text)
    with pytest.raises(FileInDoubt) as stopped:
        ids.look("deals.csv, column “ID”", 4, text)
    assert "--ids text" in str(stopped.value)
    assert str(stopped.value).count(f"“{text}”") == 3


def test_one_such_id_is_enough_at_the_end() -> None:
    ids = Identifiers(Ids.CHECKED)
    ids.look("deals.csv", 2, "12345")
    ids.look("deals.csv", 3, "1.23457E+10")
    with pytest.raises(FileInDoubt):
        ids.settle()


def test_numbers_with_nothing_behind_the_point_stop_it_where_all_ids_are_such() -> None:
    ids = Identifiers(Ids.CHECKED)
    for line, text in enumerate(("1001.0", "1002.0")):
        ids.look("deals.csv", line, text)
    with pytest.raises(FileInDoubt, match="the id 1001, taken for a number"):
        ids.settle()
    mixed = Identifiers(Ids.CHECKED)
    for line, text in enumerate(("1001.0", "A-17", "1002.0")):
        mixed.look("deals.csv", line, text)
    mixed.settle()


@pytest.mark.parametrize("ids", [Ids.TEXT])
def test_a_mapping_may_say_that_these_are_the_ids(ids: Ids) -> None:
    read = Identifiers(ids)
    for line in range(5):
        read.look("deals.csv", line, "1.23457E+10")
    read.settle()


@pytest.mark.parametrize("text", ["12E5", "E+1", "MAR-2026-1", "3-Marble", "v1.0", "2026-03-01", "0x1E+1"])
def test_other_ids_are_left_alone(text: str) -> None:
    ids = Identifiers(Ids.CHECKED)
    for line in range(4):
        ids.look("deals.csv", line, text)
    ids.settle()
    assert ids.read(text) == text
