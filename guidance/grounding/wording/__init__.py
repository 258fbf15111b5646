"""The check of a model's own sentences: only words that it was given or that say nothing, and no claim but a given
fact.

It is an allow-list from end to end: characters, words, numbers, and how a clause may begin. What it doesn't know, it
refuses.
"""

from guidance.grounding.wording.characters import is_plain
from guidance.grounding.wording.ground import Field, Ground
from guidance.grounding.wording.messages import is_message
from guidance.grounding.wording.reasons import is_reason
from guidance.grounding.wording.splitting import PLACEHOLDER, folded, sentences_of
from guidance.grounding.wording.titles import is_title
from guidance.grounding.wording.words import turns_round

__all__ = ["PLACEHOLDER", "Field", "Ground", "may_be_said", "sentences_of"]


def may_be_said(sentence: str, where: Field, ground: Ground) -> bool:
    """Whether one sentence passes."""
    if where is not Field.TITLE and folded(sentence) in ground.whole:
        return True
    if not is_plain(sentence, ground.placeholders) or turns_round(folded(sentence), ground):
        return False
    match where:
        case Field.TITLE:
            return is_title(sentence, ground)
        case Field.RATIONALE:
            return is_reason(sentence, ground)
        case Field.DRAFT:
            return is_message(sentence, ground)
