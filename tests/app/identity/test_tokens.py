import base64
import json
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import HMACAlgorithm
from pydantic import AnyHttpUrl, SecretStr

from app.identity.jwks import RETRY_SECONDS
from app.identity.tokens import (
    DEVELOPMENT_AUDIENCE,
    DEVELOPMENT_ISSUER,
    MAX_TOKEN_CHARACTERS,
    Claims,
    TokenError,
    TokenErrorCode,
    TokenVerifier,
    mint,
)
from app.settings import Mode, Settings, SettingsError
from tests.app.identity.provider import AUDIENCE, ISSUER, Provider, Signer, claims, ec_signer, rsa_signer

SECRET = "development-" + "s" * 43
LEEWAY = 60
RSA, EC = rsa_signer("rsa-1"), ec_signer("ec-1")
BOTH = pytest.mark.parametrize("signer", [RSA, EC], ids=["RS256", "ES256"])


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def local() -> Settings:
    return Settings(_env_file=None, secret_key=SecretStr(SECRET), jwt_leeway_seconds=LEEWAY)


def settings_for(provider: Provider) -> Settings:
    return Settings(
        _env_file=None,
        jwks_url=AnyHttpUrl(provider.url),
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        jwt_leeway_seconds=LEEWAY,
        secret_key=SecretStr(SECRET),
    )


@pytest.fixture
def verifier(identity_provider: Provider, clock: Clock) -> TokenVerifier:
    """Trusts a provider that publishes one RSA and one EC key."""
    identity_provider.publish(RSA, EC)
    return TokenVerifier(settings_for(identity_provider), clock=clock)


async def refusal(verifier: TokenVerifier, token: str) -> TokenErrorCode:
    with pytest.raises(TokenError) as refused:
        await verifier.verify(token)
    assert refused.value.message == str(refused.value)
    assert not any(part and part in refused.value.message for part in token.split(".") if len(part) > 8)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return refused.value.code


def encoded(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed_locally(**changes: object) -> str:
    usual: dict[str, object] = {"iss": DEVELOPMENT_ISSUER, "aud": DEVELOPMENT_AUDIENCE}
    return jwt.encode(claims(**usual | changes), SECRET, "HS256")


async def test_a_minted_token_is_accepted(local: Settings) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    accepted = await TokenVerifier(local).verify(mint("seller-1", settings=local))
    after = datetime.now(UTC)
    assert (accepted.subject, accepted.issuer, accepted.key_id) == ("seller-1", DEVELOPMENT_ISSUER, None)
    assert before <= accepted.expires_at - timedelta(hours=12) <= after


async def test_issuer_and_audience_of_development_follow_the_settings(local: Settings) -> None:
    named = local.model_copy(update={"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE})
    assert (await TokenVerifier(named).verify(mint("seller-1", settings=named))).issuer == ISSUER
    assert await refusal(TokenVerifier(named), mint("seller-1", settings=local)) == TokenErrorCode.WRONG_ISSUER


async def test_a_minted_token_lives_as_long_as_asked(local: Settings) -> None:
    verifier = TokenVerifier(local)
    spent = mint("seller-1", settings=local, lifetime=timedelta(seconds=-LEEWAY - 1))
    assert await refusal(verifier, spent) == TokenErrorCode.EXPIRED
    accepted = await verifier.verify(mint("seller-1", settings=local, lifetime=timedelta(days=1)))
    assert accepted.expires_at > datetime.now(UTC) + timedelta(hours=23)


async def test_another_servers_secret_signs_nothing_here(local: Settings, tmp_path: Path) -> None:
    other = Settings(_env_file=None, state_dir=tmp_path)
    assert await refusal(TokenVerifier(local), mint("seller-1", settings=other)) == TokenErrorCode.BAD_SIGNATURE


def test_production_mints_nothing() -> None:
    production = Settings.model_construct(mode=Mode.PRODUCTION, secret_key=SecretStr("k" * 32), jwks_url=None)
    with pytest.raises(SettingsError, match="minted in development mode alone"):
        mint("seller-1", settings=production)


def test_nothing_is_minted_beside_an_identity_provider(identity_provider: Provider) -> None:
    with pytest.raises(SettingsError, match="STAGEPATH_JWKS_URL is set"):
        mint("seller-1", settings=settings_for(identity_provider))


def test_a_short_secret_signs_nothing(local: Settings) -> None:
    short = local.model_copy(update={"secret_key": SecretStr("s" * 31)})
    with pytest.raises(SettingsError, match="at least 32 characters"):
        mint("seller-1", settings=short)
    with pytest.raises(SettingsError, match="at least 32 characters"):
        TokenVerifier(short)


@pytest.mark.parametrize("unnamed", ["jwt_issuer", "jwt_audience"])
def test_a_provider_is_not_trusted_for_every_issuer_or_audience(identity_provider: Provider, unnamed: str) -> None:
    given_settings = settings_for(identity_provider).model_copy(update={unnamed: None})
    with pytest.raises(SettingsError, match="needs STAGEPATH_JWT_ISSUER and STAGEPATH_JWT_AUDIENCE"):
        TokenVerifier(given_settings)


@BOTH
async def test_a_providers_token_is_accepted(verifier: TokenVerifier, signer: Signer) -> None:
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    accepted = await verifier.verify(signer.token(exp=expires_at, aud=["other", AUDIENCE]))
    assert accepted == Claims("seller-1", expires_at, ISSUER, signer.key_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": timedelta(seconds=-LEEWAY - 1)}, TokenErrorCode.EXPIRED),
        ({"exp": 0}, TokenErrorCode.EXPIRED),
        ({"exp": None}, TokenErrorCode.MALFORMED),
        ({"exp": "soon"}, TokenErrorCode.MALFORMED),
        ({"exp": 10**30}, TokenErrorCode.MALFORMED),
        ({"exp": float("inf")}, TokenErrorCode.MALFORMED),
        ({"exp": float("nan")}, TokenErrorCode.MALFORMED),
        ({"nbf": timedelta(seconds=LEEWAY + 10)}, TokenErrorCode.NOT_YET_VALID),
        ({"nbf": "later"}, TokenErrorCode.MALFORMED),
        ({"iat": timedelta(seconds=LEEWAY + 10)}, TokenErrorCode.NOT_YET_VALID),
        ({"iss": "https://id.example.org"}, TokenErrorCode.WRONG_ISSUER),
        ({"iss": None}, TokenErrorCode.MALFORMED),
        ({"aud": "another"}, TokenErrorCode.WRONG_AUDIENCE),
        ({"aud": ["another", "third"]}, TokenErrorCode.WRONG_AUDIENCE),
        ({"aud": AUDIENCE + "-2"}, TokenErrorCode.WRONG_AUDIENCE),
        ({"aud": [7]}, TokenErrorCode.WRONG_AUDIENCE),
        ({"aud": None}, TokenErrorCode.MALFORMED),
        ({"sub": None}, TokenErrorCode.MALFORMED),
        ({"sub": ""}, TokenErrorCode.MALFORMED),
        ({"sub": 7}, TokenErrorCode.MALFORMED),
    ],
    ids=str,
)
async def test_every_claim_is_checked(
    verifier: TokenVerifier, local: Settings, changes: dict[str, object], code: TokenErrorCode
) -> None:
    now = datetime.now(UTC)
    dated = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    assert await refusal(verifier, RSA.token(None, **dated)) == code
    assert await refusal(TokenVerifier(local), signed_locally(**dated)) == code


async def test_a_missing_claim_is_named(verifier: TokenVerifier) -> None:
    with pytest.raises(TokenError, match=r"^The token has no `exp` claim\.$"):
        await verifier.verify(RSA.token(exp=None))


async def test_clocks_may_differ_by_the_leeway(verifier: TokenVerifier) -> None:
    now = datetime.now(UTC)
    late = RSA.token(exp=now - timedelta(seconds=LEEWAY - 20))
    early = RSA.token(nbf=now + timedelta(seconds=LEEWAY - 1), iat=now + timedelta(seconds=LEEWAY - 1))
    assert [(await verifier.verify(token)).subject for token in (late, early)] == ["seller-1", "seller-1"]


@pytest.mark.parametrize("name", ["none", "None", "", None, ["RS256"], 7])
async def test_an_unsigned_token_is_refused(verifier: TokenVerifier, local: Settings, name: object) -> None:
    now = int(datetime.now(UTC).timestamp())
    payload = {"sub": "admin", "iss": ISSUER, "aud": AUDIENCE, "exp": now + 600}
    token = f"{encoded({'alg': name, 'typ': 'JWT', 'kid': RSA.key_id})}.{encoded(payload)}."
    for judge in (verifier, TokenVerifier(local)):
        assert await refusal(judge, token) == TokenErrorCode.ALGORITHM_REFUSED
        assert await refusal(judge, token + "AAAA") == TokenErrorCode.ALGORITHM_REFUSED


async def test_the_public_key_is_no_secret_to_sign_with(verifier: TokenVerifier, identity_provider: Provider) -> None:
    public = RSA.key.public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        identity_provider.body,
    ]
    head = encoded({"alg": "HS256", "typ": "JWT", "kid": RSA.key_id})
    now = int(datetime.now(UTC).timestamp())
    body = encoded({"sub": "admin", "iss": ISSUER, "aud": AUDIENCE, "exp": now + 600})
    for secret in forms:
        signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(f"{head}.{body}".encode(), secret)
        assert await refusal(verifier, f"{head}.{body}.{encoded(signature)}") == TokenErrorCode.ALGORITHM_REFUSED


async def test_development_tokens_mean_nothing_to_a_server_with_a_provider(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, signed_locally(iss=ISSUER, aud=AUDIENCE)) == TokenErrorCode.ALGORITHM_REFUSED


async def test_a_providers_tokens_mean_nothing_in_development(local: Settings) -> None:
    assert await refusal(TokenVerifier(local), RSA.token()) == TokenErrorCode.ALGORITHM_REFUSED


@pytest.mark.parametrize("algorithm", ["RS512", "PS256", "HS512", "ES384"])
async def test_other_algorithms_are_refused(verifier: TokenVerifier, algorithm: str) -> None:
    token = ".".join([encoded({"alg": algorithm, "kid": RSA.key_id}), *RSA.token().split(".")[1:]])
    assert await refusal(verifier, token) == TokenErrorCode.ALGORITHM_REFUSED


async def test_a_key_verifies_its_own_algorithm_alone(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, EC.token({"kid": RSA.key_id})) == TokenErrorCode.ALGORITHM_REFUSED
    assert await refusal(verifier, RSA.token({"kid": EC.key_id})) == TokenErrorCode.ALGORITHM_REFUSED


async def test_a_key_of_the_same_name_from_elsewhere_signs_nothing(verifier: TokenVerifier) -> None:
    forger = rsa_signer("forger")
    assert await refusal(verifier, forger.token({"kid": RSA.key_id})) == TokenErrorCode.BAD_SIGNATURE
    embedded = forger.token({"kid": RSA.key_id, "jwk": forger.jwk(), "jku": "https://forger.example/keys"})
    assert await refusal(verifier, embedded) == TokenErrorCode.BAD_SIGNATURE


async def test_an_unknown_key_is_refused(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, rsa_signer("unknown").token()) == TokenErrorCode.UNKNOWN_KEY
    assert await refusal(verifier, RSA.token({"kid": None})) == TokenErrorCode.UNKNOWN_KEY


async def test_a_token_without_key_id_is_judged_by_the_only_key(
    verifier: TokenVerifier, identity_provider: Provider
) -> None:
    identity_provider.publish(EC)
    assert (await verifier.verify(EC.token({"kid": None}))).key_id is None


async def test_tokens_of_a_rotated_key_are_accepted_and_of_the_old_one_no_more(
    verifier: TokenVerifier, identity_provider: Provider, clock: Clock
) -> None:
    await verifier.verify(RSA.token())
    fresh = rsa_signer("rsa-2")
    identity_provider.publish(fresh)
    clock.now += RETRY_SECONDS
    assert (await verifier.verify(fresh.token())).key_id == "rsa-2"
    assert await refusal(verifier, RSA.token()) == TokenErrorCode.UNKNOWN_KEY


async def test_without_keys_no_token_is_judged(verifier: TokenVerifier, identity_provider: Provider) -> None:
    identity_provider.fail()
    assert await refusal(verifier, RSA.token()) == TokenErrorCode.KEYS_UNAVAILABLE


async def test_known_keys_serve_on_while_the_provider_is_down(
    verifier: TokenVerifier, identity_provider: Provider, clock: Clock
) -> None:
    await verifier.verify(RSA.token())
    identity_provider.fail()
    clock.now += 301
    assert (await verifier.verify(RSA.token())).subject == "seller-1"
    assert await refusal(verifier, rsa_signer("rsa-2").token()) == TokenErrorCode.KEYS_UNAVAILABLE
    assert identity_provider.fetches == 2


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "Bearer a.b.c",
        "ä.ö.ü",
        "\ud800.a.b",
        "\0",
        f"{encoded([])}.e30.AAAA",
        f"{encoded(b'x')}.e30.AAAA",
        f"{encoded(b'[' * 9000)}.e30.AAAA",
        f"{encoded({'alg': 'RS256', 'kid': 7})}.e30.AAAA",
        f"{encoded({'alg': 'RS256', 'kid': RSA.key_id, 'crit': ['exp'], 'exp': 1})}.e30.AAAA",
        f"{encoded({'alg': 'RS256', 'kid': RSA.key_id, 'crit': ['b64'], 'b64': False})}.e30.AAAA",
    ],
    ids=lambda token: repr(token)[:40],
)
async def test_what_is_no_token_is_malformed(verifier: TokenVerifier, token: str) -> None:
    assert await refusal(verifier, token) == TokenErrorCode.MALFORMED


async def test_padding_and_spaces_are_not_overlooked(verifier: TokenVerifier) -> None:
    token = RSA.token()
    for spoilt in (token + "=", token + "\n", " " + token, token.replace(".", ".\n", 1), token + "=="):
        assert await refusal(verifier, spoilt) == TokenErrorCode.MALFORMED


async def test_a_payload_that_is_no_object_is_malformed(verifier: TokenVerifier) -> None:
    for payload in (b"[]", b"7", b"", b"\xff", b"[" * 9000):
        token = jwt.PyJWS().encode(payload, RSA.key, "RS256", {"kid": RSA.key_id})
        assert await refusal(verifier, token) == TokenErrorCode.MALFORMED


async def test_a_token_may_be_so_long_and_no_longer(verifier: TokenVerifier) -> None:
    def of_length(wanted: int) -> str:
        padding = 0
        while len(token := RSA.token(padding="x" * padding, exp=4_000_000_000, iat=0)) < wanted:
            padding += max(1, (wanted - len(token)) * 3 // 4 - 2)
        return token

    longest = of_length(MAX_TOKEN_CHARACTERS - 2)
    assert len(longest) <= MAX_TOKEN_CHARACTERS
    assert (await verifier.verify(longest)).subject == "seller-1"
    with pytest.raises(TokenError, match=f"longer than {MAX_TOKEN_CHARACTERS} characters"):
        await verifier.verify(of_length(MAX_TOKEN_CHARACTERS + 1))


FIXED = {
    "HS256": signed_locally(exp=4_000_000_000),
    "RS256": RSA.token(exp=4_000_000_000),
    "ES256": EC.token(exp=4_000_000_000),
}


@pytest.mark.parametrize("algorithm", FIXED)
@settings(max_examples=300)
@given(chosen=st.data())
async def test_a_token_with_one_character_changed_is_refused(
    verifier: TokenVerifier, local: Settings, algorithm: str, chosen: st.DataObject
) -> None:
    judge = TokenVerifier(local) if algorithm == "HS256" else verifier
    token = FIXED[algorithm]
    await judge.verify(token)
    place = chosen.draw(st.integers(0, len(token) - 1))
    alphabet = st.sampled_from(string.ascii_letters + string.digits + "-_.=") | st.characters()
    other = chosen.draw(alphabet.filter(lambda character: character != token[place]))
    with pytest.raises(TokenError):
        await judge.verify(token[:place] + other + token[place + 1 :])


async def test_every_character_of_a_signature_counts(verifier: TokenVerifier) -> None:
    token = FIXED["ES256"]
    for place in range(token.rindex(".") + 1, len(token)):
        for other in set(string.ascii_letters + string.digits + "-_") - {token[place]}:
            with pytest.raises(TokenError):
                await verifier.verify(token[:place] + other + token[place + 1 :])


@settings(max_examples=200)
@given(text=st.text() | st.lists(st.binary().map(encoded), min_size=3, max_size=3).map(".".join))
async def test_whatever_is_sent_a_token_error_is_all_that_is_raised(verifier: TokenVerifier, text: str) -> None:
    with pytest.raises(TokenError):
        await verifier.verify(text)
