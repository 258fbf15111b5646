"""Ground that one candidate's wording may draw on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property

from guidance.grounding.wording.splitting import folded
from guidance.lexicon import Lexicon


class Field(Enum):
    TITLE = "title"
    RATIONALE = "rationale"
    DRAFT = "draft"


@dataclass(frozen=True)
class Ground:
    """`words`: texts whose words may be used. `facts`: sentences that may be told, each as a whole; `cited`: those
    that figures may be told of. `figures`: the deal's, by what they are of, as `guidance.lexicon.Telling` names
    them. `name`: the deal's. `title`, `about`: the rules' own and what it is about; `titles`: those of the other
    candidates. `placeholders`: what a sender fills in. `sender`: names. `stage`: names of this one and the next.
    `content`: titles of what it shares or studies; `is_unused`: nobody has used it. `names`: what a title may name
    beside. `open_criteria`: those that are not met and cited, `asked`: with the words that ask for one;
    `open_activity`: the candidate's own, where no other is open; `is_activity`: it has one. `to_do`: the name of
    that one, where it isn't done; `is_required`: the deal can't move on without it. `is_for_customer`: its content
    is for the customer and made for this stage; `pieces`: how many the stage has, where none is used and that is
    cited. `rivals`: titles of the other candidates with an activity. `is_study`, `is_resuming`: it reads a content,
    or takes up the contact again. `is_advice`: its readers are the seller's people."""

    lexicon: Lexicon
    words: Sequence[str]
    facts: Sequence[str]
    title: str
    titles: Sequence[str]
    name: str = ""
    cited: Sequence[str] = ()
    figures: Mapping[str, int | date] = field(default_factory=dict)
    about: Sequence[str] = ()
    placeholders: frozenset[str] = field(default_factory=frozenset)
    sender: Sequence[str] = ()
    stage: Sequence[str] = ()
    content: Sequence[str] = ()
    is_unused: bool = False
    names: Sequence[str] = ()
    open_criteria: Sequence[str] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    open_activity: str | None = None
    is_activity: bool = False
    to_do: str | None = None
    is_required: bool = False
    is_for_customer: bool = False
    pieces: int | None = None
    rivals: Sequence[str] = ()
    is_study: bool = False
    is_resuming: bool = False
    is_advice: bool = False

    @cached_property
    def whole(self) -> frozenset[str]:
        return frozenset(folded(fact) for fact in self.facts)

    @cached_property
    def given(self) -> frozenset[str]:
        """Stems."""
        return self.stems(*self.words, *self.facts, *self.cited, *self.about, self.title)

    @cached_property
    def light(self) -> frozenset[str]:
        """Stems of what any advice is about."""
        return self.lexicon.stemmed(self.lexicon.titles.any | self.lexicon.titles.meetings)

    @cached_property
    def known(self) -> frozenset[str]:
        return self.lexicon.free | self.given | (self.light if self.is_advice else frozenset())

    def stems(self, *texts: str) -> frozenset[str]:
        return frozenset(self.lexicon.stems("\n".join(texts)))
