"""A made-up Salesforce export of any size, the same for the same seed."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

OPEN = ("Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal", "Negotiation")
WON, LOST = "Closed Won", "Closed Lost"
_BEGIN = datetime(2022, 1, 3, tzinfo=UTC)
_WORDS = ("cloud", "data", "edge", "network", "storage", "backup", "security", "mobile", "retail", "plant", "fleet")
_DEAL_COLUMNS = ("Id", "IsDeleted", "AccountId", "Name", "Amount", "CloseDate", "NextStep", "OwnerId", "CreatedDate")


def write(folder: Path, opportunities: int, transitions: int, seed: int = 7) -> tuple[Path, Path]:
    """(opportunities, history): every history row is a change of stage, so there are `transitions` of them."""
    chance = random.Random(seed)
    lengths = _lengths(chance, opportunities, transitions)
    paths = [_path(chance, length) for length in lengths]
    deals = folder / "opportunities.csv"
    with deals.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow((*_DEAL_COLUMNS, "StageName"))
        writer.writerows(_deal_row(chance, number, moves) for number, moves in enumerate(paths))
    history = folder / "history.csv"
    rows = [row for number, moves in enumerate(paths) for row in _history_rows(number, moves)]
    chance.shuffle(rows)
    with history.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["OpportunityId", "CreatedDate", "StageName", "SortOrder"])
        writer.writerows(rows)
    return deals, history


def _lengths(chance: random.Random, deals: int, transitions: int) -> list[int]:
    lengths = [1] * deals
    for _ in range(transitions - deals):
        lengths[chance.randrange(deals)] += 1
    return lengths


def _path(chance: random.Random, length: int) -> list[tuple[datetime, str]]:
    at = _BEGIN + timedelta(minutes=chance.randrange(60 * 24 * 700))
    moves = [(at, OPEN[0])]
    for step in range(1, length):
        at += timedelta(minutes=chance.randrange(60, 60 * 24 * 40))
        now = OPEN.index(moves[-1][1])
        if step == length - 1 and chance.random() < 0.6:
            moves.append((at, WON if chance.random() < 0.4 else LOST))
        else:
            others = [stage for stage in OPEN if stage != moves[-1][1]]
            moves.append((at, OPEN[now + 1] if now + 1 < len(OPEN) else chance.choice(others)))
    return moves


def _deal_row(chance: random.Random, number: int, moves: list[tuple[datetime, str]]) -> list[object]:
    name = " ".join(chance.choices(_WORDS, k=3))
    close = (moves[-1][0] + timedelta(days=chance.randrange(1, 90))).date()
    amount = f"{chance.randrange(1_000, 2_000_000)}.{chance.randrange(100):02d}"
    account, owner = f"001{chance.randrange(20_000):012d}AAA", f"005{chance.randrange(200):012d}AAA"
    step = chance.choice(("", "Send the proposal", "Call the buyer", "Book a demonstration"))
    return [_id(number), "false", account, name, amount, close, step, owner, _moment(moves[0][0]), moves[-1][1]]


def _history_rows(number: int, moves: list[tuple[datetime, str]]) -> Iterator[list[object]]:
    order = (*OPEN, WON, LOST)
    for at, stage in moves:
        yield [_id(number), _moment(at), stage, order.index(stage) + 1]


def _id(number: int) -> str:
    return f"006{number:012d}AAA"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
