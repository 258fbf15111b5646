"""Grounding of a model's answer: it may be used if it points at candidates, facts, blocks, contents and dates that it
was given, and at spans of texts that stand there.

Where it points elsewhere, it goes back once; after that the rules' answer stands.
"""

from guidance.grounding.answers import Answer, Chosen, read_answer
from guidance.grounding.checks import check_answer
from guidance.grounding.faults import Code, Fault
from guidance.grounding.pointed import composition_of, readings_of

__all__ = ["Answer", "Chosen", "Code", "Fault", "check_answer", "composition_of", "read_answer", "readings_of"]
