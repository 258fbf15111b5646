"""A campaign's outcome as a table and a few lines."""

from collections.abc import Sequence

from tests.attack.campaign import Campaign, Row

_HEAD = (
    "| kind | attack | sent | worst answer | healthz p50 / p99 / max | processor | memory before / peak / after "
    "| said | verdict |",
    "|---|---|---:|---:|---:|---:|---:|---|---|",
)


def table(rows: Sequence[Row]) -> list[str]:
    return [*_HEAD, *(_line(row) for row in rows)]


def summary(rows: Sequence[Row], campaign: Campaign, after: Sequence[str]) -> list[str]:
    """`after`: what did not answer when all was over."""
    failed = [row for row in rows if row.wrong or row.slow]
    health, worst = campaign.health(), max((row.health.p99 for row in rows), default=0.0)
    peak, last = max((row.peak for row in rows), default=0), rows[-1].after if rows else 0
    sent = sum(row.ledger.sent for row in rows)
    return [
        f"{len(rows)} attacks, {sent:,} requests; {len(rows) - len(failed)} passed, {len(failed)} failed",
        f"healthz, asked {health.asked:,} times: p50 {_ms(health.p50)}, p99 {_ms(health.p99)}, most {_ms(health.most)};"
        f" p99 in the worst attack {_ms(worst)}; the watcher's own lateness (the machine's) p99 {_ms(health.lag)}",
        f"memory: {_megabytes(campaign.base)} before, {_megabytes(peak)} at most, {_megabytes(last)} after the last",
        "afterwards " + ("; ".join(after) if after else "everything answered"),
    ]


def _line(row: Row) -> str:
    health = " / ".join(f"{seconds * 1000:,.0f}" for seconds in (row.health.p50, row.health.p99, row.health.most))
    memory = " / ".join(_megabytes(size) for size in (row.before, row.peak, row.after))
    verdict = "; ".join([*row.wrong, *row.slow]) or "passed"
    cells = (
        *(row.attack.kind, row.attack.name, f"{row.ledger.sent:,}", f"{row.ledger.worst:.2f} s", f"{health} ms"),
        *(f"{row.processor:.1f} s of {row.seconds:.1f}", memory, row.ledger.said, verdict),
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
