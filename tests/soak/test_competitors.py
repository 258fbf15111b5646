"""Advice, evidence, scores and their order tell a partner nothing of a competitor, with all jobs run.

Two servers over two databases that are the same but for one competitor: in one it has hundreds of deals more, slower
and faster ones, other answers to advice, other content used. Partner A asks both the same, and hears the same, byte for
byte: on the day of the measurement, and ever, where fewer partners stand behind a figure than the rule asks for. Where
enough do in both, what may differ is listed by field.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.analytics.rollups.checking import rebuild
from app.database import Database, use
from app.deals.statistics import refresh_stall_thresholds
from app.demo import people
from app.demo.people import demo_id
from app.forecast.snapshots import take_snapshots
from app.periods import period_of
from app.prediction.nightly import train_all
from app.recommendations.statistics import learn, measure_history
from app.vocabulary import PeriodKind
from tests import hunts
from tests.copies import administer, with_database
from tests.processes import Process
from tests.schema.engine.generated import documents_ahead
from tests.schema.world import COLLEAGUE, MANAGER, SELLER, VENDOR
from tests.soak.grown import grow
from tests.soak.hunting import OF_ITS_TIME, Client, whole_schema
from tests.soak.marked import copied
from tests.soak.test_leaks import DEALS, LISTED, PAGE, PIPELINE, client

DOCUMENTS = hunts.size(15, whole=1_000)
ROLES = (MANAGER, SELLER, COLLEAGUE)
COMPETITOR = demo_id("org/brightwater")
PARTNERS = [demo_id(f"org/{partner.key}") for partner in people.PARTNERS]
FEW = ("eastgate", "ferrum")
"""Without these two, four partners are left: nothing is told over all of them."""
TODAY = datetime.now(UTC)

ACTION = """kind title rationale score urgency effortMinutes draft status source evidence { fact value source }
  criterion { key } activity { key } targetStage { key } contents { key }"""
ADVICE = f"""query($status: [OpportunityStatus!]) {{ opportunities(first: 50, filter: {{status: $status}}) {{ totalCount
  nodes {{ id stalled daysInStage recommendations(first: 20) {{ source enrichment actions {{ {ACTION} }} }} }} }} }}"""
CONTENTS = "{ opportunities(first: 50) { nodes { id stalled contents(first: 30) { nodes { key } } } } }"
STAGES = """{ playbooks(first: 50) { nodes { key issues { code message suggestion }
  stages { key targetDays winProbability contents(first: 30) { nodes { key } } } } } }"""
ORDERED = f"""query($d: OrderDirection!) {{ opportunities(first: 50, orderBy: {{field: DAYS_IN_STAGE, direction: $d}},
  filter: {{stalled: true}}) {{ {LISTED} {PAGE} }} }}"""
GUIDANCE = (
    "{ guidanceReport { total { shown completed } byKind { kind figures { shown } } } }",
    "{ guidanceRules(first: 10) { totalCount nodes { key } } }",
    "{ guidanceModel { configured model promptVersion } }",
)
_RATE = "{ value of low high }"
FIGURES = f"""query($f: AnalyticsFilter!) {{ analytics(filter: $f) {{ deals won lost open winRate {_RATE}
  wonAmount {{ amount }} cycle {{ of mean min p20 median p80 p95 max }}
  funnel {{ stage {{ key }} entered movedOn sentBack lostHere stillHere wentBack skipped won lost stillOpen
    conversion {_RATE} conversionOfDecided {_RATE} reachedWin {_RATE} winRate {_RATE} allPartnersWinRate }}
  velocity {{ stage {{ key }} stays open median p80 p95 outlived allPartnersMedian }}
  bottlenecks {{ stage {{ key }} shareOfTime delayDays days dealsLost amountLost {{ amount }} }}
  wins {{ month won lost rate {_RATE} wonAmount {{ amount }} }} lossReasons {{ key count share {_RATE} }}
  groups {{ key partner {{ name }} owner {{ name }} deals winRate {_RATE} cycle {{ median }} }}
  findings {{ stage {{ key }} kind text count observed {_RATE} expected costDays costDeals }} }} }}"""
SCORES = f"""{{ partners(first: 50) {{ nodes {{ id scorecard {{ deals openDeals openAmount {{ amount }} winRate {_RATE}
  medianCycleDays registrations approvedShare {_RATE} stalledShare {_RATE}
  hygiene {{ noNextStep {_RATE} closeDatePassed {_RATE} silent {_RATE} noAmount {_RATE} }} }} }} }} }}"""
SUGGESTED = f"""{{ stageSuggestions(playbookKey: "it-software") {{ stage {{ key }} winProbability {_RATE}
  targetDays stays note }} }}"""
GROUPS = ("PARTNER", "TIER", "INDUSTRY", "REGION", "SOURCE", "OWNER", "SIZE_BAND")
_MONEY = "{ amount currency }"
_SPREAD = "{ low expected high currency }"
_CATEGORIES = f"closed {_MONEY} commit {_MONEY} bestCase {_MONEY} pipeline {_MONEY} weighted {_MONEY}"
FORECAST = f"""query($p: ForecastPeriod!, $at: DateTime) {{ forecast(period: $p, asOf: $at) {{ {_CATEGORIES}
  closedDeals openDeals modelledParts {{ range {_SPREAD} closed {_MONEY} open {_MONEY} notYetCreated {_MONEY} }}
  wonDeals target {_MONEY} gap {_MONEY} coverage submissions {{ note amount {_MONEY} }}
  snapshots {{ {_CATEGORIES} modelled {_SPREAD} }} }} }}"""
CHANGED = f"""query($a: DateTime!, $b: DateTime!) {{ pipelineChange(from: $a, to: $b) {{ opening {_MONEY}
  created {_MONEY} increased {_MONEY} decreased {_MONEY} movedIn {_MONEY} movedOut {_MONEY} transferredIn {_MONEY}
  transferredOut {_MONEY} reopened {_MONEY} won {_MONEY} lost {_MONEY} removed {_MONEY} closing {_MONEY} }} }}"""
LOOKED_BACK = f"""query($f: ForecastAccuracyFilter) {{ forecastAccuracy(filter: $f) {{
  methods {{ method daysBefore forecasts medianError bias withinRange {_RATE} }}
  points {{ period daysBefore method forecast {_MONEY} actual {_MONEY} error withinRange }} }} }}"""
PREDICTED = """{ opportunities(first: 50) { nodes { id winProbability prediction { basis baseRate winProbability
  low high earliest expectedCloseDate latest previous trend reasons { feature value points text } } } } }"""
MODEL = """query($k: String!) { predictionModel(playbookKey: $k) { audience basis betterThanBaseline deals missing
  partner { name } warnings wins backtest { __typename } calibration { __typename } } }"""
QUARTER = period_of(PeriodKind.QUARTER, TODAY.date())
PERIODS = (QUARTER.shifted(-1), QUARTER, period_of(PeriodKind.YEAR, TODAY.date()))
ASKED: Sequence[tuple[str, dict[str, Any]]] = (
    (ADVICE, {"status": ["OPEN"]}),
    (CONTENTS, {}),
    (STAGES, {}),
    *((DEALS, {"f": {"stalled": flag}}) for flag in (True, False)),
    *((PIPELINE, {"f": filter}) for filter in ({}, {"stalled": True}, {"status": ["OPEN"]})),
    *((ORDERED, {"d": direction}) for direction in ("ASC", "DESC")),
    *((text, {}) for text in GUIDANCE),
    *((FIGURES, {"f": {"asOf": TODAY.isoformat(), "groupBy": by}}) for by in GROUPS),
    (SCORES, {}),
    (SUGGESTED, {}),
    *((FORECAST, {"p": one.key, "at": at}) for one in PERIODS for at in (None, TODAY.isoformat())),
    (CHANGED, {"a": (TODAY - timedelta(days=90)).isoformat(), "b": TODAY.isoformat()}),
    *((LOOKED_BACK, {"f": {"kind": kind, "periods": 2}}) for kind in ("MONTH", "QUARTER")),
    (PREDICTED, {}),
    *((MODEL, {"k": key}) for key in ("it-software", "saas")),
)
MAY_DIFFER = (
    *("actions", "stalled", "stalledCount", "stalledShare", "allPartnersWinRate", "allPartnersMedian"),
    *("prediction", "predictionModel"),
)
"""What rests on figures over many partners: advice with its evidence, scores and order, what is stalled, predictions,
and what is called a figure over all partners. So may what is filtered by that. All else is the same in any case."""


PASSING = (*OF_ITS_TIME, "forecast(", "forecastAccuracy", "prediction", "pipelineChange")
"""Of generated documents: those who say when they were answered, or which model of the night did; asked above."""


class Worlds:
    def __init__(self, stack: AsyncExitStack, postgres: str, folder: Path) -> None:
        self._stack, self._postgres, self._folder = stack, postgres, folder
        self.databases: list[Database] = []

    async def add(self, template: str) -> Database:
        name = f"competing_{len(self.databases)}"
        await copied(self._postgres, template, name)
        self._stack.push_async_callback(administer, self._postgres, f"DROP DATABASE {name} WITH (FORCE)")
        database = await Database.connect(with_database(self._postgres, name), size=2)
        self._stack.push_async_callback(database.close)
        self._stack.callback(use, None)
        self.databases.append(database)
        await database.fetch("TRUNCATE benchmark_day, stage_benchmark, action_benchmark")
        return database

    async def serve(self) -> list[Client]:
        return [
            await self._stack.enter_async_context(client(Process, one.url, self._folder / str(n)))
            for n, one in enumerate(self.databases)
        ]


@asynccontextmanager
async def pair(postgres: str, folder: Path, template: str) -> AsyncIterator[Worlds]:
    async with AsyncExitStack() as stack:
        worlds = Worlds(stack, postgres, folder)
        for _ in range(2):
            await worlds.add(template)
        yield worlds


async def run_jobs(database: Database, at: datetime = TODAY, *, at_night: bool = True) -> None:
    """`at_night`: with those that are run once a day. Deals are copied past triggers: what these keep is made anew."""
    use(database)
    await rebuild(database)
    if at_night:
        assert await train_all(database, at) > 0
    assert await take_snapshots(database) > 0
    await measure_history(database, at)
    await learn(database, at)
    await refresh_stall_thresholds(database, at)


async def grown(database: Database) -> None:
    assert await grow(database, COMPETITOR, 12) > 500


async def compared(clients: Sequence[Client]) -> int:
    """How many answers were the same; fails on one that wasn't."""
    ids: dict[str, list[str]] = {}
    found = await clients[0].read(MANAGER, "{ opportunities(first: 20) { nodes { id stage { id } account { id } } } }")
    for deal in found["opportunities"]["nodes"]:
        for id in (deal["id"], deal["stage"]["id"], deal["account"]["id"]):
            ids.setdefault(id[:3], []).append(id)
    generated = documents_ahead(whole_schema, ids, count=DOCUMENTS, start=hunts.seed())
    asked = [*ASKED, *((one.text, one.variables) for one in generated if not any(w in one.text for w in PASSING))]
    for n, (text, variables) in enumerate(asked):
        for who in ROLES:
            for again in (True, False):  # a deal's age in days may change between the two
                answers = [await one.ask(who, text, variables, id=f"competing-{n:06}") for one in clients]
                if answers[0] == answers[1] or not again:
                    break
            assert answers[0] == answers[1], f"{who} {text} {variables}\n{answers[0]!r}\n{answers[1]!r}"
    return len(asked) * len(ROLES)


@pytest.mark.soak
async def test_the_day_s_advice_is_the_same_whatever_a_competitor_does(
    postgres: str, demo_template: str, tmp_path: Path
) -> None:
    async with pair(postgres, tmp_path, demo_template) as worlds:
        for database in worlds.databases:
            await run_jobs(database)
        await grown(worlds.databases[0])
        await run_jobs(worlds.databases[0], at_night=False)
        clients = await worlds.serve()
        same = await compared(clients)
        vendors = [await one.ask(VENDOR, PIPELINE, {"f": {}}) for one in clients]
        assert vendors[0] != vendors[1]  # the vendor's people see all of it
    hunts.record("A competitor grows, the same day", f"{same:,} answers about advice and deals were the same")


@pytest.mark.soak
@pytest.mark.skipif(not hunts.WHOLE, reason="takes a minute; `make soak` runs it")
async def test_with_too_few_partners_nothing_tells_of_a_competitor_ever(
    postgres: str, demo_template: str, tmp_path: Path
) -> None:
    async with pair(postgres, tmp_path, demo_template) as worlds:
        await grown(worlds.databases[0])
        for database in worlds.databases:
            await _without(database, FEW)
            await run_jobs(database)
            assert await database.fetch("SELECT FROM stage_benchmark WHERE partner_id IS NULL") == []
            assert await database.fetch("SELECT FROM action_benchmark") == []
        same = await compared(await worlds.serve())
    hunts.record("A competitor grows among few", f"{same:,} answers about advice and deals were the same")


async def _without(database: Database, partners: Sequence[str]) -> None:
    gone = [demo_id(f"org/{key}") for key in partners]
    deals = "SELECT id FROM opportunity WHERE partner_id = ANY ($1)"
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute("SET LOCAL session_replication_role = replica")
        for table in ("next_best_action", "stage_transition"):
            await tx.execute(f"DELETE FROM {table} WHERE opportunity_id IN ({deals})", gone)
        await tx.execute("DELETE FROM opportunity WHERE partner_id = ANY ($1)", gone)


@pytest.mark.soak
async def test_where_many_partners_stand_behind_a_figure_only_what_rests_on_it_may_differ(
    postgres: str, demo_template: str, tmp_path: Path
) -> None:
    async with pair(postgres, tmp_path, demo_template) as worlds:
        told = []
        for n, database in enumerate(worlds.databases):
            await _spread(database)
            for partner in PARTNERS:
                await grow(database, partner, 4)
            if n == 0:
                await grown(database)
            await run_jobs(database)
            told.append(len(await database.fetch("SELECT FROM stage_benchmark WHERE partner_id IS NULL")))
        assert min(told) > 0
        clients = await worlds.serve()
        differed = 0
        for text, variables in ASKED:
            for who in ROLES:
                answers = [orjson.loads(await one.ask(who, text, variables)) for one in clients]
                differed += answers[0] != answers[1]
                if "stalled: true" not in text and "stalled" not in variables.get("f", {}):
                    assert without(answers[0]) == without(answers[1]), f"{who} {text} {variables}"
    hunts.record("A competitor grows among many", f"{differed} answers differed, in {', '.join(MAY_DIFFER)} alone")


def without(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: without(value) for name, value in answer.items() if name not in MAY_DIFFER}
    return [without(one) for one in answer] if isinstance(answer, list) else answer


async def _spread(database: Database) -> None:
    """Deal the competitors' deals out among them: in the demo programme, few of them sell the same playbook."""
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        dealt = "($2::uuid[])[1 + abs(hashtext(id::text)) % cardinality($2::uuid[])]"
        await tx.execute(
            f"UPDATE opportunity SET partner_id = {dealt} WHERE partner_id <> $1", PARTNERS[0], PARTNERS[1:]
        )
        await tx.execute(
            "UPDATE next_best_action n SET partner_id = o.partner_id FROM opportunity o WHERE o.id = n.opportunity_id"
        )
