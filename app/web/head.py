"""Rules for a request's head: what may frame a message, and which fields there may be once only.

A proxy before the server and the parser here may read an unusual head in two ways. Whatever allows that is refused, and
the connection with it: HTTP/1.1 as RFC 9112 writes it, and of that only what clients and proxies send.
"""

import re
from functools import lru_cache

from app.web.answers import Refusal

MAX_HEAD_BYTES = 32_768
MAX_TARGET_BYTES = 8_192
MAX_FIELDS = 100
MAX_HANDSHAKE_LINE = 8_000
"""Bytes of a line in a WebSocket handshake; the library that reads it again takes no longer one."""

MAX_HOST_BYTES = 300

Fields = list[tuple[bytes, bytes]]
ByName = dict[bytes, bytes]

_BODILESS = frozenset((b"GET", b"HEAD", b"OPTIONS"))
_METHODS = _BODILESS | {b"POST", b"PUT", b"PATCH", b"DELETE"}

_ONCE = frozenset(
    (
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"expect",
        b"host",
        b"origin",
        b"sec-websocket-key",
        b"sec-websocket-version",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Fields of which the application, or the framing, knows one value."""

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")

MOST_GOOD_HOSTS = 100
_good_hosts: set[bytes | None] = set()
"""That were looked at before; the names of one server are few."""


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BAD_REQUEST", message)


def too_many_fields() -> Refusal:
    text = f"The head of a request has at most {MAX_HEAD_BYTES} bytes and {MAX_FIELDS} fields."
    return Refusal(431, "HEAD_TOO_LARGE", text)


def target_too_long() -> Refusal:
    return Refusal(414, "TARGET_TOO_LONG", f"The address of a request has at most {MAX_TARGET_BYTES} bytes.")


def check(method: bytes, target: bytes, version: str, fields: Fields, hosts: frozenset[bytes] | None) -> ByName:
    """Raises `Refusal`. Of equal names, the first counts. `hosts`: those answered to; None: any.

    Names of `fields` are in lower case. That a name or value has no character it must not have, and that a
    `Content-Length` is a number, the parser has seen to.
    """
    by_name = dict(fields)
    if len(by_name) != len(fields):
        _check_once(fields)
        by_name = dict(reversed(fields))
    if len(fields) > MAX_FIELDS:
        raise too_many_fields()
    if version != "1.1" and version != "1.0":
        raise bad_request("This is not HTTP/1.1.")
    if method != b"POST":
        _check_method(method, by_name)
    host = by_name.get(b"host")
    if host not in _good_hosts or hosts is not None:
        _check_host(host, version, target, hosts)
    if target[:1] != b"/" or b"#" in target:
        _check_absolute(target, host or b"")
    if b"transfer-encoding" in by_name:
        _check_coding(by_name[b"transfer-encoding"], version)
    if b"expect" in by_name and version == "1.1" and by_name[b"expect"].lower() != b"100-continue":
        raise Refusal(417, "EXPECTATION_FAILED", "The only supported expectation is 100-continue.")
    return by_name


def has_body(by_name: ByName) -> bool:
    return b"transfer-encoding" in by_name or int(by_name.get(b"content-length", b"0")) > 0


def size_of(target: bytes, fields: Fields) -> int:
    """Bytes of a head, but for spaces around the values and the few of its first line."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in fields)


def path_of(target: bytes) -> bytes:
    """With its query, without scheme and host."""
    return target if target[:1] == b"/" else b"/" + target.split(b"/", 3)[3]


def _check_once(fields: Fields) -> None:
    seen: set[bytes] = set()
    for name, _ in fields:
        if name in seen and name in _ONCE:
            raise bad_request(f"There may be one `{name.decode()}` in a request.")
        seen.add(name)


def _check_method(method: bytes, by_name: ByName) -> None:
    if method not in _METHODS:
        raise Refusal(405, "METHOD_NOT_ALLOWED", "This method is not supported.", {"Allow": "GET, POST"})
    if method in _BODILESS and has_body(by_name):
        raise bad_request(f"{method.decode()} takes no body.")


def _check_host(host: bytes | None, version: str, target: bytes, hosts: frozenset[bytes] | None) -> None:
    if host is None:
        if version == "1.1":
            raise bad_request("A request needs a `Host` header.")
        return
    if len(host) > MAX_HOST_BYTES or not _HOST.fullmatch(host):
        raise bad_request("`Host` must be a name or an address, optionally with a port.")
    if len(_good_hosts) < MOST_GOOD_HOSTS:
        _good_hosts.add(host)
    if hosts is not None and _name_of(host) not in hosts and target not in (b"/healthz", b"/readyz"):
        raise Refusal(421, "MISDIRECTED", "This host is not served here; see STAGEPATH_ALLOWED_HOSTS.")


@lru_cache(maxsize=256)
def _name_of(host: bytes) -> bytes:
    """Without its port, in lower case."""
    return re.sub(rb":[0-9]+$", b"", host).lower()


def _check_absolute(target: bytes, host: bytes) -> None:
    """`http://host/path` is for proxies, and means what `/path` does, if it is about the same host."""
    scheme, found, rest = target.partition(b"://")
    authority, slash, _ = rest.partition(b"/")
    same = found and slash and scheme.lower() in (b"http", b"https") and host and authority.lower() == host.lower()
    if not same or b"#" in target:
        raise bad_request("The target of a request must be a path.")


def _check_coding(coding: bytes, version: str) -> None:
    if version != "1.1" or coding.lower() != b"chunked":
        raise bad_request("The only supported transfer coding is `chunked`, in HTTP/1.1.")


def is_handshake(method: bytes, target: bytes, version: str, by_name: ByName) -> bool:
    """Of a request that upgrades. False for anything but a WebSocket: such an upgrade is ignored."""
    if method != b"GET" or version != "1.1" or by_name[b"upgrade"].lower() != b"websocket":
        return False
    if len(target) > MAX_HANDSHAKE_LINE:
        raise target_too_long()
    if any(len(name) + len(value) > MAX_HANDSHAKE_LINE for name, value in by_name.items()):
        raise too_many_fields()
    return True
