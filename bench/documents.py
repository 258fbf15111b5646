"""The documents that are measured, as each system expresses them.

Stagepath's own stand first. Where another system's schema can't say the same by name it says it by aliases, so that
the answers have one shape; `bench.equal` takes out what may differ (global ids, opaque cursors, spellings of time).
"""

from datetime import UTC, datetime

PAGE = 50
FIGURES = ("D5", "D6", "A1", "A2", "F1", "F2", "M1", "M2", "H1", "H2", "C1", "C2")
"""What dashboards read."""
LOOKED_BACK = ("Y1", "Y2")
"""Read now and then."""
_TODAY = datetime.now(UTC)
QUARTER = f"{_TODAY.year}-Q{(_TODAY.month + 2) // 3}"
"""In which open deals of the data are expected to close."""

_SCALARS = "id name version status expectedCloseDate enteredStageAt updatedAt nextStep"
_ONES = "stage { id key name winProbability%s } partner { id name tier region } account { id name industry country }"
_TRANSITIONS = "transitions(first: 5) { nodes { id kind at reason fromStage { id key name } toStage { id key name } } }"
_CONTENTS = " contents(first: 3) { nodes { id key title kind language } }"
_DEAL = f"{_SCALARS} amount {{ amount currency }} {_ONES % ''}"
_DEEP = f"{_SCALARS} amount {{ amount currency }} {_ONES % _CONTENTS} {_TRANSITIONS}"
_PAGE_INFO = "pageInfo { hasNextPage endCursor }"
_ORDER = "orderBy: { field: UPDATED_AT, direction: DESC }"


def _list(name: str, fields: str) -> str:
    chosen = f"opportunities(first: {PAGE}, filter: {{ partnerId: $partner }}, {_ORDER})"
    return f"query {name}($partner: ID!) {{ {chosen} {{ {_PAGE_INFO} nodes {{ {fields} }} }} }}"


D1 = f"query Deal($id: ID!) {{ opportunity(id: $id) {{ {_DEAL} }} }}"
D2 = _list("Deals", _DEAL)
D3 = _list("DealsWithHistory", _DEEP)
D4 = (
    "mutation Move($input: AdvanceStageInput!) { advanceStage(input: $input) {"
    " opportunity { id version status stage { id key } enteredStageAt } transition { id kind at }"
    " blockers { code message } userErrors { code message path } } }"
)
D5 = (
    "{ pipeline(filter: {status: [OPEN, WON, LOST]}) {"
    " stages { stage { id key name } count amount { amount currency } weightedAmount { amount currency }"
    " stalledCount medianDaysInStage } total { count amount { amount currency } weightedAmount { amount currency }"
    " stalledCount } } }"
)
D6 = D5
_STAGE = "stage { id key name }"
A1 = (
    '{ analytics(filter: {entered: {from: "2025-07-01", to: "2026-06-30"}}) { deals won lost'
    " winRate { value of low high }"
    f" funnel {{ {_STAGE} entered movedOn skipped wentBack lost won stillOpen conversion {{ value of low high }} }}"
    f" velocity {{ {_STAGE} stays open median p80 p95 }} bottlenecks {{ {_STAGE} shareOfTime delayDays dealsLost }}"
    " lossReasons { label count } } }"
)
A2 = A1
_SUMS = "{ amount currency }"
_CATEGORIES = "closed %s commit %s bestCase %s pipeline %s weighted %s" % ((_SUMS,) * 5)
F1 = f'{{ forecast(period: "{QUARTER}") {{ {_CATEGORIES} }} }}'
F2 = F1
_RANGE = f"range {{ low expected high currency }} closed {_SUMS} open {_SUMS} notYetCreated {_SUMS}"
M1 = f'{{ forecast(period: "{QUARTER}") {{ {_CATEGORIES} modelledParts {{ {_RANGE} }} wonDeals }} }}'
M2 = M1
H1 = f'{{ forecast(period: "2026-Q2", asOf: "2026-05-15T00:00:00Z") {{ {_CATEGORIES} }} }}'
H2 = H1
C1 = (
    '{ pipelineChange(from: "2026-04-01T00:00:00Z", to: "2026-06-30T00:00:00Z") {'
    " opening %s created %s increased %s decreased %s movedIn %s movedOut %s transferredIn %s transferredOut %s"
    " reopened %s won %s lost %s removed %s closing %s } }"
) % ((_SUMS,) * 13)
C2 = C1
Y1 = "{ forecastAccuracy { methods { method daysBefore forecasts medianError bias withinRange { value of } } } }"
Y2 = Y1
_ACTIONS = (
    "recommendations { source actions { id kind title rationale score urgency dueAt evidence { fact value source } } }"
)
R1 = f"query DealWithActions($id: ID!) {{ opportunity(id: $id) {{ {_DEAL} {_ACTIONS} }} }}"
R50 = _list("DealsWithActions", f"{_DEAL} {_ACTIONS}")
P50 = _list("DealsWithPredictions", f"{_DEAL} prediction {{ winProbability basis expectedCloseDate }}")
N50 = (
    "query Morning { nextBestActions(first: 50) { pageInfo { hasNextPage endCursor } asOf nodes {"
    " id kind title rationale score urgency dueAt evidence { fact value }"
    " opportunity { id name amount { amount currency } stage { name } account { name } } } } }"
)

STAGE_CHANGED = (
    "subscription Moves($filter: StageChangeFilter) { opportunityStageChanged(filter: $filter) { cursor"
    " transition { id kind at fromStage { key name } toStage { key name } }"
    " opportunity { id name version status amount { amount currency } stage { key name } account { name } } } }"
)

# PostGraphile names relations after their keys and has no nested type for money; aliases give the shape.
_PG_SCALARS = "id: rowId name version status expectedCloseDate enteredStageAt updatedAt nextStep amount currency"
_PG_ONES = (
    "stage: stageByStageId { id: rowId key name winProbability%s }"
    " partner: organizationByPartnerId { id: rowId name tier region }"
    " account: accountByAccountId { id: rowId name industry country }"
)
_PG_TRANSITIONS = (
    "transitions: stageTransitionsByOpportunityId(first: 5, orderBy: SEQ_DESC) { nodes { id: rowId kind at reason"
    " fromStage: stageByFromStageId { id: rowId key name } toStage: stageByToStageId { id: rowId key name } } }"
)
_PG_CONTENTS = (
    " contents: stageContentsByStageId(first: 3, orderBy: POSITION_ASC)"
    " { nodes { content: contentByContentId { id: rowId key title kind language } } }"
)
_PG_DEAL = f"{_PG_SCALARS} {_PG_ONES % ''}"
_PG_DEEP = f"{_PG_SCALARS} {_PG_ONES % _PG_CONTENTS} {_PG_TRANSITIONS}"


def _pg_list(name: str, fields: str) -> str:
    chosen = (
        f"opportunities: allOpportunities(first: {PAGE}, condition: {{ partnerId: $partner }},"
        " orderBy: [UPDATED_AT_DESC, PRIMARY_KEY_DESC])"
    )
    return f"query {name}($partner: UUID!) {{ {chosen} {{ {_PAGE_INFO} nodes {{ {fields} }} }} }}"


POSTGRAPHILE = {
    "D1": f"query Deal($id: UUID!) {{ opportunity: opportunityByRowId(rowId: $id) {{ {_PG_DEAL} }} }}",
    "D2": _pg_list("Deals", _PG_DEAL),
    "D3": _pg_list("DealsWithHistory", _PG_DEEP),
}
