"""Nine deals of several languages, on which sentences that a model might say are tried."""

from dataclasses import replace
from datetime import timedelta

from guidance.facts import Account, Activity, Criterion, Facts, Reader, Stage
from tests.guidance.builders import NOW, PROPOSAL, facts


def _deal(language: str, name: str, stage: Stage, criteria: tuple[Criterion, ...], activity: Activity) -> Facts:
    since = NOW - timedelta(days=18)
    there = facts(
        deal={
            "name": name,
            "account": Account("Northwind"),
            "entered_stage_at": since,
            "notes": None,
            "next_step": None,
        },
        criteria=criteria,
        activities=(activity,),
        contents=(),
        questions=(),
        playbook_language=language,
        language=language,
        last_contact_at=since,
    )
    return replace(there, stage=stage, next_stage=replace(PROPOSAL, position=stage.position + 1))


def _asked(key: str, description: str, wording: str) -> Criterion:
    return Criterion(f"criterion/{key}", key, description, met=False, reader=Reader.CUSTOMER, customer_wording=wording)


def _done_together(key: str, name: str, wording: str) -> Activity:
    return Activity(
        f"activity/{key}", key, name, done=False, required=True, reader=Reader.CUSTOMER, customer_wording=wording
    )


DEALS = {
    "validation": facts(),
    "cloud": _deal(
        "en", "Cloud move", Stage("stage/q", "qualification", "Qualification", 2, win_probability=0.3, target_days=20),
        (_asked("budget", "The budget is confirmed, and it is known who decides.",
                "Could you confirm the budget for the project, and tell me who decides?"),
         _asked("officer", "The data protection officer has no concerns.",
                "Would your data protection officer have a look at it?")),
        _done_together("workshop", "Hold the workshop", "I would like to plan the workshop with you."),
    ),
    "maschine": _deal(
        "de", "Presse", Stage("stage/l", "lastenheft", "Lastenheft", 2, win_probability=0.4, target_days=30),
        (_asked("lastenheft", "Das Lastenheft ist freigegeben.", "Könnten Sie das Lastenheft freigeben?"),
         _asked("werksleitung", "Die Werksleitung hat dem Termin zugestimmt.",
                "Würde die Werksleitung am Termin teilnehmen und ihm zustimmen?")),
        _done_together("durchsprache", "Lastenheft durchsprechen",
                       "Ich möchte das Lastenheft für die Freigabe mit Ihnen durchsprechen."),
    ),
    "infogerance": _deal(
        "fr", "Infogérance", Stage("stage/p", "perimetre", "Périmètre", 2, win_probability=0.4, target_days=30),
        (_asked("perimetre", "Le périmètre est validé.", "Pourriez-vous valider le périmètre ?"),
         _asked("direction", "La direction informatique a donné son accord.",
                "La direction informatique pourrait-elle nous donner son accord ?")),
        _done_together("reunion", "Réunion de cadrage", "J'aimerais convenir d'une réunion avec vous."),
    ),
    "telecom": _deal(
        "es", "Red", Stage("stage/c", "cobertura", "Cobertura", 2, win_probability=0.4, target_days=30),
        (_asked("estudio", "El estudio de cobertura está aprobado.", "¿Podría aprobar el estudio de cobertura?"),
         _asked("direccion", "La dirección técnica ha dado su visto bueno.",
                "¿Podría dar su visto bueno la dirección técnica?")),
        _done_together("presentacion", "Presentar el estudio", "Me gustaría presentar el estudio con usted."),
    ),
    "backup": _deal(
        "en", "Backup", Stage("stage/d", "discovery", "Discovery", 1, win_probability=0.2, target_days=25),
        (_asked("objectives", "The recovery objectives are agreed.",
                "Could we agree how quickly your systems must be back?"),
         _asked("operations", "The head of IT operations has named the success measures.",
                "Could your head of IT operations tell us how success will be measured?")),
        _done_together("restore", "Run the restore test", "I would like to plan the restore test with you."),
    ),
    "steuerung": _deal(
        "de", "Steuerung", Stage("stage/m", "machbarkeit", "Machbarkeit", 1, win_probability=0.3, target_days=30),
        (_asked("muster", "Die Muster sind geprüft.", "Könnten Sie uns das Ergebnis der Musterprüfung mitteilen?"),
         _asked("einkauf", "Der Einkauf hat die Lieferbedingungen geprüft.",
                "Würde Ihr Einkauf die Lieferbedingungen prüfen?")),
        _done_together("werk", "Werksbesichtigung", "Ich möchte eine Werksbesichtigung mit Ihnen vereinbaren."),
    ),
    "migration": _deal(
        "fr", "Migration", Stage("stage/e", "etude", "Étude", 1, win_probability=0.3, target_days=30),
        (_asked("criteres", "Les critères de réussite sont définis.",
                "Pourriez-vous nous indiquer vos critères de réussite ?"),
         _asked("securite", "Le responsable de la sécurité a relu le dossier.",
                "Votre responsable de la sécurité pourrait-il relire le dossier ?")),
        _done_together("atelier", "Atelier technique", "J'aimerais organiser un atelier technique avec vous."),
    ),
    "almacen": _deal(
        "es", "Almacén", Stage("stage/a", "piloto", "Piloto", 2, win_probability=0.4, target_days=30),
        (_asked("alcance", "El responsable de logística ha definido el alcance del piloto.",
                "¿Podría indicarnos el alcance del piloto?"),
         _asked("compras", "Compras ha revisado las condiciones.", "¿Podría compras revisar las condiciones?")),
        _done_together("visita", "Visita al almacén", "Me gustaría acordar una visita al almacén con usted."),
    ),
}  # fmt: skip
