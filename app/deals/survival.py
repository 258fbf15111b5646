"""Lengths of stays, when some of them aren't over yet: Kaplan and Meier's estimate, in SQL.

Who counts completed stays alone is misled: of deals that came in lately, only the fast ones have left. Here a stay that
isn't over counts for as long as it has lasted, and no longer (it is censored). At each length at which stays ended, the
share that is still there falls by the share of those then at risk that ended (Kaplan and Meier 1958, JASA 53, 457-481);
a stay that is censored at that very length counts as at risk. A quantile is the shortest length of a completed stay by
which at least that share has left; there is none where too many are still there.

A stay ends however the deal leaves: onwards, back, won or lost.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

STEPS = 20
"""Quantiles are told at every twentieth."""
ROUNDING = 1e-9
"""Shares are products of fractions: one that is a twentieth in truth may come out this much beside it."""


def curve(cell: str, stays: str) -> str:
    """SQL of a row for each cell and each length at which stays of it ended: `days`, `ends`, and `reached`, how many
    twentieths of all had left by then.

    `stays` is SQL with the columns of `cell`, `days` (float8) and `ended` (boolean).
    """
    # A factor of 0 has no logarithm: whatever was there has left.
    lost = "CASE WHEN ends = risk THEN '-Infinity'::float8 ELSE ln(1 - ends / risk) END"
    return f"""
SELECT {cell}, days, ends, floor((1 - exp(sum({lost}) OVER (PARTITION BY {cell} ORDER BY days))) * {STEPS}
  + {ROUNDING})::int AS reached
FROM (
  SELECT {cell}, days, (count(*) FILTER (WHERE ended))::float8 AS ends,
    (sum(count(*)) OVER (PARTITION BY {cell} ORDER BY days DESC))::float8 AS risk
  FROM ({stays}) stay GROUP BY {cell}, days
) risky WHERE ends > 0"""  # noqa: S608 (constants, and SQL of the caller's own)


def points(cell: str, stays: str) -> str:
    """SQL of a row for each cell in which a stay ended: `ends`, how many did, and `points`, the quantiles at every
    twentieth from the first to the last, as a JSON array. Those that are not reached are the longest completed stay: no
    deal that left took longer."""
    return f"""
SELECT {cell}, sum(ends)::bigint AS ends, jsonb_agg(days ORDER BY step) FILTER (WHERE step IS NOT NULL) AS points
FROM (
  SELECT {cell}, days, CASE WHEN step IS NULL OR step = before + 1 THEN ends ELSE 0 END AS ends, step
  FROM (
    SELECT {cell}, days, ends,
      lag(reached, 1, -1) OVER (PARTITION BY {cell} ORDER BY days) AS before,
      CASE WHEN lead(days) OVER (PARTITION BY {cell} ORDER BY days) IS NULL THEN {STEPS} ELSE reached END AS reached
    FROM ({curve(cell, stays)}) curve
  ) crossed LEFT JOIN LATERAL generate_series(before + 1, reached) AS g(step) ON TRUE
) stepped GROUP BY {cell}"""  # noqa: S608


def quantiles(completed: Iterable[float], running: Iterable[float]) -> Sequence[float | None]:
    """The same of one cell in plain Python: the quantile at every twentieth, None where it isn't reached."""
    ends, others = Counter(completed), Counter(running)
    found: list[float | None] = [None] * (STEPS + 1)
    risk, alive, reached = ends.total() + others.total(), 1.0, -1
    for length in sorted({*ends, *others}):
        if ends[length]:
            alive *= 1 - ends[length] / risk
            now = int((1 - alive) * STEPS + ROUNDING)
            found[reached + 1 : now + 1] = [length] * (now - reached)
            reached = max(reached, now)
        risk -= ends[length] + others[length]
    return found
