from collections.abc import Iterator

import pytest

from tests.app.identity.provider import Provider, provider


@pytest.fixture
def identity_provider() -> Iterator[Provider]:
    with provider() as served:
        yield served


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
