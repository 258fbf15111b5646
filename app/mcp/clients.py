"""Names of MCP clients, as they give them, and how they are known again in later requests.

By the 2026-07-28 revision, each request names its client. By those before, only `initialize` does, and the session id
that is answered comes back with all that follows. Ours holds the name itself, so that no server keeps a session: any
worker, on any machine, answers any request, and none is lost with a restart. It speaks for nobody: every request has
a token of its own.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

UNNAMED = "unnamed"
LONGEST = 60
_KEY = "io.modelcontextprotocol/clientInfo"
_OTHERS = re.compile(r"[^A-Za-z0-9 ._/+-]+")
_PREFIX = "client."


def client_of(method: str, params: Mapping[str, Any], session: str, agent: str) -> str:
    """`session` and `agent`: headers `Mcp-Session-Id` and `User-Agent`, each may be empty."""
    meta = params.get("_meta")
    given = (
        params.get("clientInfo") if method == "initialize" else meta.get(_KEY) if isinstance(meta, Mapping) else None
    )
    return _named(given) or _of_session(session) or plain(agent.partition(" ")[0]) or UNNAMED


def session_for(client: str) -> str:
    return _PREFIX + urlsafe_b64encode(client.encode()).decode().rstrip("=")


def plain(name: str) -> str:
    """`name` as the audit log may hold it: a program's, in few and plain characters."""
    return " ".join(_OTHERS.sub(" ", name[: 4 * LONGEST]).split())[:LONGEST].strip()


def _named(info: Any) -> str:
    if not isinstance(info, Mapping):
        return ""
    parts = [info.get(part) for part in ("name", "version")]
    return plain(" ".join(part for part in parts if isinstance(part, str)))


def _of_session(session: str) -> str:
    if not session.startswith(_PREFIX) or len(session) > 2 * LONGEST:
        return ""
    encoded = session.removeprefix(_PREFIX)
    try:
        return plain(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    except (NotBase64, ValueError):
        return ""
