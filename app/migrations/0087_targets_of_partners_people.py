"""One target of a person for each partner whose people they were among: that of a former partner stays."""

from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations

_PLACE = ("owner_id", "kind", "first_day")
CONSTRAINTS = (
    UniqueConstraint(
        fields=("partner_id", *_PLACE),
        name="sales_target_of_person",
        condition="owner_id IS NOT NULL AND partner_id IS NOT NULL",
    ),
    UniqueConstraint(
        fields=_PLACE,
        name="sales_target_of_vendors_person",
        condition="owner_id IS NOT NULL AND partner_id IS NULL",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("models", "0086_runs_of_registrations")]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.RemoveConstraint("SalesTarget", "sales_target_of_owner"),
        *(ops.AddConstraint("SalesTarget", one) for one in CONSTRAINTS),
    ]
