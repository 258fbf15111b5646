"""Notifications: each is one person's, be it the vendor's or a partner's, for as long as that person is of the
organisation in which they were told, and sees what it is about. Inboxes, preferences and what waits to be sent are read
for their person by `app.notifications` alone."""

from tortoise.models import Model

from app import models
from app.database.sql import Sql, all_of, any_of, sql
from app.identity.scopes import ORGANIZATION, USER, VisibilityScope
from app.nouns import policies
from app.nouns.comment import COMMENT, sees_comment
from app.nouns.cosell import sees_partner
from app.nouns.noun import Noun, OwnColumns, Rights, RowSecurity
from app.nouns.opportunity import sees_of_opportunity
from app.nouns.registration import sees_of_registration
from app.nouns.task import sees_task
from app.vocabulary import Permission


def _sees_comment_of(n: Sql, condition: Sql) -> Sql:
    """A comment that was taken back is nobody's news any more."""
    return sql(
        "({}.comment_id IS NULL OR EXISTS (SELECT FROM comment vc WHERE vc.id = {}.comment_id"
        " AND vc.removed_at IS NULL AND {}))",
        *(n, n, condition),
    )


def _none_or(n: Sql, column: str, condition: Sql) -> Sql:
    return any_of([sql(f"{{}}.{column} IS NULL", n), condition])


def _sees_invitation(scope: VisibilityScope, n: Sql) -> Sql:
    seen = sees_partner(scope, sql("vi"))
    return sql("EXISTS (SELECT FROM deal_partner vi WHERE vi.id = {}.invitation_id AND {})", n, seen)


def _sees_task_of(scope: VisibilityScope, n: Sql) -> Sql:
    """It is news as long as it is the person's own task."""
    seen = sees_task(scope, sql("vk"))
    return sql(
        "EXISTS (SELECT FROM task vk WHERE vk.id = {}.task_id AND vk.assignee_id = {}.user_id AND {})", n, n, seen
    )


def _own_task(n: Sql) -> Sql:
    own = sql("EXISTS (SELECT FROM task vk WHERE vk.id = {}.task_id AND vk.assignee_id = {}.user_id)", n, n)
    return _none_or(n, "task_id", own)


def _is_own(n: Sql) -> Sql:
    """What somebody was told stays where they were told it: not everything has a subject that says who sees it."""
    return sql("({}.user_id = {} AND {}.organization_id = {})", n, USER, n, ORGANIZATION)


def sees_notification(scope: VisibilityScope, n: Sql) -> Sql:
    return all_of(
        [
            _is_own(n),
            _none_or(n, "opportunity_id", sees_of_opportunity(scope, n)),
            _none_or(n, "registration_id", sees_of_registration(scope, n)),
            _sees_comment_of(n, sees_comment(scope, sql("vc"))),
            _none_or(n, "invitation_id", _sees_invitation(scope, n)),
            _none_or(n, "task_id", _sees_task_of(scope, n)),
        ]
    )


def _sees_as_vendor(n: Sql) -> Sql:
    assert COMMENT.seen_by_vendor is not None
    return all_of([_is_own(n), _sees_comment_of(n, COMMENT.seen_by_vendor(sql("vc"))), _own_task(n)])


_OWN = f"user_id = (SELECT {policies.USER})"

NOTIFICATION = Noun(
    model=models.Notification,
    prefix="ntf",
    seen_by=sees_notification,
    seen_by_vendor=_sees_as_vendor,
    row_security=RowSecurity(
        f"{_OWN} AND organization_id = (SELECT {policies.ORGANIZATION})"  # noqa: S608 (constants)
        " AND (opportunity_id IS NULL OR EXISTS (SELECT FROM opportunity vo WHERE vo.id = notification.opportunity_id))"
        " AND (registration_id IS NULL"
        "  OR EXISTS (SELECT FROM deal_registration vr WHERE vr.id = notification.registration_id))"
        " AND (comment_id IS NULL OR EXISTS ("
        "  SELECT FROM comment vc WHERE vc.id = notification.comment_id AND vc.removed_at IS NULL))"
        " AND (invitation_id IS NULL OR EXISTS (SELECT FROM deal_partner vi WHERE vi.id = notification.invitation_id))"
        " AND (task_id IS NULL OR EXISTS (SELECT FROM task vk WHERE vk.id = notification.task_id"
        "  AND vk.assignee_id = notification.user_id))",
        Rights.READ,
        own_columns=OwnColumns("read_at", f"user_id = {policies.USER}"),
    ),
    seen_with_it=frozenset({"opportunity_id", "registration_id", "task_id"}),
    permissions=dict.fromkeys(("markNotificationsRead", "setNotificationPreferences"), Permission.READ),
)

INBOX = Noun(
    model=models.Inbox,
    seen_by=None,
    row_security=RowSecurity(
        f"{_OWN}", Rights.READ, own_columns=OwnColumns("unread, standing", f"user_id = {policies.USER}")
    ),
)


def _of_a_person(model: type[Model], rights: Rights = Rights.CHANGE) -> Noun:
    return Noun(model=model, seen_by=None, row_security=RowSecurity(_OWN, rights))


NOUNS = (
    NOTIFICATION,
    INBOX,
    _of_a_person(models.NotificationPreference),
    _of_a_person(models.NotificationSetting),
    Noun(
        model=models.NotificationDefault,
        seen_by=None,
        row_security=RowSecurity("role IN ('PARTNER_MANAGER', 'PARTNER_SELLER')", Rights.READ, public=True),
    ),
    Noun(model=models.NotificationDelivery, seen_by=None, row_security=None),
    Noun(model=models.NotificationMessage, seen_by=None, row_security=None),
)
