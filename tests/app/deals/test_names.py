import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deals.names import name_key, tidy


@pytest.mark.parametrize(
    "spelling",
    [
        "Müller GmbH", "Mu\u0308ller GmbH", "müller gmbh", "MÜLLER GMBH", "Müller  GmbH", " Müller GmbH ",
        "Müller\u00a0GmbH", "Mül\u00adler GmbH", "Müller\u200b GmbH", "\ufeffMüller GmbH", "Müller\tGmbH",
        "Ｍüller GmbH", "Müller\u3000GmbH", "Müller\u2060 GmbH",
    ],
)  # fmt: skip
def test_spellings_of_one_name(spelling: str) -> None:
    assert name_key(spelling) == name_key("Müller GmbH")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Straße AG", "STRASSE AG"), ("ΟΔΟΣ", "οδος"), ("ﬁrma", "FIRMA"), ("Ⅻ Ltd", "xii ltd"), ("ｱｻﾋ", "アサヒ")],
)
def test_letters_that_unicode_writes_in_two_ways(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Müller GmbH", "Muller GmbH"), ("Müller GmbH", "Müller AG"), ("A B", "AB"), ("Nord", "Nord 2")]
)
def test_other_names(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text())
def test_a_key_is_that_of_every_spelling(name: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert name_key(unicodedata.normalize(form, name)) == name_key(name)
    assert name_key(f"  {name}\u00a0") == name_key(tidy(name)) == name_key(name)
    assert name_key(name_key(name)) == name_key(name)


@given(st.text())
def test_tidying_is_done_once(name: str) -> None:
    assert tidy(tidy(name)) == tidy(name)
