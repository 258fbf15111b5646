"""From an empty database to a won deal of a new partner's new user, by commands and the API alone.

In two terminals, beside whatever else is running:

export STAGEPATH_STATE_DIR=/tmp/first-day STAGEPATH_PORT=8001 STAGEPATH_DEMO=false
.venv/bin/stagepath serve                             # in the one
.venv/bin/python docs/first_day.py                    # in the other
"""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

PORT = os.environ.get("STAGEPATH_PORT", "8000")
ADDRESS = sys.argv[1] if len(sys.argv) > 1 else f"http://127.0.0.1:{PORT}/graphql"
EMPTY = "set STAGEPATH_STATE_DIR to a new directory for `serve` and for this, and STAGEPATH_DEMO=false"
STAGEPATH = os.environ.get("STAGEPATH", Path(sys.executable).with_name("stagepath"))


def stagepath(*words):
    ran = subprocess.run([STAGEPATH, *words], check=False, stdout=subprocess.PIPE, text=True)
    if ran.returncode:  # it has said why
        sys.exit(f"`stagepath {words[0]} {words[1]}` has failed. The first day begins with an empty database: {EMPTY}.")
    return ran.stdout.strip()


def ask(token, document, **variables):
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        answer = json.load(urlopen(Request(ADDRESS, body, headers)))
    except OSError as failure:
        sys.exit(
            f"{ADDRESS} doesn't answer as hoped ({failure}): is `stagepath serve` running there, with this database?"
        )
    if "errors" in answer:
        sys.exit(f"{ADDRESS} refuses: {answer['errors'][0]['message']}")
    return answer["data"]


def change(token, mutation, wanted="", /, **given):
    """What the mutation's payload holds."""
    input = f"{mutation[0].upper()}{mutation[1:]}Input!"
    document = (
        f"mutation($input: {input}) {{ {mutation}(input: $input) {{ {wanted} userErrors {{ code message path }} }} }}"
    )
    return ask(token, document, input=given)[mutation]


def done(payload):
    if payload["userErrors"]:
        sys.exit(f"It isn't done: {payload['userErrors'][0]['message']}")
    return payload


# The vendor: its administrator comes by a command, everybody else is invited.
print(stagepath("admin", "create", "--name", "Ada Okafor", "--email", "ada@vendor.example", "--vendor", "Northwind"))
print(stagepath("partners", "create", "--name", "Alpine Automation", "--tier", "GOLD", "--kind", "INTEGRATOR"))
admin = stagepath("token", "--user", "ada@vendor.example")  # in production: the identity provider's

draft = done(change(admin, "createPlaybook", "playbook { id }", templateKey="manufacturing"))["playbook"]["id"]
done(change(admin, "publishPlaybook", playbookId=draft))

# The partner: a seller, whom the administrator invites.
[partner] = ask(admin, "{ partners { nodes { id name } } }")["partners"]["nodes"]
invited = {"name": "Jonas Meier", "email": "jonas@alpine.example", "role": "PARTNER_SELLER", "partnerId": partner["id"]}
user = done(change(admin, "upsertUser", "user { name organization { name } }", **invited))["user"]
print(f"Invited {user['name']} of {user['organization']['name']}")
seller = stagepath("token", "--user", "jonas@alpine.example")

# The deal: registered and won by the seller; what is for the vendor to approve and confirm, the administrator does.
deal = done(
    change(
        seller,
        "createOpportunity",
        "opportunity { id }",
        name="Packaging line 4",
        accountName="Sankt Gallen Foods",
        playbookKey="manufacturing",
        amount={"amount": "48000.00", "currency": "EUR"},
        expectedCloseDate=str(date.today() + timedelta(days=60)),
        nextStep="Visit the plant",
    )
)["opportunity"]["id"]

DEAL = """query($id: ID!) { opportunity(id: $id) {
  status stage { name } registration { status } owner { name } partner { name } winProbability
  qualification { key answer }
  here: criteria { met criterion { id check description } }
  next: criteria(scope: ENTRY_NEXT) { met criterion { id check description } }
  activities(status: PENDING) { activity { id } }
  allowedTransitions { kind allowed stage { key } blockers { message } }
} }"""


def read():
    return ask(seller, DEAL, id=deal)["opportunity"]


def register():
    draft = done(
        change(
            seller,
            "saveRegistration",
            "registration { id benefit { discountPercent } }",
            opportunityId=deal,
            account={"country": "CH", "domain": "sanktgallen-foods.example"},
            products=["Packaging line"],
            need="Line 4 stands still once a week, and spare parts take a month.",
        )
    )["registration"]
    done(change(seller, "submitRegistration", registrationId=draft["id"]))
    approval = done(change(admin, "approveRegistration", "registration { status }", registrationId=draft["id"]))
    status, discount = approval["registration"]["status"], draft["benefit"]["discountPercent"]
    print(f"The registration is {status}, which earns a discount of {discount} %.")


answers = [{"questionKey": one["key"], "answer": "Asked and confirmed"} for one in read()["qualification"]]
done(change(seller, "updateOpportunity", opportunityId=deal, qualification=answers))
while (now := read())["status"] == "OPEN":
    print(f"{now['stage']['name']}: {now['winProbability']:.0%}")
    if now["registration"] is None:
        register()
    for one in now["activities"]:
        done(change(seller, "completeActivity", opportunityId=deal, activityId=one["activity"]["id"]))
    for one in [*now["here"], *now["next"]]:
        if one["criterion"]["check"] == "MANUAL" and not one["met"]:
            mark = {"opportunityId": deal, "criterionId": one["criterion"]["id"], "met": True, "evidence": "Minutes"}
            if change(seller, "markCriterion", **mark)["userErrors"]:
                done(change(admin, "markCriterion", **mark))
    now, before = read(), now
    if now["stage"] != before["stage"]:
        continue  # it advanced by itself
    onward = next(
        (one for one in now["allowedTransitions"] if one["allowed"] and one["kind"] in ("FORWARD", "WON")), None
    )
    assert onward, now
    done(change(seller, "advanceStage", opportunityId=deal, toStageKey=onward["stage"]["key"], reason="Order received"))
print(f"{now['stage']['name']}: {now['owner']['name']} of {now['partner']['name']} has {now['status']} the deal.")
