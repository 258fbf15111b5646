"""The translation from ranked candidates to the columns of an action."""

from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.recommendations.evidence import kept
from app.recommendations.facts import Gathered
from app.vocabulary import GuidanceSource
from guidance.drawing import Placed
from guidance.grounds import ground_of

_SENTENCES = ("guidance/**/*.py", "guidance/**/*.yaml", "catalogues/*.po", "catalogues/*.py")


def _fingerprint() -> str:
    """Of all that sentences are made of: what a newer version says otherwise is told anew."""
    top, digest = Path(__file__).parents[2], sha256()
    for path in sorted({path for pattern in _SENTENCES for path in top.glob(pattern)}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


WORDING = _fingerprint()


def shown(placed: Placed, place: int, gathered: Gathered) -> dict[str, Any]:
    """As it is shown, in JSON's types, so that it compares with what is stored; as the rules' choice."""
    ranked, board = placed.ranked, gathered.board
    one, target = ranked.candidate, ranked.candidate.target
    return {
        "title": one.title,
        "rationale": one.rationale,
        "draft": one.draft,
        "draft_reader": one.message.reader.value if one.message else None,
        "check_before_sending": one.message is not None and one.message.unchecked,
        "position": place,
        "undrawn_position": placed.rank,
        "propensity": placed.propensity,
        "ground": ground_of(one, gathered.facts),
        "factors": ranked.factors and ranked.factors.to_plain(),
        "source": GuidanceSource.RULES.value,
        "prompt_version": None,
        "prompt_hash": None,
        "model": None,
        "composition": None,
        "translations": None,
        "reading": one.reading and one.reading.value,
        "kind": one.kind.value,
        "score": ranked.score,
        "urgency": one.urgency.value,
        "due_at": None if one.due_at is None else one.due_at.astimezone(UTC).isoformat(),
        "effort_minutes": one.effort_minutes,
        "evidence": [kept(each) for each in one.evidence],
        "criterion_id": _text(board.criterion_ids.get(target.criterion_id or "")),
        "activity_id": _text(board.activity_ids.get(target.activity_id or "")),
        "target_stage_id": _text(board.stage_ids.get(target.stage_id or "")),
        "task_id": target.task_id,
        "question_key": target.question_key,
    }


def _text(id: object) -> str | None:
    return None if id is None else str(id)
