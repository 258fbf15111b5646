"""Values of a registration as people give them, made what is stored.

Names with a point are those of parts of the input: `account.domain`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.contacts.values import FIELDS as OF_CONTACT
from app.deals.account_values import FIELDS as OF_ACCOUNT
from app.deals.fields import Field, Fields, checked, text, text_problem
from app.deals.money import MoneyError, money
from app.deals.names import tidy
from app.deals.opportunity_fields import FIELDS as OF_DEAL
from app.outcomes import Faults, Refused, UserError, refused
from app.vocabulary import DealType, ErrorCode

LONGEST_NAME, LONGEST_NEED, LONGEST_ANSWER = 200, 5_000, 2_000
MOST_PRODUCTS, MOST_ANSWERS = 50, 50
LONGEST_ID = 200
"""Of a product and of an external id."""

_ID = re.compile(r"[^\x00-\x1f]+")


def _need(value: str, name: str) -> str | Refused:
    return text_problem(value, LONGEST_NEED, name) or value.strip()


def _type(value: DealType, _: str) -> str:
    return value.value


def _products(values: Sequence[str], name: str) -> list[str] | Refused:
    """Each once, in the order given."""
    if len(values) > MOST_PRODUCTS:
        return refused(ErrorCode.INVALID, f"At most {MOST_PRODUCTS} products.", name)
    tidied = []
    for place, value in enumerate(values):
        problem = text_problem(value, LONGEST_ID, name, str(place), least=1)
        if problem is not None:
            return problem
        tidied.append(tidy(value))
    return list(dict.fromkeys(tidied))


FIELDS: Fields = {
    "title": Field("title", text(LONGEST_NAME)),
    "account_name": Field("account.name", OF_ACCOUNT["name"].read),
    "account_domain": Field("account.domain", OF_ACCOUNT["domain"].read),
    "account_registration_number": Field("account.registrationNumber", OF_ACCOUNT["registration_number"].read),
    "account_country": Field("account.country", OF_ACCOUNT["country"].read),
    "account_city": Field("account.city", text(LONGEST_NAME)),
    "account_postal_code": Field("account.postalCode", text(20)),
    "account_industry": Field("account.industry", OF_ACCOUNT["industry"].read),
    "contact_name": Field("contact.name", OF_CONTACT["name"].read),
    "contact_title": Field("contact.title", OF_CONTACT["title"].read),
    "contact_email": Field("contact.email", OF_CONTACT["email"].read),
    "contact_phone": Field("contact.phone", OF_CONTACT["phone"].read),
    "deal_type": Field("dealType", _type, missing="A registration can't be without a kind of purchase."),
    "products": Field("products", _products),
    "expected_close_date": Field("expectedCloseDate", OF_DEAL["expected_close_date"].read),
    "need": Field("need", _need),
    "next_step": Field("nextStep", OF_DEAL["next_step"].read),
}
"""By column."""
EMPTY: Mapping[str, object] = {"products": [], "need": ""}
"""What is stored where such a column is left empty."""

NAMES: Sequence[str] = (*(field.name for field in FIELDS.values()), "amount", "answers", "opportunity")
"""All that a registration can be asked to be filled with, or changed in, in the API's words."""
COLUMN_OF: Mapping[str, str] = {field.name: column for column, field in FIELDS.items()} | {
    "amount": "amount",
    "opportunity": "opportunity_id",
}
IDENTITY = frozenset(
    {
        "account.name",
        "account.domain",
        "account.registrationNumber",
        "account.country",
        "account.city",
        "account.postalCode",
        "account.industry",
        "need",
        "title",
    }
)
"""Who and what a registration is about: locked for good once it is approved."""
OF_THE_DEAL = frozenset({"amount", "dealType", "expectedCloseDate", "nextStep", "opportunity"})
"""What has been the deal's to say since the approval: it changes there."""
CUSTOMER = ("account_name", "account_domain", "account_registration_number", "account_country", "account_city")
"""Columns that say who the customer is: with another one, the place in the queue is a new one."""


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    label: str
    prompt: str | None = None
    required: bool = False


def read(given: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """`given`: by column; `amount`: number and currency code, or None. As it is stored, or all that is wrong."""
    faults = Faults()
    found = checked(FIELDS, given)
    stored = {} if isinstance(found, Refused) else {c: EMPTY.get(c) if v is None else v for c, v in found.items()}
    faults.note(_placed(found) if isinstance(found, Refused) else None)
    if "amount" in given:
        exact = _money(given["amount"])
        faults.note(exact)
        if not isinstance(exact, Refused):
            stored |= {"amount": exact and exact[0], "currency": exact and exact[1]}
    return faults.refusal() or stored


def _placed(found: Refused) -> Refused:
    """`account.domain` is `["account", "domain"]` in the input."""
    return Refused(
        tuple(
            UserError(error.code, error.message, tuple(part for name in error.path for part in name.split(".")))
            for error in found.errors
        )
    )


def _money(given: tuple[Decimal, str] | None) -> tuple[Decimal, str] | Refused | None:
    if given is None:
        return None
    try:
        exact = money(*given)
    except MoneyError as error:
        return refused(ErrorCode.INVALID, error.message, "amount", *error.path)
    return exact.amount, exact.currency


def read_answers(
    before: Mapping[str, str], given: Sequence[tuple[str, str | None]], questions: Sequence[Question]
) -> dict[str, str] | Refused:
    """All answers, with those that were given anew; None takes one back."""
    faults, answers = Faults(), dict(before)
    known = {question.key for question in questions}
    for place, (key, answer) in enumerate(given):
        where = ("answers", str(place))
        if key not in known:
            listed = ", ".join(sorted(known)) or "none"
            faults.note(refused(ErrorCode.INVALID, f"The policy's questions are: {listed}.", *where, "questionKey"))
            continue
        faults.note(text_problem(answer, LONGEST_ANSWER, *where, "answer"))
        answers.pop(key, None)
        if answer and answer.strip():
            answers[key] = answer.strip()
    return faults.refusal() or answers


def external_id(value: str | None) -> str | Refused | None:
    return None if value is None else text_problem(value, LONGEST_ID, "externalId", least=1) or tidy(value)


def is_filled(row: Mapping[str, Any], name: str) -> bool:
    """`row`: by column; `answers.KEY` for an answer."""
    if name.startswith("answers."):
        return bool(row["answers"].get(name.removeprefix("answers.")))
    return row[COLUMN_OF[name]] not in (None, "", [])


def today_or_later(day: date | None, today: date) -> Refused | None:
    if day is None or day >= today:
        return None
    message = f"The purchase is expected from {today} on; say when."
    return refused(ErrorCode.INVALID, message, "expectedCloseDate")
