"""An identity provider on a real socket, whose keys and moods a test decides."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.waiting import PATIENCE

ISSUER = "https://id.example.com"
AUDIENCE = "stagepath"


@dataclass(frozen=True)
class Signer:
    key_id: str
    key: RSAPrivateKey | EllipticCurvePrivateKey

    @property
    def algorithm(self) -> str:
        return "RS256" if isinstance(self.key, RSAPrivateKey) else "ES256"

    def jwk(self, **members: object) -> dict[str, object]:
        public: dict[str, object]
        if isinstance(self.key, RSAPrivateKey):
            public = dict(RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True))
        else:
            public = dict(ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True))
        # The library calls every public key one that verifies; providers rather say what it is used for.
        public.pop("key_ops", None)
        return public | {"kid": self.key_id, "use": "sig", "alg": self.algorithm} | members

    def token(self, headers: Mapping[str, object] | None = None, **changes: object) -> str:
        """A good token but for `changes` of its claims (None leaves one out) and of its headers."""
        named = {"kid": self.key_id} | dict(headers or {})
        return jwt.encode(
            claims(**changes), self.key, self.algorithm, {k: v for k, v in named.items() if v is not None}
        )


def claims(**changes: object) -> dict[str, Any]:
    now = datetime.now(UTC)
    usual = {"sub": "seller-1", "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + timedelta(hours=1)}
    return {name: value for name, value in (usual | changes).items() if value is not None}


@cache
def rsa_signer(key_id: str, bits: int = 2048) -> Signer:
    return Signer(key_id, generate_rsa(65537, bits))


@cache
def ec_signer(key_id: str) -> Signer:
    return Signer(key_id, generate_ec(SECP256R1()))


@dataclass
class Provider:
    """`fetches` counts the requests that reached it; while `open` is unset, answers wait."""

    url: str
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fetches: int = 0
    asked: Event = field(default_factory=Event)
    open: Event = field(default_factory=Event)

    def publish(self, *keys: Signer | dict[str, object]) -> None:
        self.body = json.dumps({"keys": [k.jwk() if isinstance(k, Signer) else k for k in keys]}).encode()
        self.status = 200

    def fail(self) -> None:
        self.status = 503


@contextmanager
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.fetches += 1
            served.asked.set()
            served.open.wait(PATIENCE)
            self.send_response(served.status)
            for name, value in ({"Content-Length": str(len(served.body))} | served.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(served.body)

        def log_message(self, format: str, *args: object) -> None:
            """Not into the test's output."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up before its answer is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    served = Provider(f"http://127.0.0.1:{server.server_port}/keys")
    served.open.set()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        served.open.set()
        server.shutdown()
        thread.join()
        server.server_close()
