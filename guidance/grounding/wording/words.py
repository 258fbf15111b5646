"""Words of a clause: whether each is known, and none turns it round, costs, or takes something for done."""

import re

from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.splitting import NUMBER
from guidance.lexicon import PIECE, Lexicon, groups


def spelled(said: str, lexicon: Lexicon) -> str:
    """Without shortened words."""
    for short, whole in lexicon.expanded.items():
        said = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", whole, said)
    if lexicon.asked_future is not None:
        said = lexicon.asked_future.sub(lambda found: "".join(text for _, text in groups(found)), said)
    return said


def without_times(said: str, lexicon: Lexicon) -> str:
    """Without the dates and hours that it proposes."""
    for pattern in lexicon.times:
        said = pattern.sub(" ", said)
    return said


def are_known(text: str, ground: Ground, known: frozenset[str] | None = None, *, asks: bool = False) -> bool:
    """Of `text`, a part of a sentence: no figure, and no word that isn't known."""
    lexicon = ground.lexicon
    named = text.replace(ground.name.casefold(), " ") if ground.name else text
    words = PIECE.findall(lexicon.phrases.sub(" ", named))
    barred = lexicon.negations | (lexicon.reserved - lexicon.lately if asks else lexicon.reserved)
    if NUMBER.search(text) or not barred.isdisjoint(words):
        return False
    free = lexicon.function | lexicon.asserting  # which has been looked for
    free |= lexicon.lately if asks else frozenset()
    if asks and not lexicon.anything.isdisjoint(words):
        free |= lexicon.hindrances
    known = ground.known if known is None else known
    return all(word in free or lexicon.knows(word, known, ground.given) for word in words)


def turns_round(said: str, ground: Ground) -> bool:
    """“in place of”, and whatever is decided for somebody else."""
    lexicon = ground.lexicon
    if lexicon.turned.search(said) is not None:
        return True
    deciding = lexicon.stemmed(lexicon.deciding)
    if deciding.isdisjoint(map(lexicon.stem, PIECE.findall(said))):
        return False
    things = lexicon.titles.meetings | lexicon.titles.any | lexicon.occasions
    whom = (next((text for _, text in groups(found)), "") for found in lexicon.for_others.finditer(said))
    return any(one not in things and lexicon.stem(one) not in deciding for one in whom)


def asserts(text: str, lexicon: Lexicon) -> bool:
    """Whether it tells what is or was so; what it asks for, it doesn't."""
    told = lexicon.whether.split(lexicon.allowed_have.sub(" ", text), maxsplit=1)[0]
    return not lexicon.asserting.isdisjoint(PIECE.findall(told))


def says_is(clause: str, lexicon: Lexicon) -> bool:
    """A verb of the present, which neither begins the clause nor depends on anything."""
    words = PIECE.findall(clause)
    return any(
        word in lexicon.is_ and n and not lexicon.subordinators.intersection(words[:n]) for n, word in enumerate(words)
    )


def _is_adjective(word: str, lexicon: Lexicon) -> bool:
    """In German, where participles have stems of their own."""
    return lexicon.language == "de" and lexicon.stem(word) in lexicon.stemmed(lexicon.general)


def takes_for_done(said: str, sentence: str, ground: Ground, *own: str) -> bool:
    """“the confirmed budget”; what `own` texts say so may be said so. `said` is made of `sentence`, in which German
    nouns have a capital."""
    lexicon = ground.lexicon
    plain = lexicon.function | lexicon.general | {word for text in own for word in PIECE.findall(text.casefold())}
    found = lexicon.taken_for_done.finditer(lexicon.qualified.sub(" ", said))
    nouns = set(PIECE.findall(sentence.partition(" ")[2])) if lexicon.language == "de" else set[str]()
    return any(
        word not in plain and word.capitalize() not in nouns and not _is_adjective(word, lexicon)
        for word in (word for match in found for word in match.groupdict().values() if word)
    )
