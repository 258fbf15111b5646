"""The starters in German, French and Spanish."""

from pathlib import Path

import pytest

from app.playbooks.spec import ActivitySpec, CriterionSpec
from app.playbooks.templates import SHIPPED, PlaybookTemplate, TemplateError, load, templates
from guidance.customer_wording import customer_wording_faults

LANGUAGES = ["de", "es", "fr"]
STARTERS = [pytest.param(one, id=one.key) for one in templates()]


@pytest.mark.parametrize("template", STARTERS)
def test_stages_criteria_and_activities_come_in_three_languages(template: PlaybookTemplate) -> None:
    for stage in template.spec.stages:
        assert [one.language for one in stage.translations if one.name] == LANGUAGES, stage.key
        for criterion in (*stage.entry_criteria, *stage.exit_criteria):
            assert [one.language for one in criterion.translations if one.description] == LANGUAGES, criterion.key
        for activity in stage.activities:
            assert [one.language for one in activity.translations if one.name] == LANGUAGES, activity.key


@pytest.mark.parametrize("template", STARTERS)
def test_what_is_said_to_a_customer_is_said_in_each_of_them_and_fit_for_one(template: PlaybookTemplate) -> None:
    names = {
        language: [one.name for stage in template.spec.stages for one in stage.translations if one.language == language]
        for language in LANGUAGES
    }
    for stage in template.spec.stages:
        asked: list[CriterionSpec | ActivitySpec] = [*stage.entry_criteria, *stage.exit_criteria, *stage.activities]
        for part in asked:
            for one in part.translations:
                assert bool(one.customer_wording) is bool(part.customer_wording), (part.key, one.language)
                called = [name for name in names[one.language] if name]
                faults = customer_wording_faults(
                    one.customer_wording or "", one.language, called, (part.key, stage.key)
                )
                assert faults == [], (part.key, one.language)


def test_a_translation_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "saas.yaml").write_text((SHIPPED / "saas.yaml").read_text())
    there = tmp_path / "translations" / "de"
    there.mkdir(parents=True)
    for text, complaint in (
        ("stages: {nowhere: {name: X}}", "“nowhere” is no stage"),
        ("stages: {trial: {criteria: {none: {description: X}}}}", "“none” is neither"),
    ):
        (there / "saas.yaml").write_text(text)
        with pytest.raises(TemplateError, match=complaint):
            load(tmp_path)
