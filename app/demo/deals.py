"""The demo's deals: who sells what to whom, and how each of them went."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from uuid import UUID

from app.demo.calendar import Office
from app.demo.companies import Company
from app.demo.history import Stay, Step, stays
from app.demo.people import DemoPartner, demo_id
from app.demo.stories import Story
from app.playbooks.spec import PlaybookSpec
from app.vocabulary import OpportunityStatus, TransitionKind

OVERRIDDEN_EACH = 23
"""One in so many deals that have left an ordinary stage did so by the vendor's word."""

_UNREASONED = (TransitionKind.CREATED, TransitionKind.FORWARD)


@dataclass(frozen=True, slots=True)
class Move:
    """`comment`: what the seller notes about it, beside the reason."""

    step: Step
    at: datetime
    actor: UUID
    reason: str | None
    comment: str | None
    automatic: bool
    overridden: bool


@dataclass(slots=True)
class Deal:
    """`steps` are on a scale without nights and weekends, see `office.at`; `chance` is of the deal's own.
    `duplicate`: another partner has registered the same project, and the channel manager has noticed."""

    n: int
    chance: Random
    spec: PlaybookSpec
    partner: DemoPartner
    seller: str
    former_seller: str | None
    company: Company
    story: Story
    office: Office
    steps: list[Step]
    now: datetime
    duplicate: bool = False
    id: UUID = field(init=False)
    stays: list[Stay] = field(init=False)
    moves: list[Move] = field(init=False)

    def __post_init__(self) -> None:
        self.id = demo_id(f"opportunity/{self.n}")
        self.stays = stays(self.spec, self.steps, self.now)
        self.moves = list(_moves(self))

    @property
    def status(self) -> OpportunityStatus:
        kind = next(stage.kind for stage in self.spec.stages if stage.key == self.steps[-1].to_key)
        return OpportunityStatus(kind.value)

    @property
    def is_open(self) -> bool:
        return self.status is OpportunityStatus.OPEN

    @property
    def manager(self) -> UUID:
        return demo_id(f"user/{self.partner.channel_manager}")

    @property
    def handed_over(self) -> datetime:
        """When the former seller left it, on the scale of the steps."""
        first = self.steps[0].at
        return first + (self.steps[-1].at - first) * 0.6

    def owner(self, at: datetime) -> UUID:
        """At a time on the scale of the steps."""
        former = self.former_seller if self.former_seller and at < self.handed_over else None
        return demo_id(f"user/{former or self.seller}")

    def day(self, at: datetime) -> date:
        return self.office.at(at).date()


def _moves(deal: Deal) -> Iterator[Move]:
    stages = {stage.key: stage for stage in deal.spec.stages}
    auto = [
        step.kind is TransitionKind.FORWARD and bool(step.from_key and stages[step.from_key].auto_advance)
        for step in deal.steps
    ]
    by_hand = [n for n, step in enumerate(deal.steps) if step.kind is TransitionKind.FORWARD and not auto[n]]
    overridden = by_hand[-1] if by_hand and deal.n % OVERRIDDEN_EACH == 5 else None
    for n, step in enumerate(deal.steps):
        refused = deal.duplicate and step.kind is TransitionKind.LOST
        by_vendor = auto[n] or n == overridden or step.kind is TransitionKind.REOPEN or refused
        yield Move(
            step,
            deal.office.at(step.at),
            deal.manager if by_vendor else deal.owner(step.at),
            *_reason(deal, step, overridden=n == overridden),
            auto[n],
            n == overridden,
        )


def _reason(deal: Deal, step: Step, *, overridden: bool) -> tuple[str | None, str | None]:
    kind, texts = step.kind, deal.story.texts
    if (not overridden and kind in _UNREASONED) or (kind is TransitionKind.WON and deal.chance.random() < 0.4):
        return None, None
    told = texts["override" if overridden else kind.value.lower()]
    if isinstance(told, dict):
        told = [texts["duplicate"]["lost"]] if deal.duplicate else told[step.from_key]
    reason, _, comment = deal.chance.choice(deal.story.fitting(told)).partition(" | ")
    on = deal.day(step.at)
    return deal.story.tell(reason, on), deal.story.tell(comment, on) or None
