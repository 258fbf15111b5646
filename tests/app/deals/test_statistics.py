"""The nightly measurement agrees with the rule it is made of."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest

from app.database import Database
from app.deals.stalling import LEFT_FORWARDS, SECONDS_PER_DAY, stall_after_days
from app.deals.statistics import refresh_stall_thresholds
from app.models import Account, Opportunity, Playbook, Stage, StageTransition
from app.vocabulary import ForecastCategory, OpportunityStatus, PlaybookStatus, StageKind, TransitionKind

AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Histories:
    """Stays that were written, by the keys of playbook and stage."""

    account: Account
    stages: dict[tuple[str, int, str], Stage] = field(default_factory=dict)
    stays: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    async def stage(self, playbook: str, version: int, key: str, target: int | None) -> Stage:
        book, _ = await Playbook.get_or_create(
            key=playbook,
            version=version,
            defaults={"name": playbook, "description": "", "status": PlaybookStatus.ARCHIVED},
        )
        made = await Stage.create(
            playbook=book,
            key=key,
            name=key,
            definition="",
            position=len(self.stages),
            kind=StageKind.OPEN,
            win_probability=0.5,
            forecast_category=ForecastCategory.PIPELINE,
            target_days=target,
        )
        self.stages[playbook, version, key] = made
        return made

    async def stay(self, stage: Stage, kind: TransitionKind, seconds: int | None) -> None:
        deal = await Opportunity.create(
            account=self.account,
            playbook_id=stage.playbook_id,  # type: ignore[attr-defined]
            stage=stage,
            name="Deal",
            status=OpportunityStatus.LOST,
            entered_stage_at=AT,
            closed_at=AT,
        )
        await StageTransition.create(
            opportunity=deal,
            seq=1,
            from_stage=stage,
            to_stage=stage,
            kind=kind,
            at=AT,
            seconds_in_previous_stage=seconds,
        )
        if seconds is not None:
            playbook, _, key = next(name for name, made in self.stages.items() if made.id == stage.id)
            self.stays[playbook, key].append(seconds / SECONDS_PER_DAY)

    def expected(self) -> dict[UUID, float | None]:
        return {
            stage.id: stall_after_days(self.stays[playbook, key], stage.target_days)
            for (playbook, _, key), stage in self.stages.items()
        }


async def thresholds(database: Database) -> dict[UUID, float | None]:
    """Of deals that the vendor sells itself."""
    days = "coalesce((own_stall_days ->> '')::float8, stall_after_days)"
    return {row["id"]: row["days"] for row in await database.fetch(f"SELECT id, {days} AS days FROM stage")}


@pytest.fixture
async def histories(database: Database) -> Histories:
    return Histories(await Account.create(name="Acme"))


async def test_every_threshold_is_the_rule_s(database: Database, histories: Histories) -> None:
    random = Random(4)
    for playbook, version, key, target, stays in (
        ("it", 1, "qualify", 14, 11),
        ("it", 2, "qualify", 21, 12),  # 23 together, so both versions are measured
        ("it", 2, "propose", 30, 19),
        ("it", 2, "close", None, 3),
        ("ot", 1, "qualify", 9, 40),  # another playbook's stage of the same key
        ("ot", 1, "propose", None, 20),
    ):
        stage = await histories.stage(playbook, version, key, target)
        for _ in range(stays):
            await histories.stay(stage, random.choice(sorted(LEFT_FORWARDS)), random.randrange(40 * SECONDS_PER_DAY))
        for kind in (TransitionKind.BACK, TransitionKind.LOST):
            await histories.stay(stage, kind, 999 * SECONDS_PER_DAY)
        await histories.stay(stage, TransitionKind.FORWARD, None)
    assert await refresh_stall_thresholds(database) == 5  # the one without a rule was without before
    assert await thresholds(database) == pytest.approx(histories.expected())


async def test_a_threshold_is_never_under_a_day(database: Database, histories: Histories) -> None:
    stage = await histories.stage("it", 1, "qualify", 14)
    for _ in range(20):
        await histories.stay(stage, TransitionKind.FORWARD, 60)
    await refresh_stall_thresholds(database)
    assert await thresholds(database) == {stage.id: 1.0}


async def test_measuring_again_changes_nothing(database: Database, histories: Histories) -> None:
    await histories.stage("it", 1, "qualify", 14)
    assert await refresh_stall_thresholds(database) == 1
    assert await refresh_stall_thresholds(database) == 0
