"""Numbers of companies in registers, as people write them: VAT numbers, commercial registers, SIREN and SIRET.

A number says which company it is only within its register: `HRB 1234` of two courts are two companies, and so may be
the same digits in two countries.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from app.company_names.letters import romanised
from app.company_names.places import place_words

_COURT = re.compile(r"\b(hr[ab]|gnr|vr|pr)\b\.?\s*(?:nr\b\.?)?\s*:?\s*([0-9][0-9 .]*)\s*([a-z]{1,2}\b)?")
_COURT_WORDS = re.compile(r"\b(?:amtsgericht|registergericht|ag|amtsger|handelsregister|hr|nr|no|des|beim|in)\b\.?")
_VAT = re.compile(
    r"^(at|be|bg|cy|cz|de|dk|ee|el|gr|es|fi|fr|gb|hr|hu|ie|it|lt|lu|lv|mt|nl|pl|pt|ro|se|si|sk|xi|che)(?=.*[0-9])"
)
_LABELS = re.compile(
    r"^(?:ust-?\s*id-?\s*(?:nr)?|vat(?:\s*(?:no|number|id|reg))?|tva|p\.?\s*iva|partita\s*iva|siren|siret|rcs|kvk|kbo|bce|krs|regon|"
    r"nip|cif|nif|uid|fn|org\.?\s*(?:nr)?|cvr|ico|dic|crn|company\s*(?:no|number)|ein|duns|d-u-n-s)\b[\s.:#-]*"
)


class RegistrationNumber(NamedTuple):
    register: str
    """`HRB`, `VAT`, or empty where nothing says which."""
    digits: str
    """And letters, without what stands between them."""
    court: str = ""


@lru_cache(maxsize=20_000)
def number_of(text: str | None, country: str | None = None) -> RegistrationNumber | None:
    """None where there are too few characters for a number."""
    plain = " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())
    found = _COURT.search(plain)
    if found is not None:
        rest = _COURT_WORDS.sub(" ", plain[: found.start()] + " " + plain[found.end() :])
        digits = re.sub(r"\D", "", found[2]).lstrip("0") + (found[3] or "")
        return RegistrationNumber(found[1].upper(), digits.upper(), "".join(place_words(rest)))
    plain = _LABELS.sub("", _LABELS.sub("", plain))
    bare = "".join(c for c in "".join(romanised(c).long for c in plain) if c.isalnum())
    bare = re.sub(r"(mwst|tva|iva)$", "", bare)
    vat = _VAT.match(bare)
    if vat is not None and len(bare) > len(vat[0]) + 5:
        return RegistrationNumber(f"VAT {_state(vat[0])}", _within(_state(vat[0]), bare[len(vat[0]) :]))
    if len(bare) < 5 or not any(c.isdigit() for c in bare):
        return None
    return RegistrationNumber("", _within((country or "").upper(), bare))


def _state(prefix: str) -> str:
    return {"el": "GR", "che": "CH", "xi": "GB"}.get(prefix, prefix.upper())


def _within(country: str, bare: str) -> str:
    """One number for those of one company that contain each other."""
    bare = bare.upper()
    match country:
        case "FR" if len(bare) in (11, 14) and bare[-9:].isdigit():  # key and SIREN; SIREN and establishment
            return bare[2:] if len(bare) == 11 else bare[:9]
        case "BE" if bare.isdigit() and len(bare) in (9, 10):
            return bare.zfill(10)
        case "GB" if bare.isdigit() and len(bare) < 8:
            return bare.zfill(8)
        case "SE" if bare.isdigit() and len(bare) == 12 and bare.endswith("01"):
            return bare[:10]
        case "AT" if bare.startswith("U"):
            return bare[1:]
        case "NL" if len(bare) == 12 and bare[9] == "B":
            return bare[:9]
        case _:
            return bare


def same_number(
    a: RegistrationNumber, b: RegistrationNumber, country_a: str | None = None, country_b: str | None = None
) -> bool | None:
    """Whether both name one company. None where they are of registers that can't be compared."""
    if a.register.startswith("HR") or b.register.startswith("HR") or a.court or b.court:
        if a.register != b.register or a.digits != b.digits:
            return False if a.register == b.register and (not a.court or not b.court or a.court == b.court) else None
        return a.court == b.court if a.court and b.court else True
    states = (a.register[4:] or country_a or "", b.register[4:] or country_b or "")
    if states[0] and states[1] and states[0] != states[1]:
        return None
    if a.digits == b.digits:
        return True
    return False if a.register == b.register and len(a.digits) == len(b.digits) else None
