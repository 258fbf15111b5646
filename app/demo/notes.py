"""Notes and next steps that the demo's sellers write about their deals."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from app.demo.deals import Deal
from app.vocabulary import OpportunityStatus

_LONG = ("{need}", "{proof}", "{volume}", "{pain}", "{metric}", "{spec}", "{timeline}")
"""What takes half a line, and bores whoever reads it twice."""


def next_step_of(deal: Deal, on: date) -> str | None:
    """Decided on that day, for one soon after it: of a deal that nobody has touched for long, the day has passed."""
    if deal.chance.random() < 0.05:
        return None
    texts = deal.story.texts
    told = [texts["duplicate"]["next_step"]] if deal.duplicate else texts["stages"][deal.steps[-1].to_key]["next_step"]
    when = deal.office.day_from(on + timedelta(days=deal.chance.randint(4, 16)))
    return deal.story.one_of(told, on, when=when)


def notes_of(deal: Deal) -> str:
    """A line for how it came about, one for each of the last stages, and one for what happened besides."""
    tell = deal.story.tell
    lines = _of_stages(deal)
    lines += [(move.step.at, f"{move.reason}. {move.comment}") for move in deal.moves if move.comment]
    if deal.former_seller:
        told = "Taken over from {former}; {contact} knows.".replace("{former}", deal.former_seller)
        lines.append((deal.handed_over, tell(told, deal.day(deal.handed_over))))
    return "\n".join(f"{deal.day(at):%d %b %Y}: {line}" for at, line in sorted(lines, key=lambda line: line[0]))


def _of_stages(deal: Deal) -> list[tuple[datetime, str]]:
    tell, texts = deal.story.tell, deal.story.texts
    first, *others = deal.stays
    origins = [texts["duplicate"]["origin"]] if deal.duplicate else texts["origins"]
    origin = deal.story.one_of(origins, deal.day(deal.steps[0].at))
    lines: list[tuple[datetime, str]] = []
    said: list[str] = []
    for stay in (first, *(stay for stay in others[-2:] if stay.left > stay.entered)):
        begun, left = stay.entered, stay.left
        if stay is first:
            begun, left = deal.steps[0].at, deal.steps[1].at if len(deal.steps) > 1 else deal.now
        at = begun + (left - begun) * deal.chance.uniform(0.1, 0.7)
        on = deal.day(at)
        when = deal.office.day_from(on + timedelta(days=deal.chance.randint(3, 12)))
        notes = [texts["duplicate"]["note"]] if deal.duplicate else texts["stages"][stay.stage.key]["notes"]
        said.append(deal.chance.choice(_unsaid(deal.story.fitting(notes), said)))
        line = tell(said[-1], on, when=when)
        lines.append((at, f"{origin}. {line}" if stay is first else line))
    if deal.status is OpportunityStatus.WON:
        end = deal.steps[-1].at
        told = deal.chance.choice(_unsaid(deal.story.fitting(texts["stages"][deal.steps[-1].to_key]["notes"]), said))
        lines.append((end, tell(told, deal.day(end))))
    return lines


def _unsaid(texts: Sequence[str], said: Sequence[str]) -> Sequence[str]:
    """Those that don't repeat at length what has been said, if there are any."""
    used = [words for words in _LONG if any(words in one for one in said)]
    return [text for text in texts if not any(words in text for words in used)] or texts
