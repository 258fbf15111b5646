"""Two claims on a customer are about one deal where they name the same products, or a need in similar words."""

from typing import Any

import pytest

from app.registrations.conflicts.needs import same_deal


def claim(
    need: str = "", products: tuple[str, ...] = (), title: str = "", name: str = "Kelbrin GmbH"
) -> dict[str, Any]:
    return {"name": name, "title": title, "need": need, "products": list(products)}


def test_the_same_products_are_named() -> None:
    assert same_deal(claim(products=("Backup Suite", "Archive")), claim(products=("backup-suite",))) == (
        "The same products: Backup Suite."
    )
    assert same_deal(claim(products=("Backup Suite",)), claim(products=("Firewall",))) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Replace the old firewalls in all plants", "Replacing of the old firewall in all plants", True),
        ("Restores take a day, and the auditor asks for four hours", "Auditor asks for restores in four hours", True),
        ("Replace the old firewalls in all plants", "Move the ERP system to the cloud", False),
        ("Firewall", "Firewall", False),
        ("", "", False),
    ],
)
def test_a_need_in_similar_words(one: str, other: str, same: bool) -> None:
    assert (same_deal(claim(one), claim(other)) == "A similar need.") is same


def test_the_customers_name_is_no_need() -> None:
    titled = "Kelbrin Fördertechnik Bielefeld"
    one, other = claim(title=titled, name=titled), claim(title=titled, name=titled)
    assert same_deal(one, other) is None
