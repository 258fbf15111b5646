"""Histories of partners: deals that went through a playbook of two open stages, and what became of their advice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from app.database import Database
from app.deals.benchmarks.rule import DEALS, PARTNERS, weight
from app.deals.histories import AGES
from app.deals.queries import stall_after_days
from app.deals.statistics import refresh_stall_thresholds
from app.recommendations.knowledge import read_again
from app.recommendations.statistics import learn, measure_history
from guidance.actions import ActionKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEGUN = NOW - timedelta(days=900)
NAMES = UUID("018f0000-0000-7000-8000-000000000000")
OPEN = ("qualify", "propose")
STAGES = ("qualify", "propose", "won", "lost")
KINDS = (ActionKind.COMPLETE_CRITERION, ActionKind.SHARE_CONTENT, ActionKind.RE_ENGAGE)
ENDINGS = ("COMPLETED", "DISMISSED", "EXPIRED")


def name(*parts: object) -> UUID:
    return uuid5(NAMES, "/".join(map(str, parts)))


@dataclass(frozen=True)
class Deal:
    """`stays`: days in the open stages that it has left, in order. `answers`: kind, stage, status."""

    partner: int
    number: int
    stays: tuple[float, ...]
    status: str
    answers: tuple[tuple[ActionKind, str, str], ...]

    @property
    def id(self) -> UUID:
        return name("deal", self.partner, self.number)

    def moves(self) -> Iterator[tuple[str, str, str, float]]:
        """From, to, kind, days."""
        for place, days in enumerate(self.stays):
            last = place == len(self.stays) - 1
            onward = "won" if place == 1 else "propose"
            to = "lost" if last and self.status == "LOST" else onward
            yield OPEN[place], to, {"won": "WON", "lost": "LOST"}.get(to, "FORWARD"), days

    @property
    def stands_on(self) -> str:
        return next((to for _, to, _, _ in reversed(list(self.moves()))), "qualify")

    @property
    def days(self) -> float:
        return sum(self.stays)


def some_deal(random: Random, partner: int, number: int, pace: float) -> Deal:
    status = random.choice(("OPEN", "WON", "WON", "LOST"))
    stays = {"WON": 2, "LOST": random.choice((1, 2)), "OPEN": random.choice((0, 1))}[status]
    answers = tuple(
        (random.choice(KINDS), random.choice(OPEN), random.choice(ENDINGS)) for _ in range(random.randrange(3))
    )
    return Deal(partner, number, tuple(random.expovariate(1 / pace) + 0.1 for _ in range(stays)), status, answers)


def some_partner(random: Random, partner: int, deals: int) -> list[Deal]:
    pace = random.choice((3.0, 15.0, 60.0))
    return [some_deal(random, partner, number, pace) for number in range(deals)]


Part = Mapping[int, int]
"""Deals behind a figure, by partner."""


def parts(deals: Sequence[Deal]) -> Mapping[tuple[object, ...], Part]:
    """Of every figure."""
    found: dict[tuple[object, ...], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for deal in deals:
        longest: Counter[str] = Counter()
        for stage, _, _, days in deal.moves():
            longest[stage] = max(longest[stage], days)  # type: ignore[assignment]
            found["stays", stage][deal.partner].add(deal.number)
        for stage in OPEN[: len(deal.stays)] if deal.status == "WON" else ():
            found["remaining", stage][deal.partner].add(deal.number)
        for stage, days in longest.items() if deal.status != "OPEN" else ():
            for age in AGES:
                if days >= age:
                    found["fates", stage, age][deal.partner].add(deal.number)
        for kind, stage, status in deal.answers:
            found["answers", kind, stage][deal.partner].add(deal.number)
            if status != "EXPIRED":
                found["effects", kind, status][deal.partner].add(deal.number)
    return {figure: {partner: len(which) for partner, which in by.items()} for figure, by in found.items()}


def satisfies(part: Part) -> bool:
    """The rule as it is told to people."""
    return len(part) >= PARTNERS and weight(part.values()) >= DEALS


async def write(database: Database, deals: Sequence[Deal]) -> None:
    """In place of all that was there."""
    partners = sorted({deal.partner for deal in deals})
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute(
            "TRUNCATE organization, account, playbook, opportunity, next_best_action, stage_history, partner_history,"
            " action_outcome, action_effect, benchmark_day, stage_benchmark, action_benchmark, field_change CASCADE"
        )
        await tx.execute(
            "INSERT INTO organization (id, key, name, kind) SELECT id, id::text, id::text, 'PARTNER'"
            " FROM unnest($1::uuid[]) AS id",
            [name("partner", partner) for partner in partners],
        )
        await tx.execute("INSERT INTO account (id, name) VALUES ($1, 'Account')", name("account"))
        await tx.execute(
            "INSERT INTO playbook (id, key, version, name, description, status)"
            " VALUES ($1, 'it', 1, 'it', '', 'PUBLISHED')",
            name("playbook"),
        )
        for position, stage in enumerate(STAGES):
            await tx.execute(
                "INSERT INTO stage (id, playbook_id, key, name, position, kind, win_probability, forecast_category,"
                " target_days) VALUES ($1, $2, $3, $3, $4, $5, 0.5, 'PIPELINE', $6)",
                name("stage", stage), name("playbook"), stage, position,
                stage.upper() if stage in ("won", "lost") else "OPEN", 14 if stage in OPEN else None,
            )  # fmt: skip
        for table, columns, rows in _rows(deals):
            await tx.connection.copy_records_to_table(table, columns=columns.split(), records=rows)


def _rows(deals: Sequence[Deal]) -> Iterator[tuple[str, str, list[tuple[object, ...]]]]:
    yield (
        "opportunity",
        "id account_id partner_id playbook_id stage_id name source status entered_stage_at closed_at created_at"
        " updated_at",
        [
            (
                deal.id, name("account"), name("partner", deal.partner), name("playbook"),
                name("stage", deal.stands_on),
                "Deal", "PARTNER", deal.status, BEGUN + timedelta(days=deal.days),
                None if deal.status == "OPEN" else BEGUN + timedelta(days=deal.days), BEGUN, BEGUN,
            )
            for deal in deals
        ],
    )  # fmt: skip
    moves: list[tuple[object, ...]] = []
    actions: list[tuple[object, ...]] = []
    for deal in deals:
        at = BEGUN
        moves.append((name(deal.id, 1), deal.id, 1, None, name("stage", "qualify"), "CREATED", at, None))
        for seq, (stage, to, kind, days) in enumerate(deal.moves(), start=2):
            at += timedelta(days=days)
            ends = (name("stage", stage), name("stage", to))
            moves.append((name(deal.id, seq), deal.id, seq, *ends, kind, at, round(days * 86_400)))
        for n, (action, stage, status) in enumerate(deal.answers):
            answered = BEGUN + timedelta(days=0.05) if status != "EXPIRED" else None
            actions.append(
                (
                    name(deal.id, "action", n), deal.id, f"key-{n}", action.value, 0, "Title", "Why", 1.0, "NORMAL", 30,
                    "[]", status, "RULES", stage, "it", name("partner", deal.partner), BEGUN, BEGUN, answered, answered,
                )
            )  # fmt: skip
    yield (
        "stage_transition",
        "id opportunity_id seq from_stage_id to_stage_id kind at seconds_in_previous_stage",
        moves,
    )
    yield (
        "next_best_action",
        "id opportunity_id key kind position title rationale score urgency effort_minutes evidence status source"
        " stage_key playbook_key partner_id created_at shown_at responded_at ended_at",
        actions,
    )


_OWN = """
SELECT jsonb_agg(jsonb_build_array(kind, accepted, completed, dismissed, ignored) ORDER BY kind)::text AS own
FROM action_outcome WHERE partner_id = $1
"""
View = Mapping[tuple[object, ...], object]


async def measured(database: Database, deals: Sequence[Deal], at: datetime = NOW) -> Mapping[int, View]:
    """All that each partner's advice rests on, by figure, with every job run."""
    await write(database, deals)
    await measure(database, at)
    return await views(database, sorted({deal.partner for deal in deals}))


async def measure(database: Database, at: datetime) -> None:
    await measure_history(database, at)
    await learn(database, at)
    await refresh_stall_thresholds(database, at)


async def views(database: Database, partners: Sequence[int]) -> Mapping[int, View]:
    known = await read_again(database)
    found: dict[int, View] = {}
    for partner in partners:
        id = name("partner", partner)
        view: dict[tuple[object, ...], object] = {}
        for stage in OPEN:
            history = known.history("it", stage, id)
            view["stays", stage], view["remaining", stage] = history.stays, history.remaining
            view |= {("fates", stage, int(fate.days)): fate for fate in history.fates if fate.rate is not None}
        threshold = (
            f"SELECT s.key, {stall_after_days('o', 's')} AS days FROM stage s, (SELECT $1::uuid AS partner_id) o"
        )
        view |= {("threshold", row["key"]): row["days"] for row in await database.fetch(threshold, id)}
        row = await database.fetchrow(_OWN, id)
        learned = known.learned(id, row and row["own"])
        for kind in ActionKind:
            view["effect", kind] = learned.effect(kind)
            view |= {("rate", kind, stage): learned.probability(kind, stage) for stage in (*OPEN, "elsewhere")}
        found[partner] = view
    return found
