"""Sentences that the product says, in the language of who reads them.

A `Phrase` is a sentence of ours in English with places for texts of others: names of stages, criteria, titles of
content. Such a `Text` knows the language it is in, and decides that of the sentence: a German reader is told of an
English criterion in English. So no sentence is in two languages; where the texts don't agree, or there is no catalogue
of their language, `either` goes on to a sentence without them.

Catalogues are gettext's (`de.po`, …), checked against the phrases of the sources by a test; English needs none.
"""

from catalogues.phrases import Counted, Either, Phrase, Said, Text, Value, counted, either, phrase
from catalogues.reading import LANGUAGES, catalogue_of, render

__all__ = [
    "LANGUAGES",
    "Counted",
    "Either",
    "Phrase",
    "Said",
    "Text",
    "Value",
    "catalogue_of",
    "counted",
    "either",
    "phrase",
    "render",
]
