"""HTTP messages as bytes: clear ones, and ones that two readers could take for different messages.

`REFUSED` has the status and the bytes by name, `TAKEN` the bytes and the body that was meant.
"""

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def post(*lines: bytes, version: bytes = b"1.1") -> bytes:
    return b"".join(line + b"\r\n" for line in (b"POST /own HTTP/" + version, b"Host: a", *lines, b""))


def get(first: bytes = b"GET /own HTTP/1.1", *lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in (first, b"Host: a", *lines, b""))


CHUNKED = post(b"Transfer-Encoding: chunked")
SIZE = b"Content-Length: %d" % len(HIDDEN)
_REFUSED: dict[str, bytes] = {
    "length and chunks": post(SIZE, b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "chunks and length": post(b"Transfer-Encoding: chunked", b"Content-Length: 4") + b"0\r\n\r\n",
    "chunked, identity": post(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n",
    "identity, chunked": post(b"Transfer-Encoding: identity, chunked") + b"0\r\n\r\n",
    "gzip, chunked": post(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "xchunked": post(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "identity": post(b"Transfer-Encoding: identity", SIZE),
    "chunked with a tab": post(b"Transfer-Encoding: chunked\t") + b"0\r\n\r\n",
    "chunked with a vertical tab": post(b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "chunked quoted": post(b'Transfer-Encoding: "chunked"') + b"0\r\n\r\n",
    "no coding": post(b"Transfer-Encoding:") + b"0\r\n\r\n",
    "two codings": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "two other codings": post(b"Transfer-Encoding: chunked", b"transfer-encoding: identity") + b"0\r\n\r\n",
    "chunks of HTTP/1.0": post(b"Transfer-Encoding: chunked", version=b"1.0") + b"0\r\n\r\n",
    "equal lengths": post(b"Content-Length: 0", b"Content-Length: 0"),
    "two lengths": post(b"Content-Length: 0", SIZE),
    "a list of lengths": post(b"Content-Length: 0, 0"),
    "a length with a sign": post(b"Content-Length: +0"),
    "a negative length": post(b"Content-Length: -1"),
    "a hexadecimal length": post(b"Content-Length: 0x0"),
    "no length": post(b"Content-Length:"),
    "a length with a space": post(b"Content-Length: 0 0"),
    "a huge length": post(b"Content-Length: 18446744073709551617"),
    "a folded line": post(b"X: 1", b" Content-Length: 0"),
    "a folded coding": post(b"Transfer-Encoding:", b" chunked") + b"0\r\n\r\n",
    "a folded first line": b"POST /own HTTP/1.1\r\n Host: a\r\n\r\n",
    "a space before the colon": post(b"Content-Length : 0"),
    "no colon": post(b"Content-Length 0"),
    "no name": post(b": 0"),
    "NUL in a value": post(b"X: \0"),
    "NUL in a name": post(b"X\0: 1"),
    "bare LF in the first line": b"GET /own HTTP/1.1\nHost: a\r\n\r\n",
    "bare LF in a header": post(b"X: 1\nContent-Length: 0"),
    "bare LF at the end": b"GET /own HTTP/1.1\r\nHost: a\r\n\n",
    "bare CR": post(b"X: 1\rContent-Length: 0"),
    "a chunk's size in bare LF": CHUNKED + b"1\na\r\n0\r\n\r\n",
    "a chunk ended by bare LF": CHUNKED + b"1\r\na\n0\r\n\r\n",
    "an extension with bare LF": CHUNKED + b"1;a\na\r\n0\r\n\r\n",
    "an empty extension": CHUNKED + b"1;\na\r\n0\r\n\r\n",
    "an extension with bare CR": CHUNKED + b"1;a\rb\r\na\r\n0\r\n\r\n",
    "a chunk with a sign": CHUNKED + b"+1\r\na\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-1\r\na\r\n0\r\n\r\n",
    "a chunk's size with 0x": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "a chunk's size with a space": CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\na\r\n0\r\n\r\n",
    "a chunk that is longer": CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
    "a chunk of 16 EiB": CHUNKED + b"10000000000000000\r\na\r\n0\r\n\r\n",
    "a length in the trailer": CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n",
    "a coding in the trailer": CHUNKED + b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a folded trailer": CHUNKED + b"0\r\n X: 1\r\n\r\n",
    "a trailer in bare LF": CHUNKED + b"0\r\nX: 1\n\r\n",
    "an end in bare LF": CHUNKED + b"0\r\n\n",
    "a body of a GET": get(b"GET /own HTTP/1.1", SIZE),
    "a body of a HEAD": get(b"HEAD /own HTTP/1.1", SIZE),
    "a body of an OPTIONS": get(b"OPTIONS /own HTTP/1.1", SIZE),
    "chunks of a GET": get(b"GET /own HTTP/1.1", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "no host": b"GET /own HTTP/1.1\r\n\r\n",
    "two hosts": get(b"GET /own HTTP/1.1", b"Host: b"),
    "two equal hosts": get(b"GET /own HTTP/1.1", b"host: a"),
    "an empty host": b"GET /own HTTP/1.1\r\nHost:\r\n\r\n",
    "a host with a path": b"GET /own HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a host with a user": b"GET /own HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "a host with a space": b"GET /own HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a list of hosts": b"GET /own HTTP/1.1\r\nHost: a:1:2\r\n\r\n",
    "a target elsewhere": get(b"GET http://b/own HTTP/1.1"),
    "a target of another scheme": get(b"GET ftp://a/own HTTP/1.1"),
    "a target without a path": get(b"GET http://a HTTP/1.1"),
    "an authority as target": get(b"GET a:80 HTTP/1.1"),
    "a fragment in the target": get(b"GET /own#x HTTP/1.1"),
    "an asterisk": get(b"OPTIONS * HTTP/1.1"),
    "a target beyond ASCII": get(b"GET /\xff HTTP/1.1"),
    "two tokens": post(b"Authorization: Bearer a", b"Authorization: Bearer b", b"Content-Length: 0"),
    "two content types": post(b"Content-Type: a/b", b"Content-Type: c/d", b"Content-Length: 0"),
    "HTTP/0.9": b"GET /own\r\n",
    "HTTP/0.9 and a version": b"GET /own HTTP/0.9\r\n\r\n",
    "HTTP/1.2": get(b"GET /own HTTP/1.2"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a lower-case version": get(b"GET /own http/1.1"),
    "a lower-case method": get(b"get /own HTTP/1.1"),
    "an unknown method": get(b"BREW /own HTTP/1.1"),
    "a space before the method": get(b" GET /own HTTP/1.1"),
    "a tab after the method": get(b"GET\t/own HTTP/1.1"),
    "a space after the version": get(b"GET /own HTTP/1.1 "),
    "a handshake of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    "a WebSocket with a body": get(
        b"GET /socket HTTP/1.1",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        SIZE,
    ),
}
REFUSED = {name: (400, sent) for name, sent in _REFUSED.items()} | {
    "HTTP/2.0": (400, get(b"GET /own HTTP/2.0")),
    "TRACE": (405, get(b"TRACE /own HTTP/1.1")),
    "CONNECT": (405, get(b"CONNECT a:80 HTTP/1.1")),
    "PROPFIND": (405, get(b"PROPFIND /own HTTP/1.1")),
    "an expectation": (417, post(b"Expect: the-moon", SIZE)),
    "two expectations": (400, post(b"Expect: 100-continue", b"Expect: 100-continue", SIZE)),
    "a list of expectations": (417, post(b"Expect: 100-continue, x", SIZE)),
}


TAKEN: dict[str, tuple[bytes, bytes]] = {
    "a length": (post(b"Content-Length: 2") + b"{}", b"{}"),
    "a length with zeros": (post(b"Content-Length: 002") + b"{}", b"{}"),
    "chunks": (CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
    "Chunks": (post(b"Transfer-Encoding: Chunked") + b"2\r\n{}\r\n0\r\n\r\n", b"{}"),
    "extensions": (CHUNKED + b'2;a=b;c="d"\r\n{}\r\n0;e\r\n\r\n', b"{}"),
    "a trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\nHost: b\r\n\r\n", b"{}"),
    "a request in the body": (post(SIZE) + HIDDEN, HIDDEN),
    "a request in a chunk": (CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), HIDDEN),
    "nothing": (post(b"Content-Length: 0"), b""),
    "no framing": (post(), b""),
    "blank lines before": (b"\r\n\r\n" + post(), b""),
    "its own host in the target": (b"POST http://A/own HTTP/1.1\r\nHost: a\r\n\r\n", b""),
    "a port": (b"POST /own HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", b""),
}


UPGRADES = (b"h2c", b"HTTP/2.0", b"TLS/1.0", b"foo/2", b"h2c, websocket", b"websocket")

HANDSHAKE = get(
    b"GET /socket HTTP/1.1",
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)
