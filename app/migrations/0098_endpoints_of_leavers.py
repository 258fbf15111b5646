"""Endpoints of whoever is sent away or goes to another organisation are disabled, and the address of their chat is
forgotten."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

LEFT = "Its owner can''t sign in any more, or went to another organisation: have another user save it."
LEAVE = f"""
CREATE OR REPLACE FUNCTION leave_teams() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $leave$
BEGIN
  DELETE FROM team_member WHERE user_id = NEW.id;
  UPDATE notification_setting SET chat_service = NULL, chat_secret_url = NULL
  WHERE user_id = NEW.id AND chat_secret_url IS NOT NULL;
  UPDATE webhook_endpoint SET enabled = FALSE, owner_left = TRUE, disabled_reason = '{LEFT}',
    replay_ended_at = CASE WHEN replay_status = 'RUNNING' THEN clock_timestamp() ELSE replay_ended_at END,
    replay_status = CASE WHEN replay_status = 'RUNNING' THEN 'CANCELLED' ELSE replay_status END
  WHERE owner_id = NEW.id AND enabled AND removed_at IS NULL
    AND (NOT NEW.active OR organization_id <> NEW.organization_id);
  RETURN NULL;
END $leave$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0097_advice_by_task')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='WebhookEndpoint', name='owner_left', field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.RunSQL(LEAVE, ops.RunSQL.noop),
    ]
