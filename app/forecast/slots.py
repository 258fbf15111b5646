"""The slots of a period in statements."""

from app.database.sql import Slot

FIRST, LAST, BEGINS, ENDS = (Slot(f"period.{name}") for name in ("first", "last", "begins", "ends"))
