"""Fixtures of the notifications' tests."""

from collections.abc import AsyncIterator

import pytest

from tests.app.notifications.servers import Mailbox, mail_server
from tests.app.notifications.telling import Post
from tests.schema.world import Demo


@pytest.fixture
async def post(demo: Demo) -> AsyncIterator[Post]:
    """The demo's people, and a mail server that takes their mail."""
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        made = Post(demo, mailbox, port)
        await made.begin()
        yield made
