"""A piece of enablement content as somebody writes it, and what it may be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from app.outcomes import UserError
from app.playbooks.documents import camel_path
from app.playbooks.spec import MAX_ENTRIES, Key, Name, Text, canonical_language
from app.vocabulary import ContentKind, ErrorCode, LifecyclePhase, PartnerTier
from guidance.facts import Reader

MAX_BODY_BYTES = 200_000
MAX_URL = 2_000
MAX_POSITION = 10_000

UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f\\<>\"`{}|^]")


@dataclass(frozen=True, slots=True)
class StageLink:
    """A stage, in the published and the draft version of the playbook. Without a position, the content comes last."""

    playbook_key: str
    stage_key: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class ContentInput:
    """The whole piece: what isn't said is empty. `stages`: None leaves the links as they are. `reader`: None follows
    the kind, see `reader_of`."""

    key: str
    title: str
    kind: ContentKind
    summary: str = ""
    body: str | None = None
    url: str | None = None
    language: str = "en"
    lifecycle_phase: LifecyclePhase = LifecyclePhase.SELL
    reader: Reader | None = None
    audience: Sequence[PartnerTier] = ()
    industries: Sequence[str] = ()
    stages: Sequence[StageLink] | None = None
    archived: bool = False
    expected_version: int | None = None


T = TypeVar("T")


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https") or UNSAFE_IN_URL.search(url):
        raise PydanticCustomError("url", "this isn't a web address: it begins with https:// or http:// and a host")
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("url", "a web address that everybody reads holds no user name or password")
    return url


def _body(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("null_character", "a text can't hold the null character")
    size = len(text.encode())
    if size > MAX_BODY_BYTES:
        message = "the text has {size} bytes, and at most {most} fit: shorten it, or link it by its address"
        raise PydanticCustomError("too_long", message, {"size": size, "most": MAX_BODY_BYTES})
    return text


def _each_once(entries: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(entries))


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True, str_strip_whitespace=True)


SHOWN_TO_CUSTOMERS = frozenset({ContentKind.DECK, ContentKind.CASE_STUDY, ContentKind.DEMO})


def reader_of(kind: ContentKind) -> Reader:
    """Whom content of this kind is written for, where nobody says. A template is filled in by a seller before anybody
    else reads it, so it is the partner's."""
    return Reader.CUSTOMER if kind in SHOWN_TO_CUSTOMERS else Reader.PARTNER


class LinkSpec(_Model):
    playbook_key: Name
    stage_key: Name
    position: Annotated[int | None, Field(ge=0, le=MAX_POSITION)] = None


class ContentSpec(_Model):
    key: Key
    title: Name
    kind: ContentKind
    summary: Text
    body: Annotated[str, AfterValidator(_body)] | None
    url: Annotated[str, Field(max_length=MAX_URL), AfterValidator(_web_address)] | None
    language: Annotated[str, Field(max_length=35), AfterValidator(canonical_language)]
    lifecycle_phase: LifecyclePhase
    reader: Reader
    audience: Annotated[tuple[PartnerTier, ...], Field(max_length=MAX_ENTRIES), AfterValidator(_each_once)]
    industries: Annotated[tuple[Name, ...], Field(max_length=MAX_ENTRIES), AfterValidator(_each_once)]
    stages: Annotated[tuple[LinkSpec, ...], Field(max_length=MAX_ENTRIES)] | None
    archived: bool
    expected_version: int | None


def checked(content: ContentInput) -> ContentSpec | tuple[UserError, ...]:
    """The piece in its canonical form (a language tag's case), or everything that is wrong with it."""
    try:
        return ContentSpec.model_validate(
            content if content.reader else replace(content, reader=reader_of(content.kind))
        )
    except ValidationError as failure:
        return tuple(
            UserError(ErrorCode.INVALID, error["msg"], camel_path(error["loc"]))
            for error in failure.errors(include_url=False)
        )
