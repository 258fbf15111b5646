"""Failed requests as the writer tells of them: the fault, and which setting to look at."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

from guidance.completions import Incomplete, Refusal, words_of
from guidance.transport import TooLarge
from guidance.writer import Fault

TEMPORARY = frozenset({408, 409, 425, 429})
USED_UP = ("insufficient_quota", "billing", "quota_exceeded", "credit")
LONGEST_PAUSE = 3_600.0
"""Seconds: what a server asks for beyond that is a mistake, or as good as a refusal."""
_CODE = re.compile(r"[\w.-]{1,60}")
_MODEL = re.compile(r"model", re.IGNORECASE)
_CONTEXT = re.compile(r"context|too long|too many tokens|reduce the length|prompt is too", re.IGNORECASE)
_KEY = re.compile(r"api.?key", re.IGNORECASE)


class NoAnswer(Exception):
    """What came with status 200 is none; it is asked for again where that may help."""

    def __init__(self, told: Incomplete | Refusal) -> None:
        super().__init__("no answer in a 200")
        self.told = told


Failure = openai.APIError | NoAnswer | TimeoutError


def is_temporary(failure: BaseException) -> bool:
    if isinstance(failure, NoAnswer):
        if isinstance(failure.told, Incomplete):
            return failure.told.again
        return not _used_up(failure.told.complaint) and _passes(failure.told.status or 503)
    if isinstance(failure, openai.APIStatusError):
        return not _used_up(str(failure.code or failure.type or "")) and _passes(failure.status_code)
    if isinstance(failure, openai.APIConnectionError):
        return not isinstance(failure.__cause__, TooLarge)
    return isinstance(failure, TimeoutError)


def _passes(status: int) -> bool:
    return status in TEMPORARY or (status >= 500 and status != 501)


def _used_up(words: str) -> bool:
    return any(word in words.lower() for word in USED_UP)


def refusal_of(failure: BaseException) -> tuple[int, str] | None:
    """The status and the server's words, in lower case, of a request that it didn't take. None: of another failure, or
    from somebody who isn't a model server at all."""
    if isinstance(failure, NoAnswer) and isinstance(failure.told, Refusal):
        return failure.told.status or 503, failure.told.complaint.lower()
    if isinstance(failure, openai.APIStatusError):
        foreign = failure.status_code == 404 and not failure.response.text.lstrip().startswith("{")
        return None if foreign else (failure.status_code, _words(failure).lower())
    return None


def _words(failure: openai.APIStatusError) -> str:
    return words_of(failure.body) if failure.body is not None else failure.response.text[:2_000]


def said_by(failure: BaseException) -> str:
    """The server's own words, for the operator's eyes alone."""
    refused = failure.told if isinstance(failure, NoAnswer) else None
    words = refused.complaint if isinstance(refused, Refusal) else ""
    if isinstance(failure, openai.APIStatusError):
        words = _words(failure)
    return " ".join(words.split())[:300]


def fault_of(failure: Failure) -> tuple[Fault, str]:
    """The detail has what the server's answer is known by, none of its words, and what to look at."""
    if isinstance(failure, TimeoutError | openai.APITimeoutError):
        return Fault.TIMEOUT, "no answer in time; STAGEPATH_LLM_TIMEOUT_SECONDS is how long one may take"
    if isinstance(failure, openai.APIConnectionError):
        cause = failure.__cause__
        if isinstance(cause, TooLarge):
            return Fault.UNREADABLE, cause.args[0]
        return Fault.UNREACHABLE, f"{type(cause).__name__}; check OPENAI_BASE_URL"
    if isinstance(failure, NoAnswer):
        if isinstance(failure.told, Incomplete):
            return failure.told.fault, failure.told.detail
        if failure.told.status is None:
            return Fault.UNREADABLE, "an error in place of an answer, with status 200"
        return _of_status(failure.told.status, "in an answer with status 200", failure.told.complaint, failure)
    if not isinstance(failure, openai.APIStatusError):
        return Fault.UNREADABLE, type(failure).__name__
    code = str(failure.code or failure.type or "")
    return _of_status(failure.status_code, code if _CODE.fullmatch(code) else "", _words(failure), failure)


def _of_status(status: int, code: str, words: str, failure: Failure) -> tuple[Fault, str]:
    detail = f"status {status}" + (f" {code}" if code else "")
    if not is_temporary(failure):
        return Fault.REFUSED, f"{detail}; {_way_out(status, code, words)}"
    if status == 429:
        return Fault.RATE_LIMITED, f"{detail}; STAGEPATH_LLM_CONCURRENCY says how many requests run at once"
    return Fault.SERVER_ERROR, f"{detail}; look into the model server's log"


def _way_out(status: int, code: str, words: str) -> str:
    if _used_up(f"{code} {words}"):
        return "the account at the server is used up"
    if status in (401, 403) or _KEY.search(words):
        return "check OPENAI_API_KEY"
    if _CONTEXT.search(f"{code} {words}"):
        return "the prompt doesn't fit: STAGEPATH_LLM_MODEL should name a model with a longer context"
    if status == 404 and _MODEL.search(words):
        return "check STAGEPATH_LLM_MODEL"
    if status in (404, 405) or 300 <= status < 400:
        return "check OPENAI_BASE_URL, which usually ends in /v1"
    if _MODEL.search(words) and "not" in words:
        return "check STAGEPATH_LLM_MODEL, or add what the server wants by STAGEPATH_LLM_EXTRA_BODY"
    return "`stagepath guidance check-model` shows its words; STAGEPATH_LLM_EXTRA_BODY adds what it wants"


def retry_after(failure: BaseException | None) -> float | None:
    """Seconds that the server asks to wait."""
    if not isinstance(failure, openai.APIStatusError) or not is_temporary(failure):
        return None
    said = failure.response.headers.get("retry-after", "").strip()
    try:
        return min(max(float(said), 0.0), LONGEST_PAUSE) if said[:1].isdecimal() else _until(said)
    except ValueError:
        return None


def _until(said: str) -> float:
    at = parsedate_to_datetime(said)
    seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return min(max(0.0, seconds), LONGEST_PAUSE)
