"""Cleaning of texts for prompts: no secrets, contact details, links, control characters or fences.

Every value that a template prints passes `clean`, whoever wrote it and however it got there, so that no template can
forget it.
"""

import re
import unicodedata

LONGEST = 2_000
"""Characters of one value."""

FENCES = str.maketrans({"<": "‹", ">": "›"})
"""Fences are written in angle brackets; with none inside a value, a value can't close its own."""

SCRUBBED = (
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|\Z)", re.DOTALL), "[secret]"),
    (re.compile(r"\b(?:https?|hxxps?|ftp|mailto|tel)\s*:\s*(?://)?\S+|\bwww\.\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"(?<![^\s@<>()\[\],;:])[^\s@<>()\[\],;:]+\s?@\s?[^\s@<>()\[\],;:]+\.\w{2,}"), "[e-mail address]"),
    (
        re.compile(
            r"(?<![\w.+-])[\w.+-]+\s*[(\[{]\s*at\s*[)\]}]\s*[\w-]+(?:\s*(?:\.|[(\[{]\s*dot\s*[)\]}])\s*[\w-]+)+",
            re.IGNORECASE,
        ),
        "[e-mail address]",
    ),
    (re.compile(r"\b(?:bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), "[secret]"),
    (
        re.compile(
            r"\b(?:password|passwort|passwd|pwd|passphrase|secret|token|api[ _-]?key|access[ _-]?key|pin|otp|iban)\b"
            r"\s*(?:\bis\b|\bist\b|[:=])\s*\S+",
            re.IGNORECASE,
        ),
        "[secret]",
    ),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}"), "[secret]"),
    (re.compile(r"\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abprs]|AKIA|ASIA|AIza)[-_]?[A-Za-z0-9_-]{12,}"), "[secret]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[secret]"),
    (
        re.compile(r"(?<![A-Za-z0-9+/_=-])(?=[A-Za-z0-9+/_=-]*\d)(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{24,}"),
        "[secret]",
    ),
    (re.compile(r"(?<![\w.,-])(?:\+|00)?\(?\d(?:[\s()/.\-–‑]{0,3}\d){6,17}(?![\w]|[.,-]\d)"), "[phone number]"),
)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?")


def clean(text: str, longest: int = LONGEST) -> str:
    """One line, normalised, without what must not enter a prompt, and no longer than `longest` characters.

    One line, since a template's own lines say what a value is: a name can't bring a line of its own.
    """
    text = " ".join(scrubbed(visible(_beginning(text, 2 * longest)).translate(FENCES)).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _beginning(text: str, length: int) -> str:
    """As much as can matter, without a word that was cut in two: half a key isn't known for one."""
    return text if len(text) <= length else (text[:length].rsplit(maxsplit=1) or [""])[0]


def visible(text: str) -> str:
    """Compatibility forms resolved; control, formatting and unassigned characters dropped but for line ends."""
    normal = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(c for c in normal if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn", "Cs"))


def scrubbed(text: str) -> str:
    """Without e-mail addresses, telephone numbers, links and whatever looks like a key, a token or a password."""
    for pattern, instead in SCRUBBED:
        text = pattern.sub(lambda found, instead=instead: _kept(found, instead), text)  # type: ignore[misc]
    return text


def _kept(found: re.Match[str], instead: str) -> str:
    """A date is neither a telephone number nor a key."""
    return found[0] if ISO_DATE.fullmatch(found[0].strip()) else instead
