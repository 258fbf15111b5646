"""Whether a model's answer may be shown: it only chooses, orders and words the given candidates, from the given facts.

Where it is in doubt, it says no: a refused answer costs one more question to the model, or leaves the rules' answer
standing. Texts are taken to be English; each check says what it looks for.
"""

from guidance.grounding.answers import Answer, Worded, read_answer
from guidance.grounding.checks import check_answer
from guidance.grounding.faults import Code, Fault
from guidance.grounding.sources import Sources, sources_of

__all__ = ["Answer", "Code", "Fault", "Sources", "Worded", "check_answer", "read_answer", "sources_of"]
