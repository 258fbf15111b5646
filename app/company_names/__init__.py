"""Companies compared by what people write of them: names in any spelling and language, places, domains, numbers.

Pure: no database and no network. `likeness` compares two; `search_terms` says what to look for among many.
"""

from app.company_names.compare import THRESHOLD, Company, Likeness, likeness
from app.company_names.search import VERSION, WORD, SearchTerms, search_terms

__all__ = ["THRESHOLD", "VERSION", "WORD", "Company", "Likeness", "SearchTerms", "likeness", "search_terms"]
