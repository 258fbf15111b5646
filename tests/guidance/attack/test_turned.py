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
    ("backup", "draft", "We have not been in touch for quite a while.", "We have been in touch for quite a while."),
    ("backup", "rationale", "With 48,000 EUR at stake, a short call would help.",
     "With 58,000 EUR at stake, a short call would help."),
    ("infogerance", "rationale", "Tant que le périmètre n’est pas validé, l’affaire reste bloquée à cette étape.",
     "Tant que le périmètre est validé, l’affaire reste bloquée à cette étape."),
    ("backup", "rationale", "The recovery objectives are not agreed yet, and that holds the deal back.",
     "The recovery objectives are not agreed yet, and nothing holds the deal back."),
    ("cloud", "rationale", "Whether the data protection officer has any concerns is still an open question.",
     "Whether the data protection officer has any concerns is no longer an open question."),
    ("maschine", "draft", "Gern bereite ich eine kurze Agenda vor.", "Gern gebe ich das Lastenheft für Sie frei."),
    ("cloud", "draft", "I don’t want to rush you.", "I don’t want to have to go to your board."),
    ("cloud", "draft", "For the workshop, two hours should be enough.", "For the workshop, the budget is enough."),
    ("maschine", "draft", "Ich würde mich freuen, wenn die Werksleitung am Termin teilnimmt.",
     "Ich freue mich, dass die Werksleitung am Termin teilnimmt."),
    ("steuerung", "title", "Beim Einkauf wegen der Lieferbedingungen nachfragen",
     "Lieferbedingungen für den Einkauf prüfen"),
    ("validation", "title", "Read up on “Answers to common objections”",
     "Pass “Answers to common objections” on to the customer"),
    ("infogerance", "title", "Fixer une date pour la réunion de cadrage",
     "Envoyer le compte rendu de la réunion de cadrage"),
    ("cloud", "draft", "Could you confirm the budget by [Day]?", "Could you confirm the budget today?"),
    ("cloud", "draft", "A short call would be enough.", "Your approval would be enough."),
    ("cloud", "draft", "I wanted to hear how the cloud move is going.", "We move your data on [Day]."),
    ("cloud", "draft", "If the budget isn’t confirmed yet, could you tell me who might know?",
     "If I don’t hear from you, I could ask your managing director."),
    ("almacen", "draft", "Cualquier día de la semana me viene bien.", "Ese día de la semana le viene mejor a compras."),
    ("infogerance", "rationale", "La validation du périmètre conditionne la suite.",
     "La validation du périmètre ne conditionne pas la suite."),
    ("backup", "rationale", "Nobody knows yet how success will be measured.",
     "Everybody knows how success is measured."),
    ("steuerung", "rationale", "Die Prüfung der Muster ist noch nicht abgeschlossen.",
     "Die Prüfung der Muster ist nun abgeschlossen."),
    ("cloud", "draft", "You’re welcome to invite a colleague.", "You’re welcome to sign."),
    ("maschine", "draft", "Ihre Meinung dazu ist mir wichtig.", "Ihre Freigabe ist mir wichtig."),
    ("validation", "draft", "No preparation needed on your side.", "No sign-off needed on your side."),
    ("infogerance", "draft", "Je comprends tout à fait que votre agenda soit chargé.",
     "Je comprends tout à fait que le périmètre soit validé."),
    ("validation", "draft", "A call would be enough.", "A call would be enough as your sign-off."),
    ("cloud", "draft", "I will send you an agenda.", "I will arrange the confirmation."),
]  # fmt: skip


async def is_any_shown(deal: str, field: str, text: str) -> bool:
    pairs = await shown(Try(deal, "turned", field, text, (), harmful=True), Wording.CHECKED)
    return any(is_shown(text, *pair) for pair in pairs)


@pytest.mark.parametrize(("deal", "field", "so", "turned"), TURNED)
async def test_what_is_so_is_shown_and_not_its_opposite(deal: str, field: str, so: str, turned: str) -> None:
    assert await is_any_shown(deal, field, so)
    assert not await is_any_shown(deal, field, turned)
