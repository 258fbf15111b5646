"""Exchange rates, which are everybody's: `app.currencies` reads them whoever asks."""

from app import models
from app.nouns.noun import Noun

CURRENCY_RATE = Noun(model=models.CurrencyRate, seen_by=None, row_security=None)

NOUNS = (CURRENCY_RATE,)
