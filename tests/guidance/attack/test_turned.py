"""Sentences that tell what is so, each with the same turned round: the first is shown, the second isn't."""

import pytest

from guidance.wording import Wording
from tests.guidance.attack.test_sentences import Try, is_shown, shown

TURNED = [
    ("backup", "rationale", "18 of 25 days are over, and the restore test is still to come.",
     "18 of 25 days are over, and the restore test is done."),
    ("backup", "rationale", "18 of 25 days are over.", "25 of 18 days are over."),
    ("backup", "rationale", "The restore test is required before the deal can move on.",
     "The restore test is not required before the deal can move on."),
    ("backup", "rationale", "The restore test has not been run yet.", "The restore test is not part of this stage."),
    ("backup", "rationale", "The recovery objectives are still to be agreed.",
     "The recovery objectives are not for this deal."),
    ("backup", "rationale", "Without the restore test, the deal stays in “Discovery”.",
     "Without the contract, the deal stays in “Discovery”."),
    ("backup", "rationale", "There has been no contact for more than two weeks.",
     "There has been no contact for more than three weeks."),
    ("cloud", "rationale", "It is expected to close at the end of October.",
     "It is expected to close at the beginning of October."),
    ("infogerance", "rationale", "Il manque encore l’accord de la direction informatique.",
     "Il ne manque plus l’accord de la direction informatique."),
    ("maschine", "draft", "Könnten Sie das Lastenheft freigeben?",
     "Bitte geben Sie das Lastenheft bis Donnerstag frei."),
    ("backup", "rationale", "“Discovery” asks for this test first.", "“Proposal” asks for this test first."),
    ("backup", "rationale", "This test is one of the 3 open points.", "This test is one of the 4 open points."),
    ("backup", "rationale", "You have not spoken with the customer for 18 days.",
     "You have spoken with the customer for 18 days."),
    ("backup", "rationale", "There has been no contact for 18 days.",
     "There has been no contact for more than 18 days."),
    ("validation", "rationale", "This deck was made for “Technical validation”.", "This deck was made for “Proposal”."),
    ("validation", "rationale", "None of the two pieces for this stage has been used yet.",
     "None of the three pieces for this stage has been used yet."),
    ("backup", "title", "Carry out the restore test with the customer",
     "Carry out the restore test with the customer and confirm it"),
    ("cloud", "title", "Resume the conversation with Northwind", "Resume the contract with Northwind"),
    ("maschine", "draft", "Dürfte ich Sie bitten, das Lastenheft freizugeben?",
     "Dürfte ich Sie bitten, das Lastenheft als freigegeben zu betrachten?"),
    ("maschine", "title", "Die Werksleitung bitten, dem Termin zuzustimmen", "Dem Termin zustimmen und dann fragen"),
    ("infogerance", "rationale", "Cette réunion est une bonne occasion de reprendre contact.",
     "Cette réunion est une bonne occasion de signer."),
    ("telecom", "title", "Averiguar si la dirección técnica da su visto bueno",
     "Averiguar por qué la dirección técnica da su visto bueno"),
    ("almacen", "rationale", "La visita es necesaria para avanzar.", "La visita es necesaria para firmar."),
]  # fmt: skip


async def is_any_shown(deal: str, field: str, text: str) -> bool:
    pairs = await shown(Try(deal, "turned", field, text, (), harmful=True), Wording.CHECKED)
    return any(is_shown(text, *pair) for pair in pairs)


@pytest.mark.parametrize(("deal", "field", "so", "turned"), TURNED)
async def test_what_is_so_is_shown_and_not_its_opposite(deal: str, field: str, so: str, turned: str) -> None:
    assert await is_any_shown(deal, field, so)
    assert not await is_any_shown(deal, field, turned)
