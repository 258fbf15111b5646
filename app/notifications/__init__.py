"""Notifications: what people are told of, in their inbox, by e-mail and by chat. See `docs/notifications.md`."""
