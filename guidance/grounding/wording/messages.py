"""Sentences of a message: it asks, wishes, proposes, or is polite; what is or was so, it doesn't tell."""

import re
from dataclasses import dataclass

from guidance.grounding.wording.courtesies import left_by_courtesy, without_lead
from guidance.grounding.wording.figures import in_days, tells_figures
from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.heads import left_by_condition, left_by_head
from guidance.grounding.wording.openness import leaves_it_open
from guidance.grounding.wording.splitting import bare, clauses_of, folded
from guidance.grounding.wording.words import (
    are_known,
    asserts,
    says_is,
    spelled,
    takes_for_done,
    without_times,
)
from guidance.lexicon import PIECE, Lexicon, groups
from guidance.spoken_numbers import in_figures

MOST_ASIDE = 3
LEAST_WORDS = 2


def is_message(sentence: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    said = spelled(bare(folded(sentence), {one.casefold() for one in ground.placeholders}), lexicon)
    asks = sentence.rstrip(' ”»"').endswith("?")
    rest = lexicon.salutation.sub("", said.lstrip("¿¡"), count=1).strip(" ,")
    if len(PIECE.findall(said)) < LEAST_WORDS or not rest:
        return bool(PIECE.findall(said)) and not rest
    if not asks and lexicon.deadline.search(said) is not None:
        return False
    told = in_days(in_figures(rest, lexicon.language), ground)
    return any(_is_of_clauses(without_times(one, lexicon), sentence, ground, asks=asks) for one in told)


def _is_of_clauses(rest: str, sentence: str, ground: Ground, *, asks: bool) -> bool:
    lexicon = ground.lexicon
    if takes_for_done(rest, sentence, ground, ground.title, *ground.facts):
        return False
    left = _Clauses(rest, ground, asks).left()
    if left is None:
        return False
    told = asserts(" ".join(left), lexicon) and not (asks and lexicon.asked_first.search(rest.strip()))
    return not told and all(are_known(_without_ahead(one, rest, lexicon, asks=asks), ground, asks=asks) for one in left)


@dataclass(frozen=True)
class _Clauses:
    """The clauses of a sentence, each of which has to be of a kind that may be said."""

    said: str
    ground: Ground
    asks: bool

    def left(self) -> list[str] | None:
        """What of them has yet to be known; None where one may not be said, or a condition has nothing that depends
        on it."""
        if (polite := left_by_courtesy(self.said.strip(" ?"), self.ground)) is not None:
            return polite
        clauses = clauses_of(self.said)
        both = self.ground.lexicon.rationale.both
        orders = [clauses]
        for n, clause in enumerate(clauses):
            for joint in both.finditer(clause):
                parts = clause[: joint.start()], clause[joint.end() :]
                orders.append([*clauses[:n], *parts, *clauses[n + 1 :]])
        return next((left for left in map(self._left_of, orders) if left is not None), None)

    def _left_of(self, clauses: list[str]) -> list[str] | None:
        found, hangs, n = list[str](), False, 0
        while n < len(clauses):
            left, hanging, taken = self._left(clauses, n, hangs=hangs)
            if left is None:
                return None
            found += left
            hangs = hanging
            n += taken
        return None if hangs or not clauses else found

    def _left(self, clauses: list[str], n: int, *, hangs: bool) -> tuple[list[str] | None, bool, int]:
        """Of the clause `n`: what is left, whether another has to follow, and how many clauses it takes."""
        lexicon, clause = self.ground.lexicon, clauses[n]
        led = without_lead(clause, lexicon)
        if n + 1 < len(clauses) and (both := left_by_courtesy(f"{led}, {clauses[n + 1]}", self.ground)) is not None:
            return both, False, 2
        if (polite := left_by_courtesy(led, self.ground)) is not None:
            return polite, False, 1
        if leaves_it_open(led, (), self.ground) or tells_figures(led, self.ground):
            return [], False, 1
        if (begun := left_by_head(led, lexicon)) is not None:
            return begun, False, 1
        if (condition := left_by_condition(led, lexicon)) is not None:
            return condition, hangs or n == 0, 1
        if self.asks and (n == 0 or hangs or self._is_asked(led) or _is_inserted(clauses[n - 1], lexicon)):
            return _plain(led, lexicon), False, 1
        inserted = self.asks and n + 1 < len(clauses) and _is_inserted(clause, lexicon)
        if inserted or (n and (_depends(clause, lexicon) or _is_aside(led, lexicon))):
            return _plain(led, lexicon), hangs, 1
        return None, hangs, 1

    def _is_asked(self, clause: str) -> bool:
        """It goes on with a question, or with what people do together or the message is about."""
        lexicon, found = self.ground.lexicon, self.ground.lexicon.asked.match(clause)
        verbs = [lexicon.stem(text) for name, text in groups(found) if name == "verb"] if found is not None else []
        may = lexicon.stemmed(lexicon.together | lexicon.makes) | self.ground.given
        return found is not None and may.issuperset(verbs)


def _plain(clause: str, lexicon: Lexicon) -> list[str] | None:
    return None if says_is(clause, lexicon) else [clause]


def _depends(clause: str, lexicon: Lexicon) -> bool:
    words = PIECE.findall(clause)
    only_times = all(word in lexicon.function or word in lexicon.time_words for word in words)
    return only_times or any(word in lexicon.subordinators for word in words[:3])


def _is_inserted(clause: str, lexicon: Lexicon) -> bool:
    """Of a question, what stands between commas."""
    return not lexicon.prepositions.isdisjoint(PIECE.findall(clause)[:1])


def _is_aside(clause: str, lexicon: Lexicon) -> bool:
    """It says when, where or how, in words that any deal has."""
    words = PIECE.findall(clause)
    plain = all(word in lexicon.function or lexicon.knows(word, lexicon.free) for word in words)
    aside = 0 < len(words) <= MOST_ASIDE and bool(lexicon.subjects) and lexicon.subjects.isdisjoint(words)
    return plain and (aside or not lexicon.prepositions.isdisjoint(words[:1]))


def _without_ahead(text: str, said: str, lexicon: Lexicon, *, asks: bool) -> str:
    """What is to be settled before another thing doesn't turn that round."""
    if asks and lexicon.gathering.search(said.strip(" ¿")) is not None:
        for word in lexicon.ahead:
            text = re.sub(rf"\b{word}\b", " ", text, count=1)
    return text
