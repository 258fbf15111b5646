"""Names are taken apart as people read them, and numbers, domains and places compared as they are written."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.company_names import Company, likeness, search_terms
from app.company_names.countries import country_of
from app.company_names.domains import domain_of
from app.company_names.name import names_of
from app.company_names.places import same_place
from app.company_names.registration_numbers import number_of, same_number
from app.company_names.vocabulary import HERE, legal_forms, meanings

FORMS = {
    "AE": "Kelbrin FZE", "AT": "Kelbrin Ges.m.b.H. & Co KG", "AU": "Kelbrin Pty. Ltd.", "BE": "Kelbrin SPRL",
    "BG": "Келбрин ЕООД", "BR": "Kelbrin Ltda.", "CA": "Kelbrin Ltée", "CH": "Kelbrin Sagl",
    "CN": "Kelbrin Co., Ltd.", "CZ": "Kelbrin spol. s r.o.", "DE": "Kelbrin GmbH & Co. KGaA", "DK": "Kelbrin ApS",
    "EE": "Kelbrin OÜ", "ES": "Kelbrin S.L.U.", "FI": "Kelbrin Oy Ab", "FR": "Kelbrin S.A.R.L.",
    "GB": "Kelbrin P.L.C.", "GR": "Kelbrin Α.Ε.", "HR": "Kelbrin d.o.o.", "HU": "Kelbrin Zrt.",
    "ID": "PT Kelbrin Tbk", "IE": "Kelbrin Teoranta", "IN": "Kelbrin Pvt. Ltd.", "IS": "Kelbrin ehf.",
    "IT": "Kelbrin S.r.l.", "JP": "Kelbrin K.K.", "KR": "주식회사 Kelbrin", "LT": "Kelbrin UAB",
    "LU": "Kelbrin S.à r.l.", "LV": "SIA Kelbrin", "MX": "Kelbrin S.A. de C.V.", "MY": "Kelbrin Sdn. Bhd.",
    "NL": "Kelbrin B.V.", "NO": "Kelbrin ASA", "PL": "Kelbrin Sp. z o.o. Sp. k.", "PT": "Kelbrin Lda.",
    "RO": "Kelbrin S.R.L.", "RS": "Kelbrin d.o.o.", "RU": "ООО Kelbrin", "SE": "Kelbrin AB (publ)",
    "SG": "Kelbrin Pte Ltd", "SI": "Kelbrin d.d.", "SK": "Kelbrin a.s.", "TR": "Kelbrin San. ve Tic. A.Ş.",
    "UA": "ТОВ Kelbrin", "US": "Kelbrin, L.L.C.", "VN": "Kelbrin JSC", "ZA": "Kelbrin (Pty) Ltd",
}  # fmt: skip


@pytest.mark.parametrize("country", FORMS)
def test_a_legal_form_is_no_part_of_the_name(country: str) -> None:
    (name,) = names_of(FORMS[country])
    assert [word.short for word in name.words] == ["kelbrin"]
    assert country in name.forms


def test_a_name_is_never_left_empty() -> None:
    for form in legal_forms():
        assert names_of(form), form


def test_a_word_has_one_meaning() -> None:
    seen: dict[str, str] = {}
    for section, lines in yaml.safe_load((HERE / "business_words.yaml").read_text("utf-8")).items():
        for concept, words in lines.items() if isinstance(lines, dict) else [(section, lines)]:
            for word in set(words.split()):
                assert seen.setdefault(word, concept) == concept, word
    assert len(meanings()) > 1_500


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Kelbrin Bros. Mfg. Intl.", "KELBRIN BROTHERS MANUFACTURING INTERNATIONAL"),
        ("Müller & Söhne", "Mueller und Soehne"),
        ("Müller & Söhne", "Muller y Sohne"),
        ("Østergård", "Oestergaard"),
        ("Щербаков", "Shcherbakov"),
        ("Ζαχαρόπουλος", "Zacharopoulos"),
        ("Łódzka Fabryka", "Fabryka Lodzka"),
        ("O'Brannagh", "OBrannagh"),
        ("A.B.C. Kelbrin", "ABC Kelbrin"),
        ("Kelbrin\u200b Tool-Works", "kelbrin toolworks"),
        ("ｋｅｌｂｒｉｎ", "Kelbrin"),
    ],
)
def test_one_name_written_in_two_ways(a: str, b: str) -> None:
    assert likeness(Company(a), Company(b)).alike


@pytest.mark.parametrize(
    ("text", "registered"),
    [
        ("https://www.Nordwind.de/kontakt?x=1", "nordwind.de"),
        ("shop.nordwind.co.uk", "nordwind.co.uk"),
        ("someone@mail.nordwind.com.au", "nordwind.com.au"),
        ("müller.de", "xn--mller-kva.de"),
        ("nordwind.de.", "nordwind.de"),
        ("nordwind.example.com", "nordwind.example.com"),
        ("example.com", "example.com"),
        ("gmail.com", None),
        ("someone@web.de", None),
        ("kelbrin.wixsite.com", None),
        ("localhost", None),
        ("192.168.1.1", None),
        ("", None),
    ],
)
def test_the_registered_part_of_a_domain(text: str, registered: str | None) -> None:
    found = domain_of(text)
    assert (found and found.registered) == registered


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (("DE 123 456 789", "DE"), ("USt-IdNr. DE123456789", "DE"), True),
        (("HRB 12345 Amtsgericht München", "DE"), ("AG München, HRB 12345", "DE"), True),
        (("HRB 12345 Amtsgericht München", "DE"), ("HRB 12345 Amtsgericht Hamburg", "DE"), False),
        (("HRB 12345 München", "DE"), ("HRB 54321 München", "DE"), False),
        (("732 829 320", "FR"), ("732 829 320 00074", "FR"), True),
        (("FR44732829320", "FR"), ("SIREN 732829320", "FR"), True),
        (("0403.170.701", "BE"), ("BE 0403170701", "BE"), True),
        (("1234567", "GB"), ("01234567", "GB"), True),
        (("556016-0680", "SE"), ("SE556016068001", "SE"), True),
        (("NL001234567B01", "NL"), ("NL001234567B02", "NL"), True),
        (("CHE-116.281.710 MWST", "CH"), ("CHE116281710", "CH"), True),
        (("12345678", "GB"), ("12345678", "PL"), None),
        (("12345678", "GB"), ("87654321", "GB"), False),
    ],
)
def test_registration_numbers(a: tuple[str, str], b: tuple[str, str], same: bool | None) -> None:
    one, other = number_of(*a), number_of(*b)
    assert one is not None
    assert other is not None
    assert same_number(one, other, a[1], b[1]) is same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("München", "Munich", True),
        ("Frankfurt/Main", "Frankfurt am Main", True),
        ("Saint Paul", "St. Paul", True),
        ("大阪市", "Osaka", True),
        ("Москва", "Moscow", True),
        ("Bremen", "Bremerhaven", False),
        ("", "Bremen", None),
    ],
)
def test_places(a: str, b: str, same: bool | None) -> None:
    assert same_place(a, b) is same


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"), ("Germany", "DE"), ("DEUTSCHLAND", "DE"), ("UK", "GB"), ("United Kingdom", "GB"),
        ("États-Unis", "US"), ("Österreich", "AT"), ("日本", "JP"), ("Atlantis", "ATLANTIS"), ("", None), (None, None),
    ],
)  # fmt: skip
def test_countries(text: str | None, code: str | None) -> None:
    assert country_of(text) == code


def test_a_number_of_the_register_says_more_than_all_else() -> None:
    a = Company("Kelbrin GmbH", "Ulm", "DE", registration_number="DE 811 234 567")
    renamed = Company("Ostrovan Systems AG", "Kiel", "DE", registration_number="DE811234567")
    other = Company("Kelbrin GmbH", "Ulm", "DE", registration_number="DE811999999")
    assert likeness(a, renamed).alike
    assert likeness(a, renamed).reasons[0] == "The same registration number."
    assert not likeness(a, other).alike


def test_mail_for_everybody_says_nothing() -> None:
    a, b = Company("Kelbrin GmbH", domain="gmail.com"), Company("Ostrovan AG", domain="gmail.com")
    assert likeness(a, b).same_domain is None
    assert not likeness(a, b).alike


def test_reasons_are_sentences() -> None:
    a = Company("Kaltenrieth Fördertechnik GmbH", "Bielefeld", "DE", "kaltenrieth.de")
    b = Company("Kaltenreth Fördertechnik", "Bielefeld", "DE", "www.kaltenrieth.de")
    assert likeness(a, b).reasons == (
        "The same domain, kaltenrieth.de.",
        "The names have in common: foerdertechnik. Spelt alike: “kaltenreth” and “kaltenrieth”.",
        "The same place, Bielefeld.",
    )


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_compared(a: str, b: str) -> None:
    one, other = Company(a, b, a[:2], b, a), Company(b, a, b[:2], a, b)
    assert 0 <= likeness(one, other).score <= 1
    assert likeness(one, other).score == likeness(other, one).score
    assert search_terms(one) == search_terms(Company(a, b, a[:2], b, a))


@settings(max_examples=40)
@given(st.text(alphabet=st.characters(categories=["Ll", "Lu"], max_codepoint=0x24F), min_size=6, max_size=14))
def test_a_company_is_like_itself(name: str) -> None:
    assert likeness(Company(name, "Ulm", "DE"), Company(name.upper() + " GmbH", "Ulm", "DE")).alike
