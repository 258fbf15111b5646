"""`make migration` writes what the models ask for, and removes nothing."""

import re

import pytest
from tortoise import fields
from tortoise.migrations import operations as ops

from app.database.versions import known_tables
from app.upkeep.new_migration import changes, following, main, sorted_out

NEW = ops.AddField(model_name="Opportunity", name="colour", field=fields.TextField(null=True))
OLD = ops.RemoveField(model_name="Opportunity", name="notes")
DESCRIBED = ops.AlterModelOptions(name="Opportunity", options={"table_description": "Another text"})


async def test_the_models_ask_for_nothing_that_no_migration_brings() -> None:
    assert (await changes()).adds == []


def test_what_would_remove_something_is_named_and_left_out() -> None:
    adds, left_out = sorted_out([OLD, NEW, DESCRIBED])
    assert adds == [NEW]
    assert left_out == ["Remove field notes from Opportunity"]


def test_it_follows_the_last_one() -> None:
    last = known_tables()[-1]
    writer = following("a_colour", [NEW])
    assert writer.name == f"{int(last[:4]) + 1:04}_a_colour"
    text = writer.as_string()
    assert "from app.database import migrations\n" in text
    assert "class Migration(migrations.Migration):" in text
    assert f"dependencies = [('models', '{last}')]" in text
    assert re.search(r"ops\.AddField\(\s*model_name='Opportunity',\s*name='colour'", text)


@pytest.mark.parametrize("arguments", [[], [""], ["two words"], ["../up"], ["One"], ["a", "b"]])
def test_a_name_that_is_none_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="make migration NAME=what_it_does"):
        main(arguments)
