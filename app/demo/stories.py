"""Stories of the demo's deals: one for each, told in its name, notes, next step, answers and reasons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from app.demo.companies import Company, person
from app.demo.files import read

Texts = Mapping[str, Any]

_START = re.compile(r"(^|(?<=[\wäöü\")]{2}[.?!] ))[a-zäöüåø]")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SEASONS = ("the new year", "the spring", "the summer", "the autumn")


def texts_of(playbook: str) -> Texts:
    found: Texts = read("stories", f"{playbook}.yaml")
    return found


@cache
def projects_for(playbook: str, industry: str) -> list[Texts]:
    return [one for one in texts_of(playbook)["projects"] if industry in one.get("industries", (industry,))]


@dataclass(frozen=True, slots=True)
class Story:
    """`words`: what stands for the places in a text; figures are drawn anew for each.
    `seats`: users to be licensed, where that is what is sold."""

    random: Random
    playbook: str
    project: Texts
    words: dict[str, str]
    seats: int

    @property
    def texts(self) -> Texts:
        return texts_of(self.playbook)

    def tell(self, text: str, on: date, *, when: date | None = None) -> str:
        """`on`: the day on which it is written; `when`: the day that it speaks of."""
        dated = {
            "when": said_day(when or on + timedelta(days=9)),
            "later": season_after(on),
            "month": _MONTHS[(on - timedelta(days=40)).month - 1],
        }
        return _sentences(text.format_map(_Words(self.random, {**self.words, **dated})))

    def one_of(self, texts: Sequence[str], on: date, *, when: date | None = None) -> str:
        return self.tell(self.random.choice(self.fitting(texts)), on, when=when)

    def fitting(self, texts: Sequence[str]) -> list[str]:
        """Without those that are for another kind of project, which stands before them in brackets."""
        kind = f"[{self.project.get('kind')}] "
        return [text.removeprefix(kind) for text in texts if not text.startswith("[") or text.startswith(kind)]


class _Words(dict[str, str]):
    def __init__(self, random: Random, words: Mapping[str, str]) -> None:
        super().__init__(words)
        self.random = random

    def __missing__(self, name: str) -> str:
        return str({"n": lambda: self.random.randint(3, 9), "pct": lambda: self.random.randint(12, 38)}[name]())


def story(
    random: Random, playbook: str, company: Company, project: Texts, manager: str, seats: int, begun: date
) -> Story:
    """People are the customer's own, the same in all its deals of a playbook."""
    texts = texts_of(playbook)
    staff = Random(f"{playbook}/{company.number}")  # noqa: S311 (a demo, not a secret)
    roles = texts["roles"]
    contact = person(staff, company.country)
    buyer = next(
        name
        for name in iter(lambda: person(staff, company.country), "")
        if not set(name.split()) & set(contact.split())
    )
    words = {
        "contact": contact,
        "role": staff.choice(roles["champion"]),
        "buyer": buyer,
        "buyer_role": staff.choice(roles["buyer"]),
        "gate": staff.choice([*roles["gate"], *_more(roles["gate_of"], company)]),
        "manager": manager.split()[0],
        "place": company.place,
        "staff": f"{seats:,}",
        "product": project["product"],
        "criteria": ", ".join(project.get("criteria", ())),
        "criterion": random.choice(project.get("criteria", ("",))),
    }
    told = Story(random, playbook, project, words, seats)
    for name in ("need", "pain", "metric", "rival", "proof", "volume", "spec", "budget", "timeline"):
        if name in project:
            text = project[name] if isinstance(project[name], str) else random.choice(project[name])
            words[name] = text.format_map(_Words(random, {**words, "later": season_after(begun)}))
    return told


def _more(of: Texts, company: Company) -> list[str]:
    """Who can stop a deal in this country or industry as well."""
    return [*of.get(company.country, ()), *of.get(company.industry, ())]


def season_after(day: date) -> str:
    """Half a year later, about."""
    return _SEASONS[((day + timedelta(days=170)).month % 12) // 3]


def said_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _sentences(text: str) -> str:
    return _START.sub(lambda found: found.group().upper(), text)
