"""Enablement content of the demo programme, written from what its playbooks' stages ask for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from app.playbooks.spec import PlaybookSpec, StageSpec
from app.vocabulary import ContentKind, LifecyclePhase, PartnerTier, StageKind
from guidance.facts import Reader

PIECES = 60
GOLD_AND_UP = [PartnerTier.GOLD.value, PartnerTier.PLATINUM.value]


PAGES = {
    ("it-software", "deal-registration"): ("How we work with you, from the first talk to go-live", ContentKind.DECK),
    ("it-software", "qualification"): ("Ten questions to ask before you choose", ContentKind.DECK),
    ("it-software", "discovery"): ("What to prepare for our working session", ContentKind.DECK),
    ("it-software", "technical-validation"): ("How to run a proof of concept in four weeks", ContentKind.DECK),
    ("it-software", "proposal"): ("How another IT team made its case to finance", ContentKind.CASE_STUDY),
    ("it-software", "negotiation"): ("From your decision to your order, step by step", ContentKind.DECK),
    ("manufacturing", "project-registration"): ("From the first sample to series delivery", ContentKind.DECK),
    ("manufacturing", "application-review"): ("The data we need to size your solution", ContentKind.DECK),
    ("manufacturing", "design-in"): ("CAD data, drawings and standards for your design", ContentKind.DECK),
    ("manufacturing", "sample-validation"): ("How to test a sample so that the result holds", ContentKind.DECK),
    ("manufacturing", "quotation"): ("How a packaging plant cut its downtime", ContentKind.CASE_STUDY),
    ("manufacturing", "negotiation"): ("Call-off, stock or single orders: which suits you", ContentKind.DECK),
    ("manufacturing", "order-release"): ("What happens after your order", ContentKind.DECK),
}
"""Titles of the pages for customers, by playbook and stage: a customer reads them."""


def content_rows(specs: list[PlaybookSpec], at: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `content` and of `stage_content`: for each open stage a checklist, a training page, a page for the
    customer, and a page of questions or prices; the checklists in German as well."""
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
        "reader": Reader.PARTNER.value,
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
    title, kind = PAGES[spec.key, stage.key]
    yield {
        "key": f"{base}-page",
        "title": title,
        "kind": kind.value,
        "reader": Reader.CUSTOMER.value,
        "summary": "A page for the customer, to attach to a message.",
        "body": _page(title, stage),
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


def _page(title: str, stage: StageSpec) -> str:
    """What the stage asks of a customer, in the words that are meant for one."""
    asked = [one.customer_wording for one in (*stage.exit_criteria, *stage.activities) if one.customer_wording]
    points = [f"- {wording}" for wording in asked] or ["- Tell us what you plan, and whom we may speak with."]
    return "\n".join([f"# {title}", "", "What we would like to settle together:", "", *points])


def _pricing(stage: StageSpec) -> str:
    days = stage.target_days or 14
    return (
        f"# Holding the price in “{stage.name}”\n\n"
        "1. Ask what the concession is measured against before you answer.\n"
        "2. Trade: volume, term, reference, or an earlier signature. Never a discount for nothing.\n"
        f"3. Put a date on every offer; {days} days is the usual length of this stage.\n"
        "4. Bring in your channel manager before you go below the registered price.\n"
    )
