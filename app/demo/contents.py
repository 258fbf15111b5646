"""Enablement content of the demo programme, written from what its playbooks' stages ask for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from app.playbooks.spec import PlaybookSpec, StageSpec
from app.vocabulary import ContentKind, LifecyclePhase, PartnerTier, StageKind

PIECES = 60
GOLD_AND_UP = [PartnerTier.GOLD.value, PartnerTier.PLATINUM.value]


def content_rows(specs: list[PlaybookSpec], at: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `content` and of `stage_content`: for each open stage a checklist, a training page, a message and a page
    of questions; for the later ones a battlecard or pricing page; the first pieces in German as well."""
    contents: dict[UUID, dict[str, Any]] = {}
    links = []
    for spec in specs:
        for stage in (stage for stage in spec.stages if stage.kind is StageKind.OPEN):
            for position, piece in enumerate(_pieces(spec, stage)):
                if len(contents) == PIECES:
                    break
                row = {**_row(spec, stage, at), **piece}
                row["id"] = demo_id(f"content/{row['key']}/{row['language']}")
                contents[row["id"]] = row
                stage_id = demo_id(f"{spec.key}/stage/{stage.key}")
                links.append(
                    {
                        "id": demo_id(f"link/{row['id']}/{stage_id}"),
                        "stage_id": stage_id,
                        "content_id": row["id"],
                        "position": position,
                    }
                )
    return list(contents.values()), links


def _row(spec: PlaybookSpec, stage: StageSpec, at: datetime) -> dict[str, Any]:
    return {
        "url": None,
        "language": "en",
        "lifecycle_phase": LifecyclePhase.SELL.value,
        "audience": [],
        "industries": [spec.industry],
        "version": 1,
        "archived": False,
        "created_at": at,
        "updated_at": at,
        "key": f"{spec.key}-{stage.key}",
    }


def _pieces(spec: PlaybookSpec, stage: StageSpec) -> Iterator[dict[str, Any]]:
    base = f"{spec.key}-{stage.key}"
    criteria = [criterion.description for criterion in stage.exit_criteria]
    steps = [f"**{activity.name}** {activity.description}" for activity in stage.activities]
    yield {
        "key": f"{base}-checklist",
        "title": f"Before you leave “{stage.name}”",
        "kind": ContentKind.CHECKLIST.value,
        "summary": f"What has to be true before a deal leaves {stage.name.lower()}; go through it with your manager.",
        "body": "\n".join([f"# Before you leave “{stage.name}”", "", stage.definition, "", *_ticked(criteria)]),
    }
    yield {
        "key": f"{base}-guide",
        "title": f"How to work “{stage.name}”",
        "kind": ContentKind.TRAINING.value,
        "lifecycle_phase": LifecyclePhase.ENABLE.value,
        "summary": f"The steps of {stage.name.lower()}, what each is for, and how long it takes.",
        "body": "\n".join([f"# How to work “{stage.name}”", "", stage.definition, "", *_numbered(steps)]),
    }
    yield {
        "key": f"{base}-message",
        "title": f"Message to the customer: {stage.name}",
        "kind": ContentKind.TEMPLATE.value,
        "summary": "A short message that asks for the next commitment. Replace what stands in brackets.",
        "body": _message(stage, criteria),
    }
    if stage.win_probability >= 0.4:
        yield {
            "key": f"{base}-pricing",
            "title": f"Holding the price in “{stage.name}”",
            "kind": ContentKind.PRICING.value,
            "audience": GOLD_AND_UP,
            "summary": "What to trade for a concession, and what never to give away alone. Gold partners and above.",
            "body": _pricing(stage),
        }
    else:
        yield {
            "key": f"{base}-questions",
            "title": f"Questions for “{stage.name}”",
            "kind": ContentKind.BATTLECARD.value,
            "summary": "Qualification questions worth asking now, and what a good answer sounds like.",
            "body": "\n".join(["# Questions", "", *(f"- **{q.label}**: {q.prompt}" for q in spec.questions)]),
        }
    yield {
        "key": f"{base}-checklist",
        "language": "de",
        "title": f"Vor dem Verlassen von „{stage.name}“",
        "kind": ContentKind.CHECKLIST.value,
        "summary": "Was erfüllt sein muss, bevor das Geschäft weitergeht. Die Kriterien im Wortlaut des Playbooks.",
        "body": "\n".join(
            [
                f"# Vor dem Verlassen von „{stage.name}“",
                "",
                "Gehen Sie die Liste mit Ihrem Kanalmanager durch; jedes Kriterium braucht einen Beleg.",
                "",
                *_ticked(criteria),
            ]
        ),
    }


def _ticked(lines: list[str]) -> list[str]:
    return [f"- [ ] {line}" for line in lines]


def _numbered(lines: list[str]) -> list[str]:
    return [f"{n}. {line}" for n, line in enumerate(lines, 1)]


def _message(stage: StageSpec, criteria: list[str]) -> str:
    asked = criteria[0] if criteria else stage.definition
    return (
        "Subject: Our next step\n\nDear [name],\n\nthank you for your time on [day]. To keep [project] on the date "
        f"you named, one thing should be settled next:\n\n> {asked}\n\nCould we take 30 minutes on [day] for it? "
        "I will bring [document].\n\nKind regards\n[you]"
    )


def _pricing(stage: StageSpec) -> str:
    days = stage.target_days or 14
    return (
        f"# Holding the price in “{stage.name}”\n\n"
        "1. Ask what the concession is measured against before you answer.\n"
        "2. Trade: volume, term, reference, or an earlier signature. Never a discount for nothing.\n"
        f"3. Put a date on every offer; {days} days is the usual length of this stage.\n"
        "4. Bring in your channel manager before you go below the registered price.\n"
    )
