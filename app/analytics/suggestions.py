"""Suggestions from history for a playbook's stages, win probabilities and target days, and writing them into a draft.

A probability is the share of won deals among the closed ones that were in the stage; a target is the days by which half
of the stays are over (`app.deals.survival`). Either is suggested where at least `ENOUGH` deals, or stays that are over,
stand behind it; else the stage keeps what it says.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.analytics.cohort import Cohort
from app.analytics.report import analytics
from app.analytics.stages import Place
from app.analytics.stays import StageFigures
from app.database import Transaction, transaction
from app.deals.apart import undone_if_refused
from app.deals.stalling import ENOUGH_STAYS
from app.events import wake
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.intervals import Share
from app.outcomes import Refused, refused
from app.playbooks import documents, versions
from app.playbooks.drafts import CopyOf, create_playbook, update_playbook
from app.playbooks.versions import PlaybookSaved
from app.vocabulary import ErrorCode

ENOUGH = ENOUGH_STAYS
LONGEST_TARGET = 3_650
_PLAYBOOK = """
SELECT id, status FROM playbook WHERE key = $1 AND status IN ('DRAFT', 'PUBLISHED') ORDER BY status LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`probability`: of closed deals that were in the stage. `target_days`: what is suggested, else what the stage
    says, else 0. `stays`: that are over."""

    place: Place
    probability: Share
    target_days: float
    stays: int
    median: float | None

    @property
    def changes(self) -> Mapping[str, Any]:
        """What is to be written into the stage, in the words of `app.playbooks.documents`."""
        found: dict[str, Any] = {}
        if self.probability.of >= ENOUGH:
            found["win_probability"] = round(self.probability.count / self.probability.of, 4)
        if self.stays >= ENOUGH and self.median is not None:
            found["target_days"] = min(max(1, int(self.median + 0.5)), LONGEST_TARGET)
        return found

    @property
    def note(self) -> str:
        """Why, or why not."""
        said = []
        if self.probability.of < ENOUGH:
            said.append(f"{self.probability.of} closed opportunities are too few for a win probability.")
        if self.stays < ENOUGH:
            said.append(f"{self.stays} stays that are over are too few for target days.")
        elif self.median is None:
            said.append("More than half of the stays go on for longer than any that is over: no target days follow.")
        return " ".join(said) or f"From {self.probability.of:,} closed opportunities and {self.stays:,} stays."


async def suggestions(db: Reader, viewer: Viewer, playbook_key: str, at: datetime) -> list[Suggestion]:
    """For the open stages of a playbook, in order, from the deals that the viewer sees."""
    cohort = Cohort({"playbook_key": playbook_key}, at)
    found = await analytics(db, viewer, cohort, None, {"funnel"})
    return [_suggested(place, figures) for place, figures in found.stages if place.shown or figures.entered]


def _suggested(place: Place, figures: StageFigures) -> Suggestion:
    known = figures.median is not None and figures.over >= ENOUGH
    target = figures.median if known else place.target_days
    probability = Share(figures.won, figures.won + figures.lost)
    return Suggestion(place, probability, target or 0.0, figures.over, figures.median)


async def apply_suggestions(
    viewer: Viewer,
    playbook_key: str,
    stage_keys: Collection[str] | None = None,
    *,
    expected_updated_at: datetime | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> PlaybookSaved | Refused:
    """Write the suggestions for these stages, or for all, into the playbook's draft; where it has none, into a new one,
    a copy of the published version. Nothing is made where nothing would change."""
    if denied := versions.forbidden(viewer):
        return denied
    when = at or datetime.now(UTC)

    async def act(within: Transaction) -> PlaybookSaved | Refused:
        return await _apply(within, viewer, playbook_key, stage_keys, expected_updated_at, when)

    if tx is not None:
        return await undone_if_refused(tx, act)
    async with transaction() as own:
        outcome = await undone_if_refused(own, act)
    wake()
    return outcome


async def _apply(
    tx: Transaction,
    viewer: Viewer,
    playbook_key: str,
    stage_keys: Collection[str] | None,
    expected: datetime | None,
    at: datetime,
) -> PlaybookSaved | Refused:
    row = None if "\0" in playbook_key else await tx.fetchrow(_PLAYBOOK, playbook_key)
    if row is None:
        return versions.unknown("playbookKey")
    stored = await documents.read(tx, row["id"])
    assert stored is not None
    if strangers := sorted(set(stage_keys or ()) - {stage["key"] for stage in stored["stages"]}):
        message = f"The playbook has no stage “{strangers[0]}”: read its stages, and name some of them."
        return refused(ErrorCode.NOT_FOUND, message, "stageKeys")
    suggested = await suggestions(tx, viewer, playbook_key, at)
    changes = {
        one.place.key: one.changes for one in suggested if stage_keys is None or one.place.key in set(stage_keys)
    }
    stages = [{**stage, **changes.get(stage["key"], {})} for stage in stored["stages"]]
    if stages == stored["stages"]:
        message = "History suggests nothing else than the stages say, or too little of it is known: see their notes."
        return refused(ErrorCode.INVALID, message, "playbookKey")
    draft = await _draft(tx, viewer, row["id"], is_draft=row["status"] == "DRAFT")
    if isinstance(draft, Refused):
        return draft
    return await update_playbook(viewer, draft, {"stages": stages}, expected_updated_at=expected, tx=tx)


async def _draft(tx: Transaction, viewer: Viewer, playbook_id: UUID, *, is_draft: bool) -> UUID | Refused:
    if is_draft:
        return playbook_id
    made = await create_playbook(viewer, CopyOf(playbook_id), tx=tx)
    return made if isinstance(made, Refused) else made.playbook_id
