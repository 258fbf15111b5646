from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations
from guidance.facts import ReadingKind
from guidance.wording import Wording


def kind(name, enum_type):
    return fields.CharEnumField(description=name, enum_type=enum_type, max_length=40, null=True)


class Migration(migrations.Migration):
    dependencies = [('models', '0011_account_details')]

    initial = False

    operations = [
        ops.AddField(model_name='Recommendation', name='readings', field=fields.JSONField(default=list, db_default=[])),
        ops.AddField(model_name='NextBestAction', name='check_before_sending', field=fields.BooleanField(default=False, db_default=False)),
        ops.AddField(model_name='NextBestAction', name='reading', field=kind('ReadingKind', ReadingKind)),
        ops.AddField(model_name='NextBestAction', name='composition', field=fields.JSONField(null=True)),
        ops.AlterField(model_name='PlaybookPrompt', name='prompt_version', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='PlaybookPrompt', name='wording', field=kind('Wording', Wording)),
    ]
