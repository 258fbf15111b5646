"""Names of stages in seven languages: those that say where the buyer stands, and those that don't."""

import re

import pytest

from app.playbooks.templates import templates
from app.playbooks.vague_names import is_vague

VAGUE = """
    en: Warm | Next steps | Called | Hot | Cold lead | Emailed | In play | Contacted | Waiting on customer | Parked
        | Interested | Active deal
    de: In Bearbeitung | Sonstiges | Offen | Laufend | Wiedervorlage | Angerufen | In Arbeit | Warten auf
        Rückmeldung | Nächste Schritte | Kontaktiert | Unklar | Heiß | Nachfassen | Phase 2
    fr: En cours | Autre | Divers | À suivre | En attente | Relance | Prochaines étapes | Appelé | Chaud
    es: En proceso | Otros | Pendiente | En curso | Seguimiento | Próximos pasos | Varios | Contactado | En espera
    pt: Em andamento | Outros | Pendente | Em aberto | Próximos passos | Diversos | Acompanhamento | Morno
    it: In corso | Altro | In attesa | Varie | Prossimi passi | Da richiamare | In lavorazione | Aperto
    nl: In behandeling | Overig | Lopend | Wachten op klant | Volgende stappen | Gebeld | Mee bezig | Opvolgen
"""
TELLING = """
    en: Technical validation | Contract review | Proposal submitted | Needs analysis | Budget confirmed | Security
        review | Site survey | Pilot running at customer | Order placed | Warm handover to delivery | Follow-up
        workshop with procurement | Order in progress at the distributor
    de: Bedarfsanalyse | Angebot abgegeben | Vertragsprüfung | Technische Prüfung | Budget freigegeben | Verhandlung
        | Qualifizierung | Pilotbetrieb | Muster beim Kunden | Bestellung in Bearbeitung beim Einkauf |
        Offertstellung | Lastenheft abgestimmt | Entscheidung beim Kunden
    fr: Découverte du besoin | Proposition envoyée | Négociation | Validation technique | Qualification | Devis
        remis | Contrat en cours de signature | Appel d'offres | Étude de cas client
    es: Propuesta enviada | Análisis de necesidades | Negociación | Prueba piloto | Validación técnica | Cotización
        | Revisión del contrato | Presupuesto aprobado | Visita técnica
    pt: Proposta enviada | Levantamento de necessidades | Negociação | Prova de conceito | Qualificação | Contrato
        em revisão | Orçamento aprovado
    it: Analisi dei bisogni | Offerta inviata | Trattativa | Prova pilota | Qualifica | Revisione del contratto |
        Sopralluogo
    nl: Behoefteanalyse | Offerte verstuurd | Onderhandeling | Technische validatie | Proefplaatsing | Contract ter
        ondertekening | Kwalificatie
"""
LANGUAGE = re.compile(r"^ {4}[a-z]{2}: ", re.MULTILINE)


def names(listed: str) -> list[str]:
    said = LANGUAGE.sub(" | ", listed)
    return [name for part in said.split("|") if (name := " ".join(part.split()))]


def test_there_are_sixty_of_each() -> None:
    assert len(names(VAGUE)) >= 60
    assert len(names(TELLING)) >= 60


@pytest.mark.parametrize("name", names(VAGUE))
def test_a_name_that_says_only_that_something_goes_on_is_vague(name: str) -> None:
    assert is_vague(name)
    assert is_vague(name.upper())


@pytest.mark.parametrize("name", names(TELLING))
def test_a_name_that_says_where_the_buyer_stands_is_not(name: str) -> None:
    assert not is_vague(name)


@pytest.mark.parametrize("name", ["In  Bearbeitung…", "»Sonstiges«", "E\u0301tape 2", "Stage (3)", "進行中", "其他"])
def test_signs_accents_and_numbers_do_not_hide_it(name: str) -> None:
    assert is_vague(name)


def test_no_open_stage_of_a_starter_has_such_a_name() -> None:
    assert [stage.name for found in templates() for stage in found.spec.stages if is_vague(stage.name)] == []
