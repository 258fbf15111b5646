"""Language tags and time zones as people give them."""

import pytest

from app.languages import NoSuchLanguage, NoSuchTimeZone, ancestry, canonical_language, canonical_time_zone


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ("en", "en"),
        ("PT-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-ch-1996", "de-CH-1996"),
        ("sq-XK", "sq-XK"),
        ("gsw", "gsw"),
    ],
)
def test_a_language_is_spelled_in_one_way(given: str, spelled: str) -> None:
    assert canonical_language(given) == spelled


@pytest.mark.parametrize(
    "given",
    ["", "e", "german", "de_DE", "xx", "qaa", "und", "mul", "zxx", "en-UK", "en-XX", "en-ZZ", "en-Zyyy", "x-private",
     "de-", "-de", "de DE", "de\n", "dé", "en-abcde", "en-" + "a" * 40],
)  # fmt: skip
def test_what_is_in_no_registry_is_no_language(given: str) -> None:
    with pytest.raises(NoSuchLanguage):
        canonical_language(given)


@pytest.mark.parametrize(
    ("given", "spelled"), [("europe/berlin", "Europe/Berlin"), ("UTC", "UTC"), ("Asia/Kolkata",) * 2]
)
def test_a_time_zone_is_spelled_in_one_way(given: str, spelled: str) -> None:
    assert canonical_time_zone(given) == spelled


@pytest.mark.parametrize("given", ["", "Berlin", "Mars/Phobos", "+02:00", "localtime", "Factory", "../UTC", "Europe/"])
def test_what_the_database_has_not_is_no_time_zone(given: str) -> None:
    with pytest.raises(NoSuchTimeZone):
        canonical_time_zone(given)


def test_a_language_comes_from_its_ancestors() -> None:
    assert ancestry("zh-Hant-TW") == ("zh-hant-tw", "zh-hant", "zh")
