"""The floors: what the same answers cost when a route is written by hand for each document.

`rows`: asyncpg's rows, made into dicts, encoded by orjson. `json`: PostgreSQL writes the text of the answer. Bare:
no token, no visibility, no parsing of a document, no round trip to reset a connection that holds no state.
"""

import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.documents import PAGE
from bench.servers.floor_sql import CONTENTS_OF, DEAL, DEALS, JSON_D1, JSON_D2, JSON_D3, TRANSITIONS_OF
from bench.servers.moves import Mover

Answer = Callable[[asyncpg.Connection, str], Awaitable[bytes]]


def _deal(row: asyncpg.Record) -> dict[str, Any]:
    amount = row["amount"]
    return {
        "id": f"opp_{row['id']}",
        "name": row["name"],
        "version": row["version"],
        "status": row["status"],
        "expectedCloseDate": row["expected_close_date"],
        "enteredStageAt": row["entered_stage_at"],
        "updatedAt": row["updated_at"],
        "nextStep": row["next_step"],
        "amount": None if amount is None else {"amount": format(amount, "f"), "currency": row["currency"]},
        "stage": {
            "id": f"stg_{row['stage_id']}",
            "key": row["stage_key"],
            "name": row["stage_name"],
            "winProbability": row["win_probability"],
        },
        "partner": {
            "id": f"ptr_{row['partner_id']}",
            "name": row["partner_name"],
            "tier": row["tier"],
            "region": row["region"],
        },
        "account": {
            "id": f"acc_{row['account_id']}",
            "name": row["account_name"],
            "industry": row["industry"],
            "country": row["country"],
        },
    }


def _transition(row: asyncpg.Record) -> dict[str, Any]:
    source = row["from_stage_id"]
    return {
        "id": f"trn_{row['id']}",
        "kind": row["kind"],
        "at": row["at"],
        "reason": row["reason"],
        "fromStage": None
        if source is None
        else {"id": f"stg_{source}", "key": row["from_key"], "name": row["from_name"]},
        "toStage": {"id": f"stg_{row['to_stage_id']}", "key": row["to_key"], "name": row["to_name"]},
    }


def _content(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": f"cnt_{row['id']}",
        "key": row["key"],
        "title": row["title"],
        "kind": row["kind"],
        "language": row["language"],
    }


def _cursor(updated_at: Any, id: Any) -> str:
    return base64.urlsafe_b64encode(f'["{updated_at}","{id}"]'.encode()).decode()


def _page(rows: list[asyncpg.Record], nodes: list[dict[str, Any]]) -> bytes:
    last = rows[len(nodes) - 1]
    info = {"hasNextPage": len(rows) > PAGE, "endCursor": _cursor(last["updated_at"], last["id"])}
    return orjson.dumps({"data": {"opportunities": {"pageInfo": info, "nodes": nodes}}})


async def rows_d1(connection: asyncpg.Connection, id: str) -> bytes:
    row = await connection.fetchrow(DEAL, id)
    return orjson.dumps({"data": {"opportunity": None if row is None else _deal(row)}})


async def rows_d2(connection: asyncpg.Connection, partner: str) -> bytes:
    rows = await connection.fetch(DEALS, partner)
    return _page(rows, [_deal(row) for row in rows[:PAGE]])


async def rows_d3(connection: asyncpg.Connection, partner: str) -> bytes:
    rows = await connection.fetch(DEALS, partner)
    shown = rows[:PAGE]
    nodes = [_deal(row) for row in shown]
    moves: dict[Any, list[dict[str, Any]]] = {row["id"]: [] for row in shown}
    for row in await connection.fetch(TRANSITIONS_OF, list(moves)):
        moves[row["opportunity_id"]].append(_transition(row))
    contents: dict[Any, list[dict[str, Any]]] = {row["stage_id"]: [] for row in shown}
    for row in await connection.fetch(CONTENTS_OF, list(contents)):
        contents[row["stage_id"]].append(_content(row))
    for row, node in zip(shown, nodes, strict=True):
        node["stage"]["contents"] = {"nodes": contents[row["stage_id"]]}
        node["transitions"] = {"nodes": moves[row["id"]]}
    return _page(rows, nodes)


async def json_d1(connection: asyncpg.Connection, id: str) -> bytes:
    text = await connection.fetchval(JSON_D1, id)
    return f'{{"data":{{"opportunity":{text or "null"}}}}}'.encode()


def json_page(statement: str) -> Answer:
    async def answer(connection: asyncpg.Connection, partner: str) -> bytes:
        nodes, count, updated_at, id = await connection.fetchrow(statement, partner)
        info = f'{{"hasNextPage":{"true" if count > PAGE else "false"},"endCursor":"{_cursor(updated_at, id)}"}}'
        return f'{{"data":{{"opportunities":{{"pageInfo":{info},"nodes":[{nodes}]}}}}}}'.encode()

    return answer


ANSWERS: dict[str, Answer] = {
    "rows/D1": rows_d1,
    "rows/D2": rows_d2,
    "rows/D3": rows_d3,
    "json/D1": json_d1,
    "json/D2": json_page(JSON_D2),
    "json/D3": json_page(JSON_D3),
}


async def keep(_: asyncpg.Connection) -> None:
    """In place of the pool's reset: these routes leave nothing behind in a session."""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    url, size = os.environ["DATABASE_URL"], int(os.environ["POOL"])
    async with asyncpg.create_pool(url, min_size=1, max_size=size, reset=keep) as pool:
        app.state.pool = pool
        yield


async def answer(request: Request) -> Response:
    asked = request.path_params
    async with request.app.state.pool.acquire() as connection:
        body = await ANSWERS[f"{asked['floor']}/{asked['document']}"](connection, asked["key"])
    return Response(body, media_type="application/json")


async def move(request: Request) -> Response:
    asked = orjson.loads(await request.body())
    async with request.app.state.pool.acquire() as connection:
        return Response(await Mover(connection).move(asked), media_type="application/json")


app = Starlette(
    routes=[Route("/{floor}/{document}/{key}", answer), Route("/move", move, methods=["POST"])], lifespan=lifespan
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), http="httptools", loop="uvloop", log_level="error", access_log=False)
