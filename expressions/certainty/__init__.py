"""Whether a condition can come out either way: proved over all values that the fields of its variable may have.

`verdict` is sound and not complete: what it says never or always holds does so for every input within the declared
domains; of what it can't see through (arithmetic, patterns, loops over the inputs' own lists) it assumes anything.
"""

from expressions.certainty.domains import Days, Domain, Entries, Fields, Numbers, Texts, Words
from expressions.certainty.search import Verdict, verdict

__all__ = ["Days", "Domain", "Entries", "Fields", "Numbers", "Texts", "Verdict", "Words", "verdict"]
