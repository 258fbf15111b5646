"""The demo's people being told something by mail, at a time of the test's own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.consumers.attempt import Pace
from app.consumers.follow import follow, register
from app.demo.people import demo_id
from app.notifications.consumer import NOTIFICATIONS
from app.notifications.deliver import deliver_to
from app.notifications.notify import Notice, notify
from app.settings import Settings, settings, use_settings
from app.vocabulary import NotificationKind
from tests.app.notifications.servers import Mailbox
from tests.schema.world import SELLER, Demo

AT = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
"""A Wednesday."""


@dataclass
class Post:
    demo: Demo
    mailbox: Mailbox
    port: int

    async def begin(self, **chosen: Any) -> None:
        given = {"smtp_url": f"smtp://127.0.0.1:{self.port}", "mail_from": "Stagepath <noreply@vendor.example>"}
        use_settings(Settings(**{**settings().model_dump(exclude_unset=True), **given, **chosen}))
        await register(self.demo.database, NOTIFICATIONS)
        await self.demo.value(
            "UPDATE user_account SET language = 'en', time_zone = NULL WHERE id = $1 RETURNING id", self.user(SELLER)
        )

    async def happened(self) -> None:
        """All that did is told."""
        while await follow(self.demo.database, NOTIFICATIONS, Pace()):
            pass

    async def tell(
        self,
        title: str,
        who: str = SELLER,
        *,
        body: str = "",
        at: datetime = AT,
        kind: NotificationKind = NotificationKind.AUTOMATION,
        deal: UUID | None = None,
    ) -> None:
        async with self.demo.database.transaction() as tx:
            notice = Notice(kind, f"test/{title}", [self.user(who)], opportunity_id=deal, title=title, body=body)
            await notify(tx, notice, at)

    async def deliver(self, who: str = SELLER, at: datetime = AT) -> list[str]:
        """The subjects of what came."""
        before = len(self.mailbox.mails)
        await deliver_to(self.demo.database, self.user(who), at)
        return [str(mail["Subject"]) for mail in self.mailbox.mails[before:]]

    def user(self, who: str) -> UUID:
        return demo_id(f"user/{who}")

    async def choose(self, who: str = SELLER, **given: Any) -> dict[str, Any]:
        document = """mutation($input: SetNotificationPreferencesInput!) { setNotificationPreferences(input: $input) {
          notificationPreferences { chat { service host } quietHours { start end weekends } timeZone dailyAt }
          userErrors { code path message } } }"""
        answer = (await self.demo.run(document, who, input=given))["setNotificationPreferences"]
        assert isinstance(answer, dict)
        return answer
