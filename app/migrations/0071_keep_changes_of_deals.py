"""Changes of deals' fields are kept, and which deals the pipeline's ledger has to post anew."""

from tortoise.migrations import operations as ops

from app.database import migrations

TRIGGERS = (
    "CREATE TRIGGER opportunity_fields_kept AFTER UPDATE OF amount, currency, expected_close_date, name, next_step,"
    " owner_id, partner_id, forecast_category ON opportunity FOR EACH ROW WHEN ((OLD.amount, OLD.currency,"
    " OLD.expected_close_date, OLD.name, OLD.next_step, OLD.owner_id, OLD.partner_id, OLD.forecast_category)"
    " IS DISTINCT FROM (NEW.amount, NEW.currency, NEW.expected_close_date, NEW.name, NEW.next_step, NEW.owner_id,"
    " NEW.partner_id, NEW.forecast_category)) EXECUTE FUNCTION keep_field_changes()",
    "CREATE TRIGGER opportunity_new_stale AFTER INSERT ON opportunity REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION note_new_deals()",
    "CREATE TRIGGER opportunity_created_stale AFTER UPDATE OF created_at ON opportunity FOR EACH ROW"
    " WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at) EXECUTE FUNCTION note_deal_itself()",
    "CREATE TRIGGER opportunity_gone_stale AFTER DELETE ON opportunity FOR EACH ROW"
    " EXECUTE FUNCTION note_deal_itself()",
)


class Migration(migrations.Migration):
    dependencies = [('models', '0070_open_deals_by_entry')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, *(ops.RunSQL(one, ops.RunSQL.noop) for one in TRIGGERS)]
