"""Webhook endpoints and their deliveries: seen by the managers of their own organisation, be it a partner or the
vendor. A URL may itself be a secret, and what is sent there was seen by one of that organisation."""

from app import models
from app.database.sql import FALSE, Sql, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from app.nouns import policies
from app.nouns.noun import Noun, Rows, RowSecurity
from app.vocabulary import Permission


def _is_own(e: Sql) -> Sql:
    return sql("({}.organization_id = {} AND {}.removed_at IS NULL)", e, ORGANIZATION, e)


def _is_of_own(d: Sql) -> Sql:
    own = "EXISTS (SELECT FROM webhook_endpoint vw WHERE vw.id = {}.endpoint_id AND {})"
    return sql(own, d, _is_own(sql("vw")))


def _sees_endpoint(scope: VisibilityScope, e: Sql) -> Sql:
    return FALSE if scope is VisibilityScope.OWN_AND_SHARED else _is_own(e)


def _sees_delivery(scope: VisibilityScope, d: Sql) -> Sql:
    return FALSE if scope is VisibilityScope.OWN_AND_SHARED else _is_of_own(d)


WEBHOOK_ENDPOINT = Noun(
    model=models.WebhookEndpoint,
    prefix="whe",
    rows=Rows(),
    seen_by=_sees_endpoint,
    seen_by_vendor=_is_own,
    row_security=RowSecurity(f"organization_id = {policies.ORGANIZATION} AND {policies.SEES_ALL}"),
    permissions=dict.fromkeys(
        (
            "upsertWebhookEndpoint",
            "rotateWebhookSecret",
            "removeWebhookEndpoint",
            "sendTestWebhook",
            "replayWebhook",
        ),
        Permission.MANAGE_WEBHOOKS,
    ),
)
WEBHOOK_DELIVERY = Noun(
    model=models.WebhookDelivery,
    prefix="whd",
    rows=Rows(),
    seen_by=_sees_delivery,
    seen_by_vendor=_is_of_own,
    row_security=RowSecurity("EXISTS (SELECT FROM webhook_endpoint vw WHERE vw.id = {table}.endpoint_id)"),
    seen_with_it=frozenset({"endpoint_id"}),
    permissions={"redeliverWebhook": Permission.MANAGE_WEBHOOKS},
)

NOUNS = (WEBHOOK_ENDPOINT, WEBHOOK_DELIVERY)
