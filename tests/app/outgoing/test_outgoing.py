"""Outgoing requests: what is never connected to, and the bounds of what is."""

import asyncio
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from app.outgoing import BadUrl, NotReached, Outgoing, Rules, read_url
from app.outgoing.lookups import OF_A_HOST, Lookups
from app.settings import Mode, Settings
from tests.app.outgoing.addresses import ANSWERS, SPELLINGS, Place
from tests.app.outgoing.more_addresses import MORE
from tests.app.outgoing.reported_addresses import REPORTED
from tests.receivers import Receiver, Reply, receiving

WITHIN = 30.0
_watching: list[list[object]] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        for seen in _watching:
            seen.append(arguments[1])


sys.addaudithook(_watch)


@contextmanager
def connections() -> Iterator[list[object]]:
    """The addresses that this process connects to inside, as the interpreter sees it."""
    seen: list[object] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


class Names:
    """A name server that gives its answers one after the other; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def loopback(*ports: int, plain: bool = True) -> Rules:
    return Rules(plain=plain, ports=frozenset(ports), networks=(IPv4Network("127.0.0.1/32"),))


@pytest.mark.parametrize("place", [*SPELLINGS, *ANSWERS, *MORE, *REPORTED], ids=str)
async def test_a_place_that_must_not_be_reached_is_not(place: Place) -> None:
    """Whatever the URL, whatever the name server says: no connection is even tried."""
    names = Names(*(place.answers or (("127.0.0.1",),)))
    outgoing = Outgoing(Rules(), resolver=names)
    with connections() as tried, pytest.raises((BadUrl, NotReached)):
        await outgoing.post(place.url, b"{}", {}, within=WITHIN)
    assert tried == []
    await outgoing.aclose()


async def test_what_may_be_reached_is_seen_to_be_connected_to() -> None:
    """The watch above would have seen it."""
    async with receiving() as receiver:
        outgoing = Outgoing(loopback(receiver.port))
        with connections() as tried:
            answer = await outgoing.post(receiver.url("/hook?a=1"), b"{}", {"X-Test": "1"}, within=WITHIN)
        await outgoing.aclose()
    assert tried == [("127.0.0.1", receiver.port)]
    [arrived] = receiver.arrived
    assert (answer.status, arrived.path, arrived.body) == (200, "/hook?a=1", b"{}")
    assert arrived.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": "Stagepath",
        "accept-encoding": "identity",
        "x-test": "1",
        "content-length": "2",
    }


async def test_a_name_that_changes_its_mind_between_look_ups_is_connected_to_where_it_was_judged() -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with receiving() as receiver:
        outgoing = Outgoing(loopback(receiver.port), resolver=names)
        url = f"http://hooks.example.com:{receiver.port}/"
        with connections() as tried:
            await outgoing.post(url, b"{}", {}, within=WITHIN)
        asked = len(names.asked)
        await outgoing.aclose()
        again = Outgoing(loopback(receiver.port), resolver=names)
        with connections() as tried_again, pytest.raises(NotReached):
            await again.post(url, b"{}", {}, within=WITHIN)
        await again.aclose()
    assert asked == 1
    assert tried == [("127.0.0.1", receiver.port)]
    assert tried_again == []


async def test_a_redirect_is_an_answer_and_nothing_more() -> None:
    async with receiving() as receiver:
        receiver.replies["/"] = [Reply(302, {"Location": "http://169.254.169.254/latest/meta-data/"})]
        outgoing = Outgoing(loopback(receiver.port))
        with connections() as tried:
            answer = await outgoing.post(receiver.url(), b"{}", {}, within=WITHIN)
        await outgoing.aclose()
    assert (answer.status, tried) == (302, [("127.0.0.1", receiver.port)])


async def test_no_cookie_no_proxy_and_nothing_of_a_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login us password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with receiving() as receiver:
        receiver.replies["/"] = [Reply(200, {"Set-Cookie": "session=1"})]
        outgoing = Outgoing(loopback(receiver.port))
        for _ in range(2):
            await outgoing.post(receiver.url(), b"{}", {}, within=WITHIN)
        await outgoing.aclose()
    assert receiver.connections == 1, "a connection is used again"
    assert not any({"cookie", "authorization", "proxy-authorization"} & one.headers.keys() for one in receiver.arrived)


async def test_an_answer_takes_bounded_time_and_space() -> None:
    never = asyncio.Event()
    async with receiving() as receiver:
        receiver.replies = {
            "/large": [Reply(200, body=b"x" * 5_000_000)],
            "/claims": [Reply(200, {"Content-Length": "999999999999"}, b"y" * 5_000)],
            "/packed": [Reply(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b\x00")],
            "/silent": [Reply(after=never)],
        }
        outgoing = Outgoing(loopback(receiver.port))
        large = await outgoing.post(receiver.url("/large"), b"", {}, within=WITHIN)
        claims = await outgoing.post(receiver.url("/claims"), b"", {}, within=WITHIN)
        packed = await outgoing.post(receiver.url("/packed"), b"", {}, within=WITHIN)
        with pytest.raises(NotReached, match=r"No answer within 0\.05 s"):
            await outgoing.post(receiver.url("/silent"), b"", {}, within=0.05)
        await outgoing.aclose()
        never.set()
    assert (len(large.body), len(claims.body), packed.body) == (2_048, 2_048, b"\x1f\x8b\x00")


async def test_waiting_for_room_is_no_failure_of_the_receiver() -> None:
    """The second call's time begins when the first has ended, however long that takes."""
    held = asyncio.Event()
    async with receiving() as receiver:
        receiver.replies["/held"] = [Reply(after=held)]
        outgoing = Outgoing(loopback(receiver.port), connections=1)
        first = asyncio.create_task(outgoing.post(receiver.url("/held"), b"", {}, within=0.5))
        second = asyncio.create_task(outgoing.post(receiver.url("/next"), b"", {}, within=WITHIN))
        with pytest.raises(NotReached):
            await first
        waited = receiver.at("/next")
        answer = await second
        await outgoing.aclose()
    assert (waited, answer.status) == ([], 200)


async def test_a_name_server_that_never_answers_takes_no_longer_than_all_else() -> None:
    async def silent(_: str, __: int) -> Sequence[str]:
        await asyncio.Event().wait()
        raise AssertionError

    outgoing = Outgoing(Rules(), resolver=silent)
    with pytest.raises(NotReached):
        await outgoing.post("https://hooks.example.com/", b"", {}, within=0.05)
    await outgoing.aclose()


async def test_a_silent_name_server_holds_up_its_own_host_alone() -> None:
    """Two threads at most, however often it is asked; and not again for a while."""
    answered, asked = Event(), []

    def look(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        if host == "silent.example.com":
            answered.wait(WITHIN)
        return ["93.184.215.14"]

    impatient, patient = Lookups(look, within=0.05, quiet=0.0), Lookups(look, within=WITHIN)
    try:
        for _ in range(4):
            several = (impatient("silent.example.com", 443) for _ in range(9))
            assert {type(one) for one in await asyncio.gather(*several, return_exceptions=True)} == {TimeoutError}
        assert asked == ["silent.example.com"] * OF_A_HOST
        together = asyncio.gather(*(patient("silent.example.com", 443) for _ in range(9)))
        assert await patient("well.example.com", 443) == ["93.184.215.14"]
        answered.set()
        assert len(await together) == 9
        assert len(asked) == OF_A_HOST + 2
    finally:
        answered.set()


async def test_a_name_server_that_was_silent_is_not_asked_again_for_a_while() -> None:
    answered, asked = Event(), []

    def look(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        answered.wait(WITHIN)
        return []

    lookups = Lookups(look, within=0.05, quiet=3_600)
    try:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await lookups("silent.example.com", 443)
    finally:
        answered.set()
    assert len(asked) == 1


async def test_the_log_alone_tells_a_name_of_our_network_from_one_that_is_unknown() -> None:
    """Nor does a server that isn't there say more."""

    async def unknown(_: str, __: int) -> Sequence[str]:
        raise OSError("no such name")

    said = []
    with capture_logs() as logged:
        for resolver in (unknown, Names(["10.0.0.8"]), Names(["::1"]), Names([])):
            outgoing = Outgoing(loopback(443), resolver=resolver)
            with pytest.raises(NotReached) as failed:
                await outgoing.post("https://hooks.example.com/", b"", {}, within=WITHIN)
            await outgoing.aclose()
            said.append(failed.value.reason)
        closed = Outgoing(loopback(1))
        with pytest.raises(NotReached) as failed:
            await closed.post("http://127.0.0.1:1/", b"", {}, within=WITHIN)
        await closed.aclose()
    assert {*said, failed.value.reason} == {"It can't be connected to."}
    events = [one["event"] for one in logged]
    assert events[0] == events[3] == events[4] != events[1] == events[2]


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for a server of that name, and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(kept + made.public_bytes(serialization.Encoding.PEM))
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(file)
    return shown, ssl.create_default_context(cafile=file)


async def _call(receiver: Receiver, host: str, trust: ssl.SSLContext | None) -> int:
    outgoing = Outgoing(loopback(receiver.port, plain=False), resolver=Names(["127.0.0.1"]), trust=trust)
    try:
        answer = await outgoing.post(f"https://{host}:{receiver.port}/", b"{}", {}, within=WITHIN)
        return answer.status
    finally:
        await outgoing.aclose()


async def test_the_certificate_is_checked_for_the_name_and_the_server_is_told_it(tmp_path: Path) -> None:
    shown, trust = _certificate(tmp_path, "hooks.example.com")
    named: list[str | None] = []
    shown.sni_callback = lambda _, name, __: named.append(name)
    async with receiving(shown) as receiver:
        assert await _call(receiver, "hooks.example.com", trust) == 200
        with pytest.raises(NotReached, match="certificate"):
            await _call(receiver, "other.example.com", trust)
        with pytest.raises(NotReached, match="certificate"):
            await _call(receiver, "hooks.example.com", None)
    assert named[:2] == ["hooks.example.com", "other.example.com"]
    assert [one.headers["host"] for one in receiver.arrived] == [f"hooks.example.com:{receiver.port}"]


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("HTTPS://Hooks.Example.COM:443/a?b=c", "https://hooks.example.com/a?b=c"),
        ("https://hooks.example.com.:8443/", "https://hooks.example.com:8443/"),
        ("https://bücher.example/%C3%A4", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://93.184.215.14/x", "https://93.184.215.14/x"),
        ("https://[2606:2800:21F::1]/", "https://[2606:2800:21f::1]/"),
        ("https://hooks.example.com?q=1", "https://hooks.example.com/?q=1"),
    ],
)
def test_urls_that_are_called(url: str, called: str) -> None:
    assert read_url(url, Rules()).url == called


def test_production_calls_https_alone_and_what_settings_name_besides() -> None:
    production = Settings.model_construct(
        mode=Mode.PRODUCTION, outgoing_ports=(443,), outgoing_networks=("10.20.0.0/16",)
    )
    rules = Rules.of(production)
    assert read_url("https://10.20.3.4/", rules).host == "10.20.3.4"
    for url in ("http://hooks.example.com/", "https://hooks.example.com:8443/", "https://10.21.0.1/"):
        with pytest.raises(BadUrl):
            read_url(url, rules)
