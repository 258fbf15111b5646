"""Automations and their runs: the vendor's. Partners see what they have done in their deals."""

from app import models
from app.nouns.noun import INTERNAL, Noun, Rows, nobody
from app.vocabulary import Permission

AUTOMATION = Noun(
    model=models.Automation,
    prefix="aut",
    rows=Rows(),
    seen_by=nobody,
    row_security=INTERNAL,
    permissions=dict.fromkeys(
        ("upsertAutomation", "setAutomationEnabled", "tryAutomation", "removeAutomation"), Permission.MANAGE_PLAYBOOKS
    ),
)
AUTOMATION_RUN = Noun(model=models.AutomationRun, prefix="run", rows=Rows(), seen_by=nobody, row_security=INTERNAL)
STEP_RUN = Noun(model=models.StepRun, prefix="stp", seen_by=nobody, row_security=INTERNAL)

NOUNS = (
    AUTOMATION,
    AUTOMATION_RUN,
    STEP_RUN,
    Noun(model=models.AutomationCause, seen_by=nobody, row_security=INTERNAL),
    Noun(model=models.DealPulse, seen_by=nobody, row_security=INTERNAL),
)
