"""`stagepath guidance check-model`: one real request to the language model, and what its server takes."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from app.command import FAILED, MISUSED, explained
from app.playbooks.templates import SHIPPED
from app.recommendations import model
from app.settings import Settings
from guidance.evaluation.cases import Case, DealText
from guidance.evaluation.playbooks import PlaybookText, read_as
from guidance.evaluation.scenario import facts_of
from guidance.recommend import Recommended, recommend
from guidance.sharpen import NotSharpened, Sharpened, sharpen
from guidance.writer import Call, NotWritten, Order, Writer, Written

if TYPE_CHECKING:  # the client takes a second to load: only who asks a model pays for it
    from guidance.openai_writer import OpenAIWriter, Server

FORMS = {"SCHEMA": "as JSON by a schema", "OBJECT": "as any JSON object", "TEXT": "as text, asked for JSON in words"}
STREAMS = {"OFF": "whole", "UNSAID": "whole; `stream` is left out", "ON": "as a stream"}


def check_model() -> None:
    """Ask the configured language model once, and print what its server takes."""
    with explained() as chosen:
        model.check(chosen)
        server = model.server(chosen)
        if server is None:
            wanted = ", ".join(model.missing(chosen) or ("OPENAI_BASE_URL", "OPENAI_API_KEY", "STAGEPATH_LLM_MODEL"))
            typer.echo(f"No language model is configured. To set: {wanted}.", err=True)
            raise typer.Exit(MISUSED)
        passed = asyncio.run(_checked(chosen, server))
    if not passed:
        raise typer.Exit(FAILED)


async def _checked(chosen: Settings, server: "Server") -> bool:
    from guidance.openai_writer import OpenAIWriter

    writer, at = OpenAIWriter(server), datetime.now(UTC)
    heard = _Heard(writer)
    try:
        result = await sharpen(
            _example(at),
            heard,
            at=at,
            prompt_version=chosen.llm_prompt_version,
            max_output_tokens=chosen.llm_max_tokens,
        )
    finally:
        await writer.close()
    assert heard.last is not None, "there is always something to ask about the example"
    lines = [("server", server.base_url), ("model", server.model)]
    if isinstance(heard.last, Written) or heard.written:
        lines += _taken(writer)
    lines += _spent(result.calls)
    lines += _verdict(result, heard.last, server.api_key)
    for name, said in lines:
        typer.echo(f"{name:<16}{said}")
    return isinstance(result, Sharpened)


class _Heard(Writer):
    """Another writer, and the last that it said."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.last: Written | NotWritten | None = None
        self.written = False

    @property
    def model(self) -> str:
        return self._writer.model

    async def write(self, order: Order) -> Written | NotWritten:
        self.last = await self._writer.write(order)
        self.written = self.written or isinstance(self.last, Written)
        return self.last


def _example(at: datetime) -> Recommended:
    """Advice on a deal of nobody's, in a playbook that comes with the product."""
    case = Case(name="example", stage="discovery", deal=DealText(days_in_stage=12, quiet=6, close_in=45), must=())
    return recommend(facts_of(case, read_as(PlaybookText, SHIPPED / "it-software.yaml"), at), at=at)


def _taken(writer: "OpenAIWriter") -> Iterator[tuple[str, str]]:
    dialect, room = writer.capabilities.dialect, writer.capabilities.room
    yield "answers", FORMS[dialect.form.name]
    yield "system messages", "taken" if dialect.system else "refused; their text stands before the user’s"
    yield "token limit", dialect.limit.value + (f", {room} times STAGEPATH_LLM_MAX_TOKENS" if room > 1 else "")
    yield "sent", STREAMS[dialect.streaming.name]


def _spent(calls: tuple[Call, ...]) -> Iterator[tuple[str, str]]:
    usage = [call.usage for call in calls]
    told = "about " if any(one.estimated for one in usage) else ""
    yield "requests", str(sum(call.requests for call in calls))
    yield "time", f"{sum(call.seconds for call in calls):.1f} s"
    yield (
        "tokens",
        f"{told}{sum(one.input_tokens for one in usage)} in, {sum(one.output_tokens for one in usage)} out",
    )


def _verdict(result: Sharpened | NotSharpened, last: Written | NotWritten, api_key: str) -> Iterator[tuple[str, str]]:
    if isinstance(result, Sharpened):
        again = " at the second try" if len(result.calls) > 1 else ""
        yield "answer", f"passed all checks{again}; {len(result.actions)} actions"
        return
    yield "answer", f"none: {result.detail}" if isinstance(last, NotWritten) else f"of no use: {result.detail}"
    if isinstance(last, NotWritten) and last.said:
        yield "server said", last.said.replace(api_key, "…")
