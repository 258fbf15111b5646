"""The pipeline's ledger. Nothing that answers a viewer reads it but `app.analytics.changes`, which says itself whose
deals it counts: row-level security knows who sees a deal today, and not whose it was."""

from app import models
from app.nouns.noun import Noun

PIPELINE_POSTING = Noun(model=models.PipelinePosting, seen_by=None, row_security=None)
PIPELINE_TOTAL = Noun(model=models.PipelineTotal, seen_by=None, row_security=None)
PIPELINE_STALE = Noun(model=models.PipelineStale, seen_by=None, row_security=None)

NOUNS = (PIPELINE_POSTING, PIPELINE_TOTAL, PIPELINE_STALE)
