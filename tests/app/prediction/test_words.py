"""The reasons of a prediction, in the language of who reads them."""

import pytest

from app.prediction.explaining import TOGETHER
from app.prediction.features import EVERY
from app.prediction.words import SAID, worded
from catalogues import LANGUAGES

VALUES: dict[str, list[object]] = {
    "stage": ["Proposal"],
    "days_in_stage": [0.2, 1.0, 34.0],
    "stuck": [400.0],
    "age": [3.0],
    "pace": [-0.7, 0.7],
    "moves_back": [0.0, 0.7, 1.1],
    "amount": [0.0, -1.0, 1.0],
    "amount_changed": [0.0, -1.0, 1.0],
    "close_date_put_off": [0.0, 0.7, 1.4],
    "close_date_passed": [0.0, 0.7, 3.0],
    "silence": [0.7, 3.0],
    "done": [0.0, 0.7, 1.4],
    "created_on_weekend": [0.0, 1.0],
    "source": ["PARTNER", "VENDOR", "CO_SELL"],
    "tier": ["GOLD"],
    "industry": ["machine building"],
    "partner": ["x"],
    "no longer known": [1.0],
}
CASES = [(feature, value, points) for feature, of in VALUES.items() for value in of for points in (12, -12)]


def test_every_feature_has_words() -> None:
    assert {one.key for one in EVERY} - {*TOGETHER} | {"stage", "stuck"} == {*SAID}
    assert {*SAID} < {*VALUES}


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_each_reason_is_told_in_the_readers_language(language: str) -> None:
    """And whatever is a word of ours in its value."""
    for case in CASES:
        [english], [told] = worded([case], "en"), worded([case], language)
        assert told.text != english.text, case
        assert (told.points, told.feature) == (english.points, english.feature)
        [good], [bad] = worded([(*case[:2], 5)], language), worded([(*case[:2], -5)], language)
        assert good.text != bad.text or case[0] == "stuck"


def test_what_is_said_is_said_in_good_language() -> None:
    def text(feature: str, value: object, language: str) -> tuple[str, str]:
        [one] = worded([(feature, value, -31)], language)
        return one.text, one.value

    assert text("days_in_stage", 34.0, "de-AT") == (
        "Er ist seit 34 Tagen in dieser Phase; solche Deals werden seltener gewonnen.",
        "34 Tage",
    )
    assert text("pace", 0.9, "fr")[1] == "2,5 × la durée habituelle"
    assert text("pace", 0.9, "en")[1] == "2.5 × the usual time"
    assert text("close_date_put_off", 1.4, "es")[0].startswith("Su fecha de cierre prevista se aplazó 3 veces; ")
    assert text("silence", 3.0, "ja") == (
        "The last activity was 19 days ago; such deals are won less often.",
        "19 days",
    )


def test_a_stage_is_named_where_its_name_is_in_the_readers_language() -> None:
    case = [("stage", "Angebot", 40)]
    assert worded(case, "de", "de-CH")[0].text == (
        "Deals in „Angebot“ werden häufiger gewonnen als Deals im Durchschnitt."
    )
    for language in LANGUAGES:
        [one] = worded(case, language, "en" if language == "de" else "de")
        assert "Angebot" not in one.text or language == "de"
    assert (
        worded(case, "de", "en")[0].text == "Deals in seiner Phase werden häufiger gewonnen als Deals im Durchschnitt."
    )


def test_names_of_others_are_no_places_in_a_sentence() -> None:
    [one] = worded([("stage", "{n} {stage} {x}", 40)], "en")
    assert one.text == "Deals in “{n} {stage} {x}” are won more often than deals on average."
