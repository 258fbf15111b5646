"""The secret key changes while clients hold cursors and tokens that were made under the one before."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.identity.tokens import TokenError, TokenErrorCode, TokenVerifier, mint
from app.settings import Settings, use_settings
from schema.engine.cursors import seal, unseal
from schema.errors import ClientError

OLD, NEW = "development-old-" + "o" * 40, "development-new-" + "n" * 40
PLACE, PURPOSE = ("2026-11-29", "7"), "opportunities by date"


def keys(*accepted: str) -> Settings:
    return Settings(_env_file=None, secret_keys=SecretStr(",".join(accepted)))


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    yield
    use_settings(None)


def test_cursors_outlive_a_rotation_and_end_with_their_key() -> None:
    use_settings(Settings(_env_file=None, secret_key=SecretStr(OLD)))
    before = seal(PLACE, PURPOSE)
    use_settings(keys(NEW, OLD))
    during = seal(PLACE, PURPOSE)
    assert unseal(before, PURPOSE) == unseal(during, PURPOSE) == PLACE
    use_settings(keys(NEW))
    assert unseal(during, PURPOSE) == PLACE, "the first key seals"
    with pytest.raises(ClientError) as refused:
        unseal(before, PURPOSE)
    assert refused.value.extensions == {"code": "CURSOR_INVALID"}


def test_no_key_opens_what_was_sealed_for_another_list() -> None:
    use_settings(keys(NEW, OLD))
    with pytest.raises(ClientError):
        unseal(seal(PLACE, PURPOSE), "another list")


async def test_tokens_outlive_a_rotation_and_end_with_their_key() -> None:
    before = mint("jonas", settings=Settings(_env_file=None, secret_key=SecretStr(OLD)))
    both = TokenVerifier(keys(NEW, OLD))
    during = mint("jonas", settings=keys(NEW, OLD))
    for token in (before, during, before):  # the last time as known
        assert (await both.verify(token)).subject == "jonas"
    after = TokenVerifier(keys(NEW))
    assert (await after.verify(during)).subject == "jonas", "the first key signs"
    with pytest.raises(TokenError) as refused:
        await after.verify(before)
    assert refused.value.code is TokenErrorCode.BAD_SIGNATURE
