"""A playbook's content as an administrator writes it, by hand, through the API or in a template.

The models refuse what would break a playbook; what would merely make it a poor one is for `app.playbooks.review`.
Whether an expression is a valid condition is decided when the playbook is saved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app import languages
from app.vocabulary import BuyerPhase, CloseOutcome, ConfirmedBy, CriterionCheck, ForecastCategory, StageKind
from guidance.facts import Reader

MAX_NAME = 120
MAX_TEXT = 10_000
MAX_WORDING = 1_000
"""Of what is said to a customer, in characters: a sentence or two in a message."""
MAX_LANGUAGES = 30
MAX_ENTRIES = 100
"""Of any list: stages, aliases, criteria of one kind, activities, contents, questions."""

KEBAB_CASE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def _kebab_case(key: str) -> str:
    if not KEBAB_CASE.issuperset(key) or not all(key.split("-")):
        message = "“{key}” isn't a key: use lower-case letters and digits, with single hyphens between words"
        raise PydanticCustomError("key", message, {"key": key})
    return key


def canonical_language(tag: str) -> str:
    try:
        return languages.canonical_language(tag)
    except languages.NoSuchLanguage:
        message = "this isn't a language tag: write it like “en”, “pt-BR” or “zh-Hant”"
        raise PydanticCustomError("language", message) from None


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


class _Translation(_Spec):
    """What a part of a playbook says in one more language. What it doesn't say is said in the playbook's."""

    language: Language


class PlaybookTranslation(_Translation):
    name: Name | None = None
    description: WrittenText | None = None


class QuestionTranslation(_Translation):
    label: Name | None = None
    prompt: WrittenText | None = None


class StageTranslation(_Translation):
    name: Name | None = None
    definition: WrittenText | None = None


class CriterionTranslation(_Translation):
    description: WrittenText | None = None
    customer_wording: CustomerWording | None = None


class ActivityTranslation(_Translation):
    name: Name | None = None
    description: WrittenText | None = None
    customer_wording: CustomerWording | None = None


T = TypeVar("T", bound=_Translation)


Translated = Annotated[tuple[T, ...], Field(max_length=MAX_LANGUAGES)]


class _Addressed(_Spec):
    """`reader`: whom an activity addresses, whose word meets a criterion; not said, it is the customer where there is a
    wording for one, the vendor where only the vendor confirms it, and else the partner. `customer_wording`: what to say
    to the customer, in the second person. `confirmed_by`: who may mark or complete it."""

    reader: Reader = Reader.PARTNER
    customer_wording: CustomerWording | None = None
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL

    @model_validator(mode="before")
    @classmethod
    def _addresses_somebody(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("reader") is None:
            theirs = Reader.VENDOR if given.get("confirmed_by") == ConfirmedBy.VENDOR else Reader.PARTNER
            return {**given, "reader": Reader.CUSTOMER if given.get("customer_wording") else theirs}
        return given


LOCKABLE = (
    "account",
    "amount",
    "expectedCloseDate",
    "name",
    "nextStep",
    "notes",
    "owner",
    "partner",
    "qualification",
    "source",
)
"""Fields of a deal, in the API's words."""
USUAL_LOCKS = ("account", "amount", "source")
"""What the vendor's confirmation rests on where the playbook doesn't say."""


def _lockable(name: str) -> str:
    if name not in LOCKABLE:
        message = "a deal has no field “{name}” that could be locked; there are {known}"
        raise PydanticCustomError("lock", message, {"name": name, "known": ", ".join(LOCKABLE)})
    return name


Lock = Annotated[str, AfterValidator(_lockable)]


class QuestionSpec(_Spec):
    key: Key
    label: Name
    prompt: Text = ""
    translations: Translated[QuestionTranslation] = ()


class CriterionSpec(_Addressed):
    """`locks`: not said, `USUAL_LOCKS` where the vendor confirms it and none where others do."""

    key: Key
    description: WrittenText
    required: bool = True
    expression: WrittenText | None = None
    translations: Translated[CriterionTranslation] = ()
    locks: tuple[Lock, ...] = Field((), max_length=MAX_ENTRIES)

    @model_validator(mode="before")
    @classmethod
    def _locks_what_it_rests_on(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("locks") is None:
            return {**given, "locks": USUAL_LOCKS if given.get("confirmed_by") == ConfirmedBy.VENDOR else ()}
        return given

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        decided = self.expression is not None
        message = "the deal's own fields decide this one, so nobody confirms it: leave out {name}"
        return _refuse(
            self,
            [
                ((name,), message.format(name=name))
                for name, said in (
                    ("confirmed_by", self.confirmed_by is not ConfirmedBy.ANYONE_ON_DEAL),
                    ("locks", bool(self.locks)),
                )
                if decided and said
            ],
        )

    @property
    def check_kind(self) -> CriterionCheck:
        return CriterionCheck.MANUAL if self.expression is None else CriterionCheck.EXPRESSION


class ActivitySpec(_Addressed):
    """`serves`: keys of the stage's exit criteria that it is done for."""

    key: Key
    name: Name
    description: Text = ""
    required: bool = False
    effort_minutes: int | None = Field(None, ge=1, le=100_000)
    serves: tuple[Key, ...] = Field((), max_length=MAX_ENTRIES)
    translations: Translated[ActivityTranslation] = ()

    @model_validator(mode="before")
    @classmethod
    def _serves_nothing(cls, given: Any) -> Any:
        return {**given, "serves": ()} if isinstance(given, Mapping) and given.get("serves", ()) is None else given


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
    translations: Translated[StageTranslation] = ()

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        return _refuse(self, _stage_faults(self))


class CloseReasonSpec(_Spec):
    """Why deals end so, as reports count it."""

    key: Key
    label: Name
    outcome: CloseOutcome


class PlaybookSpec(_Spec):
    """Stages stand in playbook order, closed ones last. `language`: what it is written in, as a BCP 47 tag."""

    key: Key
    name: Name
    industry: Name | None = None
    description: Text = ""
    language: Language = "en"
    qualification_framework: Name | None = None
    close_reasons: tuple[CloseReasonSpec, ...] = Field((), max_length=MAX_ENTRIES)
    questions: tuple[QuestionSpec, ...] = Field((), max_length=MAX_ENTRIES)
    stages: tuple[StageSpec, ...] = Field(max_length=MAX_ENTRIES)
    translations: Translated[PlaybookTranslation] = ()

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
    there = {criterion.key for criterion in stage.exit_criteria}
    for n, activity in enumerate(stage.activities):
        yield from _repeated(
            "entry here", [(("activities", n, "serves", m), key) for m, key in enumerate(activity.serves)]
        )
        for m, key in enumerate(activity.serves):
            if key not in there:
                yield ("activities", n, "serves", m), f"this stage has no exit criterion “{key}”"
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
    yield from _repeated(
        "close reason", [(("close_reasons", n, "key"), one.key) for n, one in enumerate(playbook.close_reasons)]
    )
    yield from _ambiguous_names(stages)
    yield from _translation_faults(playbook)
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


def _repeated(what: str, keys: Iterable[tuple[Path, str]], kind: str = "key") -> Iterator[Fault]:
    seen: set[str] = set()
    for path, key in keys:
        if key in seen:
            yield path, f"another {what} has the {kind} “{key}” already"
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


def translated_parts(playbook: PlaybookSpec) -> Iterator[tuple[Path, Sequence[_Translation]]]:
    """Everything that has translations, with where they stand."""
    yield ("translations",), playbook.translations
    for n, question in enumerate(playbook.questions):
        yield ("questions", n, "translations"), question.translations
    for n, stage in enumerate(playbook.stages):
        yield ("stages", n, "translations"), stage.translations
        for name in ("entry_criteria", "exit_criteria", "activities"):
            for m, one in enumerate(getattr(stage, name)):
                yield ("stages", n, name, m, "translations"), one.translations


def _translation_faults(playbook: PlaybookSpec) -> Iterator[Fault]:
    for path, translations in translated_parts(playbook):
        yield from _repeated(
            "translation", [((*path, n, "language"), one.language) for n, one in enumerate(translations)], "language"
        )
        for n, one in enumerate(translations):
            if one.language == playbook.language:
                yield (*path, n, "language"), f"the playbook itself is written in “{one.language}”"
    called: dict[tuple[str, str], int] = {}
    for n, stage in enumerate(playbook.stages):
        for m, one in enumerate(stage.translations):
            if one.name and called.setdefault((one.language, one.name.casefold()), n) != n:
                place = ("stages", n, "translations", m, "name")
                yield place, f"another stage is called “{one.name}” in “{one.language}” already"


def _refuse(model: Model, faults: Iterable[Fault]) -> Model:
    """All faults at once, each under the path of the value to mend."""
    errors = [
        InitErrorDetails(type=PydanticCustomError("playbook", "{message}", {"message": message}), loc=path, input=None)
        for path, message in faults
    ]
    if errors:
        raise ValidationError.from_exception_data(type(model).__name__, errors)
    return model
