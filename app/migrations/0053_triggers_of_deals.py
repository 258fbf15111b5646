"""New deals of a reseller may be shared with its distributor; and deals follow an account that went into another."""

from tortoise.migrations import operations as ops

from app.database import migrations

# As the tables' owner: whoever creates a deal has no right to say who takes part in it.
SHARE = """
CREATE FUNCTION share_with_distributor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $share$
BEGIN
  INSERT INTO deal_partner (id, opportunity_id, partner_id, role, attribution, access, status, inviter_id, invited_at,
    responded_at)
  SELECT gen_random_uuid(), NEW.id, g.parent_id, 'DISTRIBUTION', 'INFLUENCED', 'READ', 'ACCEPTED', g.id, now(), now()
  FROM organization g WHERE g.id = NEW.partner_id AND g.shares_new_deals AND g.parent_id IS NOT NULL
  ON CONFLICT (opportunity_id, partner_id) WHERE status IN ('INVITED', 'ACCEPTED') DO NOTHING;
  RETURN NULL;
END $share$
"""
TRIGGERS = (
    'CREATE TRIGGER opportunity_shared_new AFTER INSERT ON opportunity FOR EACH ROW'
    ' WHEN (NEW.partner_id IS NOT NULL) EXECUTE FUNCTION share_with_distributor()',
    'CREATE TRIGGER opportunity_shared_given AFTER UPDATE OF partner_id ON opportunity FOR EACH ROW'
    ' WHEN (NEW.partner_id IS NOT NULL AND NEW.partner_id IS DISTINCT FROM OLD.partner_id)'
    ' EXECUTE FUNCTION share_with_distributor()',
    'CREATE TRIGGER opportunity_follows_account BEFORE INSERT OR UPDATE OF account_id ON opportunity FOR EACH ROW'
    ' EXECUTE FUNCTION follow_kept_account()',
)


class Migration(migrations.Migration):
    dependencies = [('models', '0052_registrations_found')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, *(ops.RunSQL(one, ops.RunSQL.noop) for one in (SHARE, *TRIGGERS))]
