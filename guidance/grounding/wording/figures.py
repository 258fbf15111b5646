"""Figures of a deal in other words: a clause that tells nothing but one, of what it is, as the facts have it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import folded
from guidance.lexicon import PIECE, Figures, Telling, groups
from guidance.spoken_dates import NAMED, NUMBERED, month_of, tells_of
from guidance.spoken_numbers import in_figures

DAY = "¤"
"""Stands for the date that the deal is expected to close on."""
GROUP = re.compile(r"(?<=\d)[.,\u00a0\u202f ](?=\d{3}\b)")
COUNTED = re.compile(r"(€\s?)?(\d[\d.,]*|¤)[\s\u202f\u00a0]*([^\W\d_]+|%|€)?")
SPAN = 2
BEFORE = 2
"""Words before the second figure of a span, “of the”."""
NEARLY = 3
LONG = 7
"""Days that are “a while”."""
EARLY, LATE = 10, 21
OF_STAGE = ("age", "target")
"""“12 of 30 days”, and the other way round where the days come first."""
OF_DAYS = ("left", "silence", "target", "age")
"""The first that a clause has a cue of is what its days are of."""


def plain_figures(said: str, ground: Ground) -> str:
    """With figures for words, none of them grouped, and one sign for the day of the close."""
    text = GROUP.sub("", in_figures(said, ground.lexicon.language))
    closing = ground.figures.get("closing")
    if not isinstance(closing, date):
        return text
    return " ".join(_with_month(_with_day(text, closing), closing, ground.lexicon.figures).split())


def _with_day(text: str, day: date) -> str:
    for pattern in (*NUMBERED, NAMED):
        text = pattern.sub(
            lambda found: f" {DAY} " if any(map(str.isdigit, found[0])) and tells_of(found[0], day) else found[0], text
        )
    return " ".join(text.split())


def in_days(said: str, ground: Ground) -> Iterator[str]:
    """`said` with the weeks in it as each of the deal's spans of days that they may stand for; as it is without any."""
    telling = ground.lexicon.figures
    found = telling.weeks.search(said)
    if found is None:
        yield said
        return
    ways = dict(groups(found))
    count, unit = int(ways["count"]) if ways["count"].isdecimal() else 2, min(telling.counts["days"])
    for name in ("silence", "age", "left", "target"):
        days = ground.figures.get(name)
        if isinstance(days, int) and _are_weeks(days, count, ways):
            yield f"{said[: found.start()]}{days} {unit}{said[found.end() :]}"


def _are_weeks(days: int, count: int, ways: Mapping[str, str]) -> bool:
    whole = 7 * count
    if "more" in ways:
        return whole < days < whole + 7
    if "nearly" in ways:
        return 0 < whole - days <= NEARLY
    return abs(whole - days) <= NEARLY if "about" in ways else days == whole


def _with_month(text: str, day: date, telling: Telling) -> str:
    """A part of the month of the close, which stands for it."""

    def instead(found: re.Match[str]) -> str:
        ways = dict(groups(found))
        is_then = ("late" in ways and day.day >= LATE) or ("early" in ways and day.day <= EARLY)
        is_then = is_then or ("middle" in ways and EARLY <= day.day <= LATE)
        is_then = is_then or not ways.keys() & {"late", "early", "middle"}
        return f" {DAY} " if is_then and month_of(ways["month"]) == day.month else found[0]

    return telling.part_of_month.sub(instead, text)


def tells_figures(clause: str, ground: Ground, before: str = "") -> bool:
    """`clause` is folded, with plain figures. Nothing but figures that are cited, and what each is of. `before`: the
    clause that a lone day of the close belongs to."""
    telling, words = ground.lexicon.figures, set(PIECE.findall(clause))
    here = set(PIECE.findall(" ".join(ground.stage[:1]).casefold()))
    cues = words | (telling.age.cue if here and here <= words else frozenset())
    if set(PIECE.findall(clause)) <= ground.lexicon.function and COUNTED.findall(clause)[:1] == [("", DAY, "")]:
        cues |= telling.closing.cue & set(PIECE.findall(before))
    told = list(_told(clause, telling, cues))
    if telling.unequal.search(clause) or ("silence" in dict(told) and not _is_silent(clause, telling)):
        return False
    if not told or not all(_is_so(name, value, ground) for name, value in told):
        return False
    if not words.isdisjoint(telling.people) and any(name in OF_STAGE for name, _ in told):
        return False
    allowed = telling.deal | ground.lexicon.function | frozenset().union(*telling.counts.values())
    of = telling.plain.union(*(figure.words | figure.cue for figure in (_figures(telling, name) for name, _ in told)))
    names = {word for name in (*ground.stage, *ground.names) for word in PIECE.findall(name.casefold())}
    return words <= allowed | of | names and words.isdisjoint(ground.lexicon.reserved - of - names)


def tells_silence(clause: str, ground: Ground) -> bool:
    """That nobody has spoken for a while, without a figure; where it is so, and cited."""
    telling, words, days = ground.lexicon.figures, set(PIECE.findall(clause)), ground.figures.get("silence")
    known = telling.silence.words | telling.vague | telling.deal | ground.lexicon.function
    return (
        isinstance(days, int)
        and days >= LONG
        and _is_so("silence", str(days), ground)
        and words <= known
        and not (words.isdisjoint(telling.silence.cue) or words.isdisjoint(telling.vague))
        and not any(map(str.isdigit, clause))
        and _is_silent(clause, telling)
    )


def _is_silent(clause: str, telling: Telling) -> bool:
    """Neither “18 days of contact” nor “not quiet for 18 days”."""
    words = PIECE.findall(clause)
    denied = sum(word in telling.denying for word in words) or int(not telling.denying_too.isdisjoint(words))
    quiet = not telling.quiet.isdisjoint(words)
    return (denied == 1 and not quiet) or (not denied and (quiet or telling.last.search(clause) is not None))


def _figures(telling: Telling, name: str) -> Figures:
    figures: Figures = getattr(telling, name)
    return figures


def _told(clause: str, telling: Telling, words: set[str]) -> Iterator[tuple[str, str]]:
    """Each figure with what it is of; “?” where nothing says so."""
    found = COUNTED.findall(clause)
    units = [_unit("€" if euro else after, telling) for euro, _, after in found]
    days = [n for n, (_, value, _) in enumerate(found) if value != DAY and units[n] in ("", "days")]
    if len(days) == SPAN and "days" in units and (telling.age.cue | telling.spans) & words:
        of = PIECE.findall(clause.rpartition(found[days[1]][1])[0])[-BEFORE:]
        turned = units[days[0]] and not units[days[1]] and telling.out_of.isdisjoint(of)
        first = OF_STAGE[::-1] if turned else OF_STAGE
        yield from ((name, found[n][1]) for name, n in zip(first, days, strict=True))
        found = [one for n, one in enumerate(found) if n not in days]
    for euro, value, after in found:
        if value == DAY:
            yield ("closing" if telling.closing.cue & words else "?"), value
        else:
            unit = _unit("€" if euro else after, telling)
            yield _of(unit, telling, words | _before(clause, value, telling)), value


def _before(clause: str, value: str, telling: Telling) -> set[str]:
    """A cue of what is left, where one stands right before the figure, or behind its unit."""
    head, _, tail = clause.partition(value)
    before, after = PIECE.findall(head)[-1:], PIECE.findall(tail)[1:2]
    is_left = telling.left.before.intersection(before) or telling.left.after.intersection(after)
    return {min(telling.left.cue)} if is_left else set()


def _unit(word: str, telling: Telling) -> str:
    if word == "€":
        return "amount"
    return next((unit for unit, names in telling.counts.items() if word in names), "")


def _of(unit: str, telling: Telling, words: set[str]) -> str:
    match unit:
        case "amount":
            return "amount"
        case "points" if telling.open.cue & words:
            return "open"
        case "days" | "" if telling.left.only & words:
            return "left"
        case "days":
            return next((name for name in OF_DAYS if _figures(telling, name).cue & words), "?")
        case "" if telling.target.cue & words:
            return "target"
    return "?"


def _is_so(name: str, value: str, ground: Ground) -> bool:
    """It is the deal's, and among what is cited."""
    figure = ground.figures.get(name)
    if figure is None:
        return False
    text = figure.isoformat() if isinstance(figure, date) else str(figure)
    cited = any(re.search(rf"(?<!\d){re.escape(text)}(?!\d)", GROUP.sub("", folded(one))) for one in ground.cited)
    return cited and (value == DAY or value.rstrip(".,") == text)
