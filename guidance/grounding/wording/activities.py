"""Clauses about a candidate's activity: that it is not done yet, or that the deal can't move on without it."""

import re

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.open_points import counted, is_stage
from guidance.grounding.wording.splitting import unquoted
from guidance.lexicon import PIECE, groups

LEAST_PART = 5
"""Letters of a German word that stands for a compound that ends with it."""


def tells_of_activity(clause: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    patterns = [*lexicon.to_do, *(lexicon.required if ground.is_required else ())]
    said = unquoted(clause)
    found = (pattern.fullmatch(said) for pattern in patterns)
    return ground.to_do is not None and any(match is not None and _is_so(match, ground) for match in found)


def _is_so(found: re.Match[str], ground: Ground) -> bool:
    named = groups(found)
    stage = " ".join(text for name, text in named if name == "stage")
    here = " ".join(text for name, text in named if name == "here")
    what = [text for name, text in named if name == "what"]
    is_counted = counted(found) <= {ground.figures.get("open")}
    is_here = is_stage(stage, ground) and is_stage(here, ground, *ground.stage[:1])
    return is_counted and is_here and (not what or _is_it(" ".join(what), ground))


def _is_it(what: str, ground: Ground) -> bool:
    """In its own words, half of them, or “this” and one of them."""
    lexicon, words = ground.lexicon, PIECE.findall(what)
    barred = lexicon.negations | lexicon.asserting | lexicon.is_ | lexicon.rationale.obliging | lexicon.reserved
    if not words or not barred.isdisjoint(words) or re.search(r"[\d,;:.?!–—]", what) is not None:
        return False
    own, stems = ground.stems(ground.to_do or ""), ground.stems(what)
    named = own & stems
    if lexicon.language == "de":
        named |= {stem for stem in stems if len(stem) >= LEAST_PART and any(one.endswith(stem) for one in own)}
    points = not lexicon.rationale.pointing.isdisjoint(words[:1])
    is_enough = bool(named) and 2 * len(named) >= len(own)
    return bool(stems) and stems <= named | ground.light and (points or is_enough)
