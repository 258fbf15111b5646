"""The pace of each kind of notification in each channel for people in a role, where neither they nor the vendor have
chosen another: the inbox has all that concerns them, mail comes at once where somebody waits for them."""

from collections.abc import Mapping

from app.vocabulary import NotificationChannel, NotificationKind, NotificationPace, Role

AT_ONCE, HOURLY, DAILY, OFF = (
    NotificationPace.AT_ONCE,
    NotificationPace.HOURLY,
    NotificationPace.DAILY,
    NotificationPace.OFF,
)
PACES: Mapping[NotificationChannel, frozenset[NotificationPace]] = {
    NotificationChannel.INBOX: frozenset({OFF, AT_ONCE}),
    NotificationChannel.EMAIL: frozenset(NotificationPace),
    NotificationChannel.CHAT: frozenset({OFF, AT_ONCE}),
}
"""The paces that each channel knows."""

_SELLER, _MANAGER, _CHANNEL, _ADMIN = (
    Role.PARTNER_SELLER,
    Role.PARTNER_MANAGER,
    Role.CHANNEL_MANAGER,
    Role.VENDOR_ADMIN,
)
_ROLES = (_SELLER, _MANAGER, _CHANNEL, _ADMIN)

# By e-mail: for a partner's seller and manager, a channel manager, an administrator.
_MAIL: Mapping[NotificationKind, tuple[NotificationPace, ...]] = {
    NotificationKind.DEAL_ASSIGNED: (AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE),
    NotificationKind.DEAL_STAGE_CHANGED: (DAILY, OFF, OFF, OFF),
    NotificationKind.DEAL_CLOSED: (DAILY, DAILY, DAILY, OFF),
    NotificationKind.DEAL_STALLED: (DAILY, DAILY, DAILY, OFF),
    NotificationKind.ADVICE_URGENT: (HOURLY, DAILY, OFF, OFF),
    NotificationKind.COMMENT_ADDED: (AT_ONCE, AT_ONCE, AT_ONCE, DAILY),
    NotificationKind.TASK_ASSIGNED: (AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE),
    NotificationKind.TASK_DUE: (DAILY, DAILY, DAILY, DAILY),
    NotificationKind.TASK_OVERDUE: (DAILY, DAILY, DAILY, DAILY),
    NotificationKind.INVITATION_RECEIVED: (OFF, AT_ONCE, OFF, OFF),
    NotificationKind.INVITATION_ANSWERED: (DAILY, AT_ONCE, AT_ONCE, DAILY),
    NotificationKind.REGISTRATION_TO_REVIEW: (OFF, OFF, AT_ONCE, DAILY),
    NotificationKind.REGISTRATION_UPDATED: (AT_ONCE, DAILY, DAILY, OFF),
    NotificationKind.REGISTRATION_DECIDED: (AT_ONCE, DAILY, OFF, OFF),
    NotificationKind.PROTECTION_EXPIRING: (AT_ONCE, DAILY, OFF, OFF),
    NotificationKind.PROTECTION_ENDED: (AT_ONCE, DAILY, DAILY, OFF),
    NotificationKind.WEBHOOK_DISABLED: (OFF, AT_ONCE, OFF, AT_ONCE),
    NotificationKind.AUTOMATION: (AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE),
}
_QUIET_IN_CHAT = frozenset({NotificationKind.DEAL_STAGE_CHANGED})


def default_pace(role: Role, kind: NotificationKind, channel: NotificationChannel) -> NotificationPace:
    """In chat, which only those have who have named one, all comes at once that mail doesn't leave out."""
    if channel is NotificationChannel.INBOX:
        return AT_ONCE
    by_mail = _MAIL[kind][_ROLES.index(role)]
    if channel is NotificationChannel.EMAIL:
        return by_mail
    return OFF if by_mail is OFF or kind in _QUIET_IN_CHAT else AT_ONCE
