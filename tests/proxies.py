"""nginx and HAProxy in front of a server, on a Unix socket each, keeping connections to it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.waiting import until

REQUIRED = "STAGEPATH_REQUIRE_PROXIES"
PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")

_NGINX = """daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors notice;
events {{ worker_connections 256; }}
http {{
  access_log off; client_header_timeout 2s; client_body_timeout 2s; keepalive_timeout 2s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream own {{ server {host}:{port}; keepalive 4; }}
  map $http_upgrade $upgraded {{ default upgrade; "" ""; }}
  server {{
    listen unix:{folder}/s; merge_slashes off; proxy_http_version 1.1; proxy_request_buffering {buffering};
    location / {{
      proxy_pass http://own; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgraded;
    }}
  }}
}}
"""

_HAPROXY = """global
  maxconn 256
defaults
  mode http
  timeout connect 10s
  timeout client 2s
  timeout server 30s
  option http-keep-alive
  http-reuse always
  {lenient}
frontend all
  bind unix@{folder}/s
  default_backend own
backend own
  server own {host}:{port}
"""

KINDS = ("nginx", "nginx unbuffered", "haproxy", "haproxy lenient")


def binary(name: str) -> str:
    """Skips the test where there is none, unless the environment says that there has to be one."""
    found = shutil.which(name, path=os.pathsep.join((os.environ["PATH"], *PLACES)))
    if found is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{name} isn't installed, and {REQUIRED} is set")
        pytest.skip(f"{name} isn't installed")
    return found


@asynccontextmanager
async def proxy(kind: str, address: tuple[str, int]) -> AsyncIterator[Path]:
    """`kind`: one of `KINDS`. The socket it listens on; all it started has ended afterwards."""
    name, _, way = kind.partition(" ")
    command = binary(name)
    with TemporaryDirectory(prefix="sp-") as path:  # a short one: a socket's path has 107 bytes at most
        folder, (host, port) = Path(path), address
        file = folder / "conf"
        if name == "nginx":
            buffering = "off" if way else "on"
            file.write_text(_NGINX.format(folder=folder, host=host, port=port, buffering=buffering), encoding="utf-8")
            arguments = ["-p", path, "-c", str(file), "-e", str(folder / "errors")]
        else:
            lenient = "option accept-invalid-http-request" if way else ""
            file.write_text(_HAPROXY.format(folder=folder, host=host, port=port, lenient=lenient), encoding="utf-8")
            arguments = ["-f", str(file), "-db"]
        with (folder / "said").open("wb") as said:
            process = await asyncio.create_subprocess_exec(command, *arguments, stdout=said, stderr=said)
        try:

            async def listens() -> bool:
                assert process.returncode is None, (folder / "said").read_text() + _text(folder / "errors")
                try:
                    _, writer = await asyncio.open_unix_connection(str(folder / "s"))
                except OSError:
                    return False
                writer.close()
                return True

            await until(listens)
            yield folder / "s"
        finally:
            process.terminate()
            await process.wait()


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
