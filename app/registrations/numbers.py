"""Numbers of registrations, such as DR-2026-000123: drawn by lot, so that they tell nothing of how many there are."""

import secrets
from datetime import datetime

DIGITS = (6, 6, 6, 6, 6, 6, 9, 12)
"""Of one draw after the other: where a year has used up many of the short ones, longer ones are drawn. Each is taken
once at most, since registrations are never deleted."""


def draw(at: datetime, attempt: int) -> str:
    digits = DIGITS[min(attempt, len(DIGITS) - 1)]
    return f"DR-{at.year}-{secrets.randbelow(10**digits):0{digits}}"
