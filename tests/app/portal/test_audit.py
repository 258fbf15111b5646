"""Known faults of the pages' packages: found, not found, and not asked."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.portal.audit import FOUND, NOTHING, UNANSWERED
from tests.serving import listening, settings_for

FAULTY = {
    "react": [
        {
            "id": 1,
            "url": "https://example.com/1",
            "title": "Bad",
            "vulnerable_versions": "*",
            "severity": "high",
            "cwe": [],
            "cvss": {"score": 8, "vectorString": None},
        }
    ]
}


def registry(answer: object | None) -> Starlette:
    async def advisories(_: Request) -> Response:
        return Response(status_code=403) if answer is None else JSONResponse(answer)

    async def nothing(_: Request) -> Response:
        return JSONResponse({"error": "not found"}, 404)

    bulk = Route("/-/npm/v1/security/advisories/bulk", advisories, methods=["POST"])
    return Starlette(routes=[bulk, Route("/{rest:path}", nothing, methods=["GET", "POST"])])


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [({}, NOTHING, "none"), (FAULTY, FOUND, "high"), (None, UNANSWERED, "NOT AUDITED")],
    ids=["none", "high", "refused"],
)
async def test_only_a_registry_that_answers_clears_packages(
    answer: object | None, status: int, said: str, tmp_path: Path
) -> None:
    chosen = settings_for("postgresql:///unused", tmp_path)
    async with listening(registry(answer), chosen) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.portal.audit"),
            env={**os.environ, "npm_config_registry": url, "npm_config_cache": str(tmp_path / "cache")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
    assert process.returncode == status, (out, err)
    assert said in (out + err).decode()
