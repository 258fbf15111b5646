"""Phrasebooks: the blocks that messages are composed of, a YAML file per language.

`{slots}` are filled from the deal's data and `[brackets]` are for the sender to fill in; nothing else varies. Each file
is checked as it is loaded: every block is there, with no slot but its own, and what a customer reads has no word of the
file's own `internal` list. The shipped languages are the files of `guidance/phrasebooks/`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from guidance.inward import internal_words

FOLDER = Path(__file__).with_name("phrasebooks")
FALLBACK = "en"
LONGEST_BLOCK = 600
MOST_INTERNAL = 500
MOST_OTHERS = 8
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?")
SLOT = re.compile(r"\{([^{}]*)\}")

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PhrasebookError(Exception):
    """A phrasebook doesn't load. The message names the file and the block in it."""


def _slots(*slots: str, all_of_them: bool = True) -> AfterValidator:
    """For a block that has these slots and no others."""

    def check(text: str) -> str:
        named = SLOT.findall(text)
        if set(named) - set(slots) or re.search(r"[{}]", SLOT.sub("", text)):
            there = ", ".join(f"{{{slot}}}" for slot in slots) or "none"
            raise ValueError(f"the slots of this block are: {there}")
        if all_of_them and (lacking := set(slots) - set(named)):
            raise ValueError(f"it lacks {{{min(lacking)}}}")
        return text

    return AfterValidator(check)


Block = Annotated[str, Field(min_length=1, max_length=LONGEST_BLOCK)]
Plain = Annotated[Block, _slots()]
Others = Annotated[tuple[Plain, ...], Field(max_length=MOST_OTHERS)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Blocks(_Part):
    """A message's own: `request` asks where what stands before it doesn't. Those of the lists may stand in the place of
    the single ones, any with any."""

    subject: Plain
    opening: Plain
    request: Plain
    closing: Plain
    openings: Others = ()
    requests: Others = ()
    closings: Others = ()


class StepBlocks(Blocks):
    """`reply`: the closing where the playbook's wording itself asks."""

    reply: Plain


class SharingBlocks(Blocks):
    opening: Annotated[Block, _slots("content")]


class DealBlocks(Blocks):
    opening: Annotated[Block, _slots("deal", "account", all_of_them=False)]


class ToCustomer(_Part):
    """`introduction`: without it, there is no message of that kind."""

    introduction: Blocks | None = None
    next_step: StepBlocks
    question: Blocks
    sharing: SharingBlocks
    re_engagement: Blocks
    requalification: Blocks


class ToVendor(_Part):
    confirmation: DealBlocks
    next_step: DealBlocks
    help: DealBlocks


class ToColleague(_Part):
    confirmation: DealBlocks


class Reasons(_Part):
    """`bounced`: without it, `stuck` stands in its place."""

    bounced: Annotated[Block, _slots("times")] | None = None
    large: Annotated[Block, _slots("amount")]
    stuck: Annotated[Block, _slots("days")]
    late: Annotated[Block, _slots("days", "open")]
    late_tomorrow: Annotated[Block, _slots("open")]


class Forms(_Part):
    """`{number}` in `many`; `one` says it in words or with a figure."""

    one: Plain
    many: Annotated[Block, _slots("number")]

    def of(self, number: int) -> str:
        return self.one if number == 1 else filled(self.many, number=str(number))


class DealFacts(_Part):
    """Sentences about a deal, as reasons for what is advised. `days`: a span as all but `target` have it in the
    sentences; `limit`: one as `age_of_target` has it. `quotes`: what a quote is named after where it stands."""

    days: Forms
    limit: Forms
    points: Forms
    age: Annotated[Block, _slots("stage", "days")]
    age_of_target: Annotated[Block, _slots("stage", "days", "target")]
    silence: Annotated[Block, _slots("days")]
    closing: Annotated[Block, _slots("date", "days")]
    closing_passed: Annotated[Block, _slots("date", "days")]
    amount: Annotated[Block, _slots("amount")]
    open: Annotated[Block, _slots("points")]
    notes: Plain
    next_step: Plain
    answer: Annotated[Block, _slots("question")]
    response: Plain
    waiting_title: Annotated[Block, _slots("date")]
    waiting: Annotated[Block, _slots("date")]
    asked_for: Annotated[Block, _slots("content")]
    answers_objection: Annotated[Block, _slots("content")]
    answers_competitor: Annotated[Block, _slots("content", "competitor")]


class Phrasebook(_Part):
    """`internal`: words and phrases that no customer should read, whoever wrote them; letter case doesn't count.
    `thousands` stands between groups of three digits. `capital_nouns`: the language writes all nouns with a capital, so
    that one gives no name away. `facts`: without them, a model is given the rules' own reasons alone."""

    language: Annotated[str, Field(pattern=f"^{LANGUAGE.pattern}$")]
    name: Plain
    capital_nouns: bool
    thousands: Annotated[str, Field(max_length=1)]
    subject: Annotated[Block, _slots("subject")]
    about: Annotated[Block, _slots("project", "subject")]
    greeting: Plain
    seller: Plain
    signature: Annotated[Block, _slots("seller")]
    quoted: Annotated[Block, _slots("text")]
    customer: ToCustomer
    vendor: ToVendor
    colleague: ToColleague
    reasons: Reasons
    facts: DealFacts | None = None
    internal: Annotated[tuple[Plain, ...], Field(min_length=1, max_length=MOST_INTERNAL)]

    @model_validator(mode="after")
    def _keeps_its_own_rule(self) -> Self:
        for purpose, blocks in self.customer:
            for name, text in _texts(blocks) if blocks else ():
                for word in internal_words(text, self.internal):
                    raise ValueError(f"customer.{purpose}.{name} says “{word}”, which is on its list of internal words")
        return self


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Phrasebook]:
    """By language. Raises `PhrasebookError`; call it at start-up."""
    return load(FOLDER)


_added: dict[str, Phrasebook] = {}


def install(added: Mapping[str, Phrasebook]) -> None:
    """Use these beside the shipped ones, and in place of those of the same language; whatever was installed before
    goes."""
    _added.clear()
    _added.update(added)


def phrasebook(language: str) -> Phrasebook | None:
    """Of this very variant, or of the language without its region; None where there is neither."""
    for tag in dict.fromkeys((language, language.split("-")[0])):
        if found := _added.get(tag) or shipped().get(tag):
            return found
    return None


def fallback() -> Phrasebook:
    """English, which is shipped."""
    return _added.get(FALLBACK) or shipped()[FALLBACK]


def load(folder: Path) -> Mapping[str, Phrasebook]:
    """Every `*.yaml` of `folder`, each named after its language. Raises `PhrasebookError`."""
    found = [_load(path) for path in sorted(folder.glob("*.yaml"))]
    if not found:
        raise PhrasebookError(f"{folder}: there are no phrasebooks (*.yaml)")
    return {book.language: book for book in found}


def _load(path: Path) -> Phrasebook:
    try:
        parsed = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 (both loaders are safe ones)
        book = Phrasebook.model_validate(parsed)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as failure:
        raise PhrasebookError(f"{path}: {failure}") from None
    except ValidationError as failure:
        raise PhrasebookError("\n".join(_located(path, failure))) from None
    if book.language != path.stem:
        raise PhrasebookError(f"{path}: language: “{book.language}” must be the name of the file, “{path.stem}”")
    return book


def _located(path: Path, failure: ValidationError) -> Iterator[str]:
    for error in failure.errors(include_url=False, include_input=False):
        yield f"{path}: {'.'.join(map(str, error['loc'])) or 'phrasebook'}: {error['msg']}"


def _texts(blocks: Blocks) -> Iterator[tuple[str, str]]:
    for name, value in blocks:
        yield from ((name, text) for text in ((value,) if isinstance(value, str) else value))


def filled(block: str, **values: str) -> str:
    """The block with its slots filled; what is filled in is never looked at for slots."""
    return SLOT.sub(lambda found: values[found[1]], block)
