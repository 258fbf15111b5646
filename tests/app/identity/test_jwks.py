import asyncio
import gzip
import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.identity.jwks import (
    MAX_BYTES,
    RETRY_SECONDS,
    STALE_SECONDS,
    FetchFailed,
    KeySet,
    KeysUnavailable,
    fetch_keys,
    parse_keys,
)
from tests.app.identity.provider import Provider, Signer, ec_signer, provider, rsa_signer
from tests.waiting import PATIENCE

FRESH = 300


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(identity_provider: Provider, clock: Clock) -> KeySet:
    return KeySet(identity_provider.url, fresh_seconds=FRESH, patience_seconds=PATIENCE, clock=clock)


def parsed(*members: object) -> list[tuple[str | None, str]]:
    return [(k.key_id, k.algorithm_name) for k in parse_keys(json.dumps({"keys": members}).encode())]


async def test_keys_are_fetched_once_while_they_are_fresh(
    identity_provider: Provider, keys: KeySet, clock: Clock
) -> None:
    identity_provider.publish(rsa_signer("a"), ec_signer("b"))
    first, second = await keys.key("a"), await keys.key("b")
    assert first is not None
    assert second is not None
    assert (first.algorithm_name, second.algorithm_name) == ("RS256", "ES256")
    clock.now += FRESH - 1
    assert await keys.key("a") is first
    assert identity_provider.fetches == 1
    clock.now += 1
    assert await keys.key("a") is not first
    assert identity_provider.fetches == 2


async def test_many_who_wait_share_one_fetch(identity_provider: Provider, keys: KeySet) -> None:
    identity_provider.publish(rsa_signer("a"))
    identity_provider.open.clear()
    waiting = [asyncio.create_task(keys.key("a")) for _ in range(50)]
    await asyncio.to_thread(identity_provider.asked.wait, 10)
    identity_provider.open.set()
    found = await asyncio.gather(*waiting)
    assert len(set(found)) == 1
    assert found[0] is not None
    assert identity_provider.fetches == 1


async def test_one_who_gives_up_does_not_end_the_fetch_of_the_others(identity_provider: Provider, keys: KeySet) -> None:
    identity_provider.publish(rsa_signer("a"))
    identity_provider.open.clear()
    first, second = asyncio.create_task(keys.key("a")), asyncio.create_task(keys.key("a"))
    await asyncio.to_thread(identity_provider.asked.wait, 10)
    first.cancel()
    identity_provider.open.set()
    assert await second is not None
    assert first.cancelled()
    assert identity_provider.fetches == 1


async def test_a_rotated_key_is_fetched_when_a_token_names_it(
    identity_provider: Provider, keys: KeySet, clock: Clock
) -> None:
    identity_provider.publish(rsa_signer("a"))
    await keys.key("a")
    identity_provider.publish(rsa_signer("b"))
    clock.now += RETRY_SECONDS
    assert await keys.key("b") is not None
    assert await keys.key("a") is None
    assert identity_provider.fetches == 2


async def test_made_up_key_ids_do_not_make_us_a_flood(identity_provider: Provider, keys: KeySet, clock: Clock) -> None:
    identity_provider.publish(rsa_signer("a"))
    for number in range(100):
        assert await keys.key(f"made-up-{number}") is None
    assert identity_provider.fetches == 1
    clock.now += RETRY_SECONDS - 0.01
    assert await keys.key("made-up") is None
    assert identity_provider.fetches == 1
    clock.now += 0.01
    for number in range(100):
        assert await keys.key(f"made-up-{number}") is None
    assert identity_provider.fetches == 2


async def test_a_withdrawn_key_stops_serving_when_its_time_is_over(
    identity_provider: Provider, keys: KeySet, clock: Clock
) -> None:
    identity_provider.publish(rsa_signer("a"), rsa_signer("b"))
    await keys.key("a")
    identity_provider.publish(rsa_signer("b"))
    clock.now += FRESH
    assert await keys.key("a") is None


async def test_the_last_keys_serve_for_a_while_when_the_provider_is_down(
    identity_provider: Provider, keys: KeySet, clock: Clock
) -> None:
    identity_provider.publish(rsa_signer("a"))
    known = await keys.key("a")
    identity_provider.fail()
    clock.now += FRESH
    with capture_logs() as logged:
        assert await keys.key("a") is known
        assert await keys.key("a") is known
    assert identity_provider.fetches == 2
    assert logged == [
        {
            "event": "signing_keys_not_fetched",
            "log_level": "warning",
            "host": "127.0.0.1",
            "reason": "the answer's status is 503",
            "keys_kept": 1,
        }
    ]
    with pytest.raises(KeysUnavailable):
        await keys.key("b")
    clock.now += STALE_SECONDS - 1
    assert await keys.key("a") is known
    clock.now += 1
    with pytest.raises(KeysUnavailable):
        await keys.key("a")
    identity_provider.publish(rsa_signer("a"))
    clock.now += RETRY_SECONDS
    assert await keys.key("a") is not None


async def test_a_provider_that_hangs_does_not_hold_up_known_keys(identity_provider: Provider, clock: Clock) -> None:
    keys = KeySet(identity_provider.url, fresh_seconds=FRESH, patience_seconds=0.05, clock=clock)
    identity_provider.publish(rsa_signer("a"))
    known = await keys.key("a")
    identity_provider.open.clear()
    clock.now += FRESH
    assert await keys.key("a") is known
    identity_provider.open.set()
    assert await keys.key("b") is None  # waits for the fetch that runs
    assert identity_provider.fetches == 2


async def test_a_provider_that_hangs_is_given_up(identity_provider: Provider, clock: Clock) -> None:
    identity_provider.open.clear()
    keys = KeySet(identity_provider.url, fresh_seconds=FRESH, fetch_seconds=0.2, clock=clock)
    with capture_logs() as logged, pytest.raises(KeysUnavailable):
        await keys.key("a")
    assert [entry["reason"][:11] for entry in logged] == ["no answer: "]


async def test_a_provider_that_is_down_from_the_start_is_asked_again_later(clock: Clock) -> None:
    with provider() as gone:
        keys = KeySet(gone.url, fresh_seconds=FRESH, clock=clock)
    with capture_logs() as logged:
        for _ in range(10):
            with pytest.raises(KeysUnavailable):
                await keys.key("a")
        clock.now += RETRY_SECONDS
        with pytest.raises(KeysUnavailable):
            await keys.key("a")
    assert [entry["reason"] for entry in logged] == ["no answer: ConnectError"] * 2


async def test_keys_that_serve_shorter_than_the_retry_time_are_fetched_as_often(
    identity_provider: Provider, clock: Clock
) -> None:
    keys = KeySet(identity_provider.url, fresh_seconds=1, patience_seconds=PATIENCE, clock=clock)
    identity_provider.publish(rsa_signer("a"))
    await keys.key("a")
    identity_provider.publish(rsa_signer("b"))
    clock.now += 1
    assert await keys.key("a") is None
    assert await keys.key("b") is not None


async def test_without_an_id_the_only_key_is_meant(identity_provider: Provider, keys: KeySet, clock: Clock) -> None:
    identity_provider.publish(rsa_signer("a"))
    assert await keys.key(None) is await keys.key("a")
    identity_provider.publish(rsa_signer("a"), rsa_signer("b"))
    clock.now += FRESH
    assert await keys.key(None) is None


async def test_a_redirect_is_not_followed(identity_provider: Provider) -> None:
    with provider() as elsewhere:
        elsewhere.publish(rsa_signer("a"))
        identity_provider.status, identity_provider.headers = 302, {"Location": elsewhere.url}
        with pytest.raises(FetchFailed, match="status is 302"):
            await fetch_keys(identity_provider.url)
        assert elsewhere.fetches == 0


async def test_an_answer_may_be_so_long_and_no_longer(identity_provider: Provider) -> None:
    identity_provider.publish(rsa_signer("a"))
    identity_provider.body = identity_provider.body.ljust(MAX_BYTES)
    assert [key.key_id for key in await fetch_keys(identity_provider.url)] == ["a"]
    identity_provider.body += b" "
    with pytest.raises(FetchFailed, match=f"longer than {MAX_BYTES} bytes"):
        await fetch_keys(identity_provider.url)


async def test_an_answer_is_not_inflated(identity_provider: Provider) -> None:
    identity_provider.publish(rsa_signer("a"))
    identity_provider.body = gzip.compress(identity_provider.body)
    identity_provider.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(FetchFailed, match="not JSON"):
        await fetch_keys(identity_provider.url)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JWK set"),
        (b"{}", "not a JWK set"),
        (b'{"keys": {}}', "not a JWK set"),
        (b'{"keys": []}', "no RS256 or ES256 key"),
        (b'{"keys": [1, null, {}]}', "no RS256 or ES256 key"),
    ],
)
async def test_an_answer_without_keys_is_a_failure(identity_provider: Provider, body: bytes, complaint: str) -> None:
    identity_provider.body = body
    with pytest.raises(FetchFailed, match=complaint):
        await fetch_keys(identity_provider.url)


async def test_an_empty_set_does_not_drop_the_keys_there_are(
    identity_provider: Provider, keys: KeySet, clock: Clock
) -> None:
    identity_provider.publish(rsa_signer("a"))
    known = await keys.key("a")
    identity_provider.publish()
    clock.now += FRESH
    assert await keys.key("a") is known


@pytest.mark.parametrize("signer", [rsa_signer("a"), ec_signer("a")], ids=["RS256", "ES256"])
def test_a_key_without_the_optional_members_is_used(signer: Signer) -> None:
    bare = {name: member for name, member in signer.jwk().items() if name not in ("alg", "use", "kid")}
    assert parsed(bare) == [(None, signer.algorithm)]
    assert parsed(signer.jwk(key_ops=["verify"], x5t="thumb")) == [("a", signer.algorithm)]


@pytest.mark.parametrize(
    "member",
    [
        rsa_signer("a").jwk(use="enc"),
        rsa_signer("a").jwk(alg="RS512"),
        rsa_signer("a").jwk(alg="HS256"),
        rsa_signer("a").jwk(key_ops=["encrypt"]),
        rsa_signer("a").jwk(key_ops=7),
        rsa_signer("a").jwk(n=""),
        rsa_signer("a").jwk(n=5),
        rsa_signer("weak", 1024).jwk(),
        ec_signer("a").jwk(crv="P-384"),
        ec_signer("a").jwk(alg="RS256"),
        ec_signer("a").jwk(x="AAAA"),
        {"kty": "oct", "kid": "a", "k": "A" * 43, "alg": "HS256"},
        {"kty": ["RSA"], "kid": "a"},
    ],
    ids=lambda member: str({k: v for k, v in member.items() if k in ("kty", "alg", "use", "crv", "key_ops")}),
)
def test_an_unfit_key_is_passed_over(member: dict[str, object]) -> None:
    assert parsed(member, ec_signer("good").jwk()) == [("good", "ES256")]


@given(
    st.dictionaries(
        st.sampled_from(["kty", "n", "e", "crv", "x", "y", "alg", "use", "key_ops", "kid"]),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.sampled_from(["RSA", "EC", "P-256", "sig", "AQAB"])
            | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_whatever_a_key_holds_it_is_used_or_passed_over(member: dict[str, object]) -> None:
    assert len(parsed(member)) <= 1
