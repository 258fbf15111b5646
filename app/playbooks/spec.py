"""A playbook's content as an administrator writes it, by hand, through the API or in a template.

The models refuse what would break a playbook; what would merely make it a poor one is for `app.playbooks.review`.
Whether an expression is a valid condition is decided when the playbook is saved.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.vocabulary import BuyerPhase, CriterionCheck, ForecastCategory, StageKind
from guidance.facts import Reader

MAX_NAME = 120
MAX_TEXT = 10_000
MAX_WORDING = 1_000
"""Of what is said to a customer, in characters: a sentence or two in a message."""
MAX_ENTRIES = 100
"""Of any list: stages, aliases, criteria of one kind, activities, contents, questions."""

LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)

KEBAB_CASE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def _kebab_case(key: str) -> str:
    if not KEBAB_CASE.issuperset(key) or not all(key.split("-")):
        message = "“{key}” isn't a key: use lower-case letters and digits, with single hyphens between words"
        raise PydanticCustomError("key", message, {"key": key})
    return key


def canonical_language(tag: str) -> str:
    found = LANGUAGE_TAG.fullmatch(tag.lower())
    if found is None:
        raise PydanticCustomError("language", "this isn't a language tag: write it like “en”, “pt-BR” or “zh-Hant”")
    language, script, region, variants = found.groups()
    return language + (script or "").title() + (region or "").upper() + variants


def _storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("null_character", "a text can't hold the null character")
    return text


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_storable)]
Key = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_kebab_case)]
Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_storable)]
WrittenText = Annotated[Text, Field(min_length=1)]
CustomerWording = Annotated[str, Field(min_length=1, max_length=MAX_WORDING), AfterValidator(_storable)]
Language = Annotated[str, Field(max_length=35), AfterValidator(canonical_language)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class _Addressed(_Spec):
    """`reader`: whom an activity addresses, whose word meets a criterion; not said, it is the customer where there is a
    wording for one, and else the partner. `customer_wording`: what to say to the customer, in the second person."""

    reader: Reader = Reader.PARTNER
    customer_wording: CustomerWording | None = None

    @model_validator(mode="before")
    @classmethod
    def _addresses_somebody(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("reader") is None:
            reader = Reader.CUSTOMER if given.get("customer_wording") else Reader.PARTNER
            return {**given, "reader": reader}
        return given


class QuestionSpec(_Spec):
    key: Key
    label: Name
    prompt: Text = ""


class CriterionSpec(_Addressed):
    key: Key
    description: WrittenText
    required: bool = True
    expression: WrittenText | None = None

    @property
    def check_kind(self) -> CriterionCheck:
        return CriterionCheck.MANUAL if self.expression is None else CriterionCheck.EXPRESSION


class ActivitySpec(_Addressed):
    key: Key
    name: Name
    description: Text = ""
    required: bool = False
    effort_minutes: int | None = Field(None, ge=1, le=100_000)


class StageSpec(_Spec):
    """`aliases`: what other systems call the stage. `contents`: keys of linked content, best first."""

    key: Key
    name: Name
    aliases: tuple[Name, ...] = Field((), max_length=MAX_ENTRIES)
    definition: Text = ""
    kind: StageKind = StageKind.OPEN
    buyer_phase: BuyerPhase | None = None
    win_probability: float = Field(ge=0, le=1, allow_inf_nan=False)
    forecast_category: ForecastCategory
    target_days: int | None = Field(None, ge=1, le=3_650)
    auto_advance: bool = False
    entry_criteria: tuple[CriterionSpec, ...] = Field((), max_length=MAX_ENTRIES)
    exit_criteria: tuple[CriterionSpec, ...] = Field((), max_length=MAX_ENTRIES)
    activities: tuple[ActivitySpec, ...] = Field((), max_length=MAX_ENTRIES)
    contents: tuple[Key, ...] = Field((), max_length=MAX_ENTRIES)

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        return _refuse(self, _stage_faults(self))


class PlaybookSpec(_Spec):
    """Stages stand in playbook order, closed ones last. `language`: what it is written in, as a BCP 47 tag."""

    key: Key
    name: Name
    industry: Name | None = None
    description: Text = ""
    language: Language = "en"
    qualification_framework: Name | None = None
    questions: tuple[QuestionSpec, ...] = Field((), max_length=MAX_ENTRIES)
    stages: tuple[StageSpec, ...] = Field(max_length=MAX_ENTRIES)

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        return _refuse(self, _playbook_faults(self))


Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]
Fault = tuple[Path, str]


def _stage_faults(stage: StageSpec) -> Iterator[Fault]:
    entry = [(("entry_criteria", n, "key"), criterion.key) for n, criterion in enumerate(stage.entry_criteria)]
    exit = [(("exit_criteria", n, "key"), criterion.key) for n, criterion in enumerate(stage.exit_criteria)]
    yield from _repeated("criterion of this stage", [*entry, *exit])
    yield from _repeated(
        "activity of this stage",
        [(("activities", n, "key"), activity.key) for n, activity in enumerate(stage.activities)],
    )
    yield from _repeated("content of this stage", [(("contents", n), key) for n, key in enumerate(stage.contents)])
    certain = {StageKind.WON: 1.0, StageKind.LOST: 0.0}.get(stage.kind, stage.win_probability)
    if stage.win_probability != certain:
        yield ("win_probability",), f"the win probability of a {stage.kind.lower()} stage is {certain:g}"


def _playbook_faults(playbook: PlaybookSpec) -> Iterator[Fault]:
    stages = list(enumerate(playbook.stages))
    yield from _repeated(
        "question", [(("questions", n, "key"), asked.key) for n, asked in enumerate(playbook.questions)]
    )
    yield from _repeated("stage", [(("stages", n, "key"), stage.key) for n, stage in stages])
    yield from _ambiguous_names(stages)
    if all(stage.kind is not StageKind.OPEN for _, stage in stages):
        yield ("stages",), "a playbook needs at least one open stage"
    if all(stage.kind is not StageKind.LOST for _, stage in stages):
        yield ("stages",), "a playbook needs at least one lost stage"
    won = [(n, stage) for n, stage in stages if stage.kind is StageKind.WON]
    if not won:
        yield ("stages",), "a playbook needs exactly one won stage and has none"
    for n, _ in won[1:]:
        yield ("stages", n, "kind"), f"a playbook has exactly one won stage, and “{won[0][1].name}” already is it"
    closed: StageSpec | None = None
    for n, stage in stages:
        if stage.kind is not StageKind.OPEN:
            closed = stage
        elif closed is not None:
            yield ("stages", n), f"closed stages come last: “{stage.name}” is open and stands after “{closed.name}”"


def _repeated(what: str, keys: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, key in keys:
        if key in seen:
            yield path, f"another {what} has the key “{key}” already"
        seen.add(key)


def _ambiguous_names(stages: Iterable[tuple[int, StageSpec]]) -> Iterator[Fault]:
    """Imports find a stage by its name or an alias, so no two stages may answer to one."""
    called: dict[str, tuple[int, str]] = {}
    for n, stage in stages:
        spoken: list[tuple[Path, str]] = [(("stages", n, "name"), stage.name)]
        spoken += [(("stages", n, "aliases", place), alias) for place, alias in enumerate(stage.aliases)]
        for path, name in spoken:
            owner, owner_name = called.setdefault(name.casefold(), (n, stage.name))
            if owner != n:
                yield path, f"“{name}” already stands for the stage “{owner_name}”"


def _refuse(model: Model, faults: Iterable[Fault]) -> Model:
    """All faults at once, each under the path of the value to mend."""
    errors = [
        InitErrorDetails(type=PydanticCustomError("playbook", "{message}", {"message": message}), loc=path, input=None)
        for path, message in faults
    ]
    if errors:
        raise ValidationError.from_exception_data(type(model).__name__, errors)
    return model
