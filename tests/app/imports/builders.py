"""Small exports and a playbook to import them onto."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from app.database import database
from app.imports.mapping import Mapping as ExportMapping
from app.imports.mapping import load
from app.imports.report import Report
from app.imports.run import ImportRequest, run
from app.models import Organization, Playbook, Stage, User
from app.models.columns import new_id
from app.vocabulary import ForecastCategory, OrganizationKind, PlaybookStatus, Role, StageKind

TODAY = datetime(2026, 5, 20, 15, 30, tzinfo=UTC)
DEAL_COLUMNS = ("Id", "Name", "StageName", "Amount", "CloseDate", "AccountId", "OwnerId", "NextStep", "CreatedDate")
SALES = (
    ("Qualify", "OPEN"),
    ("Propose", "OPEN"),
    ("Negotiate", "OPEN"),
    ("Closed Won", "WON"),
    ("Closed Lost", "LOST"),
)


async def published(key: str = "sales", stages: Sequence[tuple[str, str]] = SALES, **fields: Any) -> Playbook:
    status = fields.pop("status", PlaybookStatus.PUBLISHED)
    aliases: Mapping[str, Sequence[str]] = fields.pop("aliases", {})
    playbook = await Playbook.create(key=key, version=fields.pop("version", 1), name=key.title(), status=status)
    for position, (name, kind) in enumerate(stages):
        await Stage.create(
            playbook_id=playbook.id,
            key=name.lower().replace(" ", "-").replace("/", "-"),
            name=name,
            aliases=list(aliases.get(name, ())),
            position=position,
            kind=StageKind(kind),
            win_probability=0.5,
            forecast_category=ForecastCategory.PIPELINE,
            published=True,
        )
    return playbook


async def organization(key: str, kind: OrganizationKind = OrganizationKind.PARTNER) -> Organization:
    return await Organization.create(key=key, name=key.title(), kind=kind)


async def user(organization: Organization, name: str, **fields: Any) -> User:
    return await User.create(organization_id=organization.id, name=name, role=Role.PARTNER_SELLER, **fields)


def deal(id: str, stage: str = "Qualify", **fields: str) -> dict[str, str]:
    made = {"Id": id, "Name": f"Deal {id}", "StageName": stage, "Amount": "1000", "CloseDate": "30/06/2026"}
    return {**dict.fromkeys(DEAL_COLUMNS, ""), **made, "AccountId": "A1", "CreatedDate": "01/02/2026", **fields}


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], columns: Iterable[str] | None = None) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(columns or rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def moves(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> list[dict[str, str]]:
    """(deal, dd/mm/yyyy, stage[, sort order]) as rows of a history file."""
    names = ("OpportunityId", "CreatedDate", "StageName", "SortOrder")
    return [dict(zip(names, (*row, "")[:4], strict=True)) for row in rows]


@dataclass(frozen=True)
class Exporter:
    """Writes rows as a Salesforce export in `folder` and imports them onto the playbook `sales`."""

    folder: Path

    async def run(
        self,
        deals: Sequence[Mapping[str, str]],
        history: Sequence[Mapping[str, str]] | None = None,
        *,
        mapping: ExportMapping | None = None,
        accounts: Sequence[Mapping[str, str]] | None = None,
        users: Sequence[Mapping[str, str]] | None = None,
        changes: Sequence[Mapping[str, str]] | None = None,
        **options: Any,
    ) -> Report:
        files = {"opportunities": write_csv(self.folder / "deals.csv", deals, None if deals else DEAL_COLUMNS)}
        for role, rows in (
            *(("history", history), ("accounts", accounts), ("users", users)),
            ("changes", changes),
        ):
            if rows is not None:
                columns = None if rows else moves(("", "", ""))[0]
                files[role] = write_csv(self.folder / f"{role}.csv", rows, columns)
        options = {"playbook": "sales", "at": TODAY, **options}
        return await run(ImportRequest(mapping or load("salesforce"), files, self.rejects_path, **options))

    async def run_file(self, file: Path, **changes: Any) -> Report:
        mapping = with_changes("salesforce", **changes)
        return await run(ImportRequest(mapping, {"opportunities": file}, self.rejects_path, "sales", at=TODAY))

    @property
    def rejects_path(self) -> Path:
        return self.folder / "rejects.csv"

    def rejects(self) -> list[tuple[str, int, str, str, str]]:
        if not self.rejects_path.exists():
            return []
        with self.rejects_path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.reader(lines))[1:]
        return [(file, int(line), column, value, reason) for file, line, column, value, reason in rows]


def counts(report: Report) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, rejected) opportunities."""
    return report.applied.created, report.applied.updated, report.unchanged, report.rejected_opportunities


async def stored(external_id: str) -> asyncpg.Record:
    row = await database().fetchrow(
        "SELECT o.*, s.key AS stage, a.name AS account, u.name AS owner, g.key AS partner FROM opportunity o"
        " JOIN stage s ON s.id = o.stage_id JOIN account a ON a.id = o.account_id"
        " LEFT JOIN user_account u ON u.id = o.owner_id LEFT JOIN organization g ON g.id = o.partner_id"
        " WHERE o.external_id = $1",
        external_id,
    )
    assert row is not None, f"no deal {external_id}"
    return row


async def path(external_id: str) -> list[tuple[str, str, str]]:
    """(kind, stage, day) of the deal's transitions, in order; that they chain is asserted on the way."""
    rows = await database().fetch(
        "SELECT t.seq, t.kind, t.at, t.seconds_in_previous_stage AS seconds, now.key, was.key AS from_key"
        " FROM stage_transition t JOIN opportunity o ON o.id = t.opportunity_id"
        " JOIN stage now ON now.id = t.to_stage_id"
        " LEFT JOIN stage was ON was.id = t.from_stage_id WHERE o.external_id = $1 ORDER BY t.seq",
        external_id,
    )
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    for before, after in zip([None, *rows], rows, strict=False):
        assert after["from_key"] == (before and before["key"])
        assert after["seconds"] == (before and int((after["at"] - before["at"]).total_seconds()))
    return [(row["kind"], row["key"], row["at"].strftime("%d/%m/%Y")) for row in rows]


TABLES = ("organization", "user_account", "account", "playbook", "stage", "opportunity", "stage_transition", "event")


async def everything() -> dict[str, list[str]]:
    """All rows of the tables that an import may write, as text, to be compared."""
    return {
        table: [row["text"] for row in await database().fetch(f"SELECT t::text AS text FROM {table} t ORDER BY 1")]
        for table in TABLES
    }


async def move_here(external_id: str, stage_key: str, actor_id: UUID) -> None:
    """What moving a deal to a later open stage leaves behind in Stagepath."""
    o = await stored(external_id)
    target = await database().fetchrow(
        "SELECT id, kind FROM stage WHERE playbook_id = $1 AND key = $2", o["playbook_id"], stage_key
    )
    assert target is not None
    await database().fetchrow(
        "WITH o AS (UPDATE opportunity SET stage_id = $2, status = $3::text, entered_stage_at = $4,"
        " version = version + 1 WHERE id = $1) INSERT INTO stage_transition"
        " (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at, actor_id, seconds_in_previous_stage)"
        " SELECT $5, $1, max(seq) + 1, $6, $2, 'FORWARD', $4, $7, extract(epoch FROM $4 - max(at))::bigint"
        " FROM stage_transition WHERE opportunity_id = $1",
        *(o["id"], target["id"], target["kind"], TODAY, new_id(), o["stage_id"], actor_id),
    )


def with_changes(mapping: str, **changes: Any) -> ExportMapping:
    return ExportMapping.model_validate({**load(mapping).model_dump(), **changes})


def changed(row: Mapping[str, str], **fields: str) -> dict[str, str]:
    return {**row, **fields}
