"""Deals of the demo that the vendor has given to another partner: facts go along, words stay with who wrote them, and
what was confirmed is asked anew, as `app.deals.handover` does it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.demo.deals import Deal
from app.demo.people import PARTNERS, DemoPartner, demo_id
from app.events import NewEvent, facts
from app.playbooks.spec import PlaybookSpec
from app.vocabulary import KeptKind

Row = dict[str, Any]
Rows = dict[str, list[Row]]

GIVEN = {89: "delta-works", 277: "delta-works"}
"""The numbers of the deals, and to whom they were given."""


def receiver(n: int) -> DemoPartner | None:
    return next((partner for partner in PARTNERS if partner.key == GIVEN.get(n)), None)


def give(rows: Rows, deal: Deal, to: DemoPartner) -> None:
    """Change the deal's rows into those of a deal that has been given away a few days ago."""
    at = deal.office.at(deal.now - (deal.now - deal.steps[-1].at) * 0.1 - timedelta(hours=1))
    former, owner = demo_id(f"org/{deal.partner.key}"), demo_id(f"user/{deal.seller}")
    new_owner = demo_id(f"user/{to.sellers[0]}")
    [opportunity] = [row for row in rows["opportunity"] if row["id"] == deal.id]
    id = demo_id(f"handover/{deal.id}")
    rows["handover"].append(
        {
            "id": id,
            "opportunity_id": deal.id,
            "at": at,
            "by_id": deal.manager,
            "from_partner_id": former,
            "to_partner_id": demo_id(f"org/{to.key}"),
            "from_owner_id": owner,
            "to_owner_id": new_owner,
        }
    )
    people = {"before_owner_id": owner, "after_owner_id": new_owner}
    partners = {"before_partner_id": former, "after_partner_id": demo_id(f"org/{to.key}")}
    change = {"opportunity_id": deal.id, "at": at, "actor_id": deal.manager, "partner_id": former}
    for field, values in (("owner", people), ("partner", partners)):
        blank = dict.fromkeys((*people, *partners))
        rows["field_change"].append(
            {"id": demo_id(f"change/{id}/{field}"), "field": field, **change, **blank, **values}
        )
    _ask_anew(rows, deal, at)
    kept = list(_kept(rows, deal, opportunity))
    blank = {"handover_id": id, "opportunity_id": deal.id, "partner_id": former}
    rows["kept_text"] += [{"id": demo_id(f"kept/{id}/{n}"), **blank, **text} for n, text in enumerate(kept)]
    rows["team_member"] = [row for row in rows["team_member"] if row["opportunity_id"] != deal.id]
    on = at.date()
    note, next_step = (deal.story.tell(deal.story.texts["given"][name], on) for name in ("note", "next_step"))
    opportunity |= {
        "partner_id": demo_id(f"org/{to.key}"),
        "owner_id": new_owner,
        "notes": f"{on:%d %b %Y}: {note}",
        "next_step": next_step,
        "updated_at": max(at, opportunity["updated_at"]),
        "version": opportunity["version"] + 1,
    }


def _ask_anew(rows: Rows, deal: Deal, at: datetime) -> None:
    """Every mark becomes a former one."""
    places = {
        demo_id(f"{deal.spec.key}/stage/{stage.key}/criterion/{one.key}"): (stage.key, one.key)
        for stage in deal.spec.stages
        for one in (*stage.entry_criteria, *stage.exit_criteria)
    }
    for row in _of(rows, "criterion_mark", deal):
        stage_key, criterion_key = places[row["criterion_id"]]
        rows["former_mark"].append(
            {
                "id": demo_id(f"former/{row['id']}/given"),
                "opportunity_id": deal.id,
                "stage_key": stage_key,
                "criterion_key": criterion_key,
                **{name: row[name] for name in ("met", "marked_at", "marked_by_id", "evidence")},
                "ended_at": at,
                "ended_by_id": deal.manager,
                "transition_id": None,
            }
        )
    rows["criterion_mark"] = [row for row in rows["criterion_mark"] if row["opportunity_id"] != deal.id]


def _kept(rows: Rows, deal: Deal, opportunity: Row) -> Iterator[Row]:
    """The former partner's texts, which this takes out of the deal."""
    for kind, name, label in ((KeptKind.NOTES, "notes", "Notes"), (KeptKind.NEXT_STEP, "next_step", "Next step")):
        if opportunity[name]:
            yield _text(kind, label, opportunity[name])
    labels = _labels(deal.spec)
    for row in _of(rows, "qualification_answer", deal):
        key = row["question_key"]
        yield _text(KeptKind.ANSWER, labels[key], row["answer"], row["answered_by_id"], row["answered_at"], key=key)
    rows["qualification_answer"] = [row for row in rows["qualification_answer"] if row["opportunity_id"] != deal.id]
    for table, kind, text, about, author, when in (
        ("former_mark", KeptKind.EVIDENCE, "evidence", "criterion_key", "marked_by_id", "marked_at"),
        ("opportunity_activity", KeptKind.ACTIVITY_NOTE, "note", "activity_id", "completed_by_id", "completed_at"),
        ("stage_transition", KeptKind.REASON, "reason", "to_stage_id", "actor_id", "at"),
    ):
        for row in _of(rows, table, deal):
            if row[text]:
                yield _text(kind, labels[row[about]], row[text], row[author], row[when], subject_id=row["id"])
                row[text] = None
                if table == "stage_transition":
                    row["reason_kept"] = True


def _of(rows: Rows, table: str, deal: Deal) -> list[Row]:
    return [row for row in rows[table] if row["opportunity_id"] == deal.id]


def _labels(spec: PlaybookSpec) -> dict[Any, str]:
    found: dict[Any, str] = {question.key: question.label for question in spec.questions}
    for stage in spec.stages:
        base = f"{spec.key}/stage/{stage.key}"
        found[demo_id(base)] = stage.name
        for criterion in (*stage.entry_criteria, *stage.exit_criteria):
            found[criterion.key] = criterion.description
        for activity in stage.activities:
            found[demo_id(f"{base}/activity/{activity.key}")] = activity.name
    return found


def _text(
    kind: KeptKind,
    label: str,
    text: str,
    author: UUID | None = None,
    written_at: Any = None,
    *,
    subject_id: UUID | None = None,
    key: str | None = None,
) -> Row:
    return {
        "kind": kind.value,
        "subject_id": subject_id,
        "key": key,
        "label": label,
        "text": text,
        "author_id": author,
        "written_at": written_at,
    }


def tidings(handover: Row) -> Iterator[NewEvent]:
    """That the deal has left the one partner and come to the other."""
    deal, before, after = handover["opportunity_id"], handover["from_partner_id"], handover["to_partner_id"]
    yield facts.opportunity_left(deal, partner_id=before, readers=[before, handover["from_owner_id"]])
    yield facts.opportunity_came(deal, partner_id=after, readers=[after, handover["to_owner_id"]])
