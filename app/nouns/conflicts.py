"""Search terms of companies, and decisions on conflicts: the vendor's alone."""

from app import models
from app.nouns.noun import CLOSED, Noun, nobody

COMPANY_KEY = Noun(model=models.CompanyKey, seen_by=None, row_security=None)
DECIDED_CONFLICT = Noun(model=models.DecidedConflict, seen_by=nobody, row_security=CLOSED)

NOUNS = (COMPANY_KEY, DECIDED_CONFLICT)
