import pytest

from app.members.addresses import address_key, is_address, same_mailbox


@pytest.mark.parametrize(
    "text",
    ["ada@example.com", "a.b+c@mail.example.co.uk", "O'Neil@example.com", "jürgen@müller.example", "a@localhost"],
)
def test_an_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "ada", "@example.com", "ada@", "ada@@example.com", "ada@example.com, bob@example.com", "ada @example.com",
        "Ada <ada@example.com>", "ada@example..com", "ada@-example.com", "ada@example-.com", "ada@exa mple.com",
        "ada@example.com\n", "ada\0@example.com", "ada\u200b@example.com", f"{'a' * 250}@x.de", "ada@example.com\u202e",
    ],
)  # fmt: skip
def test_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    ("one", "other"), [("Ada@Example.com", "ada@example.COM"), ("MÜLLER@x.de", "mu\u0308ller@x.de")]
)
def test_the_same_address_for_a_person(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


def test_only_the_case_of_ascii_letters_is_let_in() -> None:
    assert same_mailbox("Ada@Example.com", "ada@example.COM")
    assert address_key("kim@x.de") == address_key("\u212aim@x.de")  # the Kelvin sign
    assert not same_mailbox("kim@x.de", "\u212aim@x.de")
    assert not same_mailbox("ss@x.de", "ß@x.de")
