"""The configured language model, if any, as the guidance takes it."""

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from app.database import Database
from app.recommendations.ledger import DatabaseLedger
from app.settings import Settings, SettingsError, settings
from guidance.budget import Budget, Limits, Prices
from guidance.prompts import versions

if TYPE_CHECKING:  # the client takes a second to load: only who asks a model pays for it
    from guidance.openai_writer import OpenAIWriter, Server

_writers: "WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Server, OpenAIWriter]]" = WeakKeyDictionary()


def configured() -> bool:
    """Whether there is a model to ask: a server, a key and a name."""
    chosen = settings()
    return bool(chosen.openai_base_url and chosen.openai_api_key and chosen.llm_model)


def check(chosen: Settings) -> None:
    """Raises `SettingsError` when the settings of the model can't be right."""
    known = versions()
    if chosen.llm_prompt_version not in known:
        raise SettingsError(f"STAGEPATH_LLM_PROMPT_VERSION: there is {', '.join(known)}")


def missing(chosen: Settings) -> list[str]:
    """What a half-made configuration lacks; empty when it is whole or not begun."""
    parts = {
        "OPENAI_BASE_URL": chosen.openai_base_url,
        "OPENAI_API_KEY": chosen.openai_api_key,
        "STAGEPATH_LLM_MODEL": chosen.llm_model,
    }
    unset = [name for name, value in parts.items() if not value]
    return unset if len(unset) < len(parts) else []


def server(chosen: Settings | None = None) -> "Server | None":
    """That of the settings in use, or of others."""
    chosen = chosen or settings()
    if not (chosen.openai_base_url and chosen.openai_api_key and chosen.llm_model):
        return None
    from guidance.dialect import Rules
    from guidance.openai_writer import Server

    return Server(
        base_url=str(chosen.openai_base_url),
        api_key=chosen.openai_api_key.get_secret_value(),
        model=chosen.llm_model,
        timeout=chosen.llm_timeout_seconds,
        deadline=chosen.llm_deadline_seconds,
        retries=chosen.llm_retries,
        concurrency=chosen.llm_concurrency,
        prices=prices(chosen),
        extra_body=chosen.llm_extra_body,
        rules=Rules(may_stream=chosen.llm_stream is not False, may_wait=chosen.llm_stream is not True),
    )


def prices(chosen: Settings) -> Prices:
    return Prices(chosen.llm_input_price, chosen.llm_output_price)


def budget(database: Database) -> Budget:
    chosen = settings()
    return Budget(
        ledger=DatabaseLedger(database),
        prices=prices(chosen),
        a_day=Limits(chosen.llm_daily_tokens, chosen.llm_daily_cost),
        a_partner=Limits(chosen.llm_partner_daily_tokens, chosen.llm_partner_daily_cost),
    )


async def writer() -> "OpenAIWriter | None":
    """The process's own, since it knows how many orders run and whether the server is down; None without a model."""
    wanted, loop = server(), asyncio.get_running_loop()
    kept = _writers.get(loop)
    if kept is not None and kept[0] == wanted:
        return kept[1]
    await close_writer()
    if wanted is None:
        return None
    from guidance.openai_writer import OpenAIWriter

    made = OpenAIWriter(wanted)
    _writers[loop] = (wanted, made)
    return made


async def close_writer() -> None:
    kept = _writers.pop(asyncio.get_running_loop(), None)
    if kept is not None:
        await kept[1].close()
