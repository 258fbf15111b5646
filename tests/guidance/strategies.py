"""Facts of any deal that may exist, and some that hardly do."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from guidance.actions import ActionKind, Urgency
from guidance.facts import (
    Account,
    Activity,
    Answer,
    Assignee,
    Blocker,
    Content,
    Criterion,
    Deal,
    DealStatus,
    Facts,
    MoveKind,
    Partner,
    Question,
    Response,
    Stage,
    StageKind,
    Task,
    Transition,
)
from guidance.history import Distribution, Fate, History
from tests.guidance.builders import NOW

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
NAME = TEXT.map(lambda text: text.strip() or "Name")
LONG = st.one_of(NAME, st.just("word " * 400))
DAYS = st.floats(0, 2_000, allow_nan=False)
MOMENT = DAYS.map(lambda days: NOW - timedelta(days=days))
SAMPLES = st.lists(st.floats(0, 1e9, allow_nan=False), max_size=60).map(Distribution.of)
EXPRESSIONS = st.sampled_from(
    [
        None,
        "deal.amount != null && deal.closeDate != null",
        "deal.daysToClose != null && deal.daysToClose >= 0",
        '"q1" in deal.qualification && deal.qualification["q1"] != ""',
        '["q1", "q2"].all(key, key in deal.qualification)',
        'deal.nextStep != null && deal.account.country != null && deal.owner != "" && deal.partner != null',
    ]
)


def stages(prefix: str) -> st.SearchStrategy[Stage]:
    return st.builds(
        Stage,
        id=st.just(f"stage/{prefix}"),
        key=st.just(prefix),
        name=LONG,
        position=st.integers(0, 9),
        kind=st.just(StageKind.OPEN),
        definition=LONG,
        buyer_phase=st.none(),
        win_probability=st.floats(0, 1),
        target_days=st.one_of(st.none(), st.integers(1, 400)),
    )


def criteria(prefix: str) -> st.SearchStrategy[tuple[Criterion, ...]]:
    one = st.tuples(LONG, st.booleans(), st.booleans(), EXPRESSIONS)
    return st.lists(one, max_size=5).map(
        lambda told: tuple(
            Criterion(f"criterion/{prefix}{n}", f"{prefix}{n}", text, met, required, expression)
            for n, (text, met, required, expression) in enumerate(told)
        )
    )


def _activities() -> st.SearchStrategy[tuple[Activity, ...]]:
    one = st.tuples(LONG, st.booleans(), st.booleans(), LONG, st.one_of(st.none(), st.integers(1, 100_000)))
    return st.lists(one, max_size=5).map(
        lambda told: tuple(Activity(f"activity/{n}", f"a{n}", *parts) for n, parts in enumerate(told))
    )


def _contents(prefix: str) -> st.SearchStrategy[tuple[Content, ...]]:
    kinds = st.sampled_from(["DECK", "BATTLECARD", "CASE_STUDY", "TRAINING", "SOMETHING_NEW"])
    one = st.tuples(NAME, kinds, LONG, st.booleans(), st.booleans())
    return st.lists(one, max_size=5).map(
        lambda told: tuple(Content(f"content/{prefix}{n}", f"{prefix}{n}", *parts) for n, parts in enumerate(told))
    )


def _questions() -> st.SearchStrategy[tuple[Question, ...]]:
    one = st.tuples(LONG, LONG, st.one_of(st.none(), TEXT), st.one_of(st.none(), st.integers(0, 9)))
    return st.lists(one, max_size=5).map(lambda told: tuple(Question(f"q{n}", *parts) for n, parts in enumerate(told)))


BLOCKERS = st.lists(
    st.builds(
        Blocker,
        code=st.just("EXIT_CRITERION_UNMET"),
        message=NAME,
        criterion_key=st.one_of(st.none(), st.sampled_from(["x0", "x1", "e0"])),
        activity_key=st.one_of(st.none(), st.just("a0")),
    ),
    max_size=4,
).map(tuple)
TRANSITIONS = st.lists(
    st.builds(
        Transition,
        stage_id=st.sampled_from(["stage/next", "stage/won", "stage/lost"]),
        stage_key=st.just("next"),
        stage_name=LONG,
        kind=st.sampled_from(MoveKind),
        allowed=st.booleans(),
        blockers=BLOCKERS,
    ),
    max_size=4,
).map(tuple)
FATES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=4).map(
    lambda told: tuple(Fate.of(30.0 * n, max(pair), min(pair)) for n, pair in enumerate(told))
)
DEALS = st.builds(
    Deal,
    id=st.just("deal"),
    name=LONG,
    account=st.builds(Account, NAME, st.one_of(st.none(), NAME), st.one_of(st.none(), st.just("DE")), st.none()),
    entered_stage_at=MOMENT,
    created_at=MOMENT,
    status=st.sampled_from([DealStatus.OPEN] * 9 + [DealStatus.WON]),
    source=st.sampled_from(["PARTNER", "VENDOR", "CO_SELL"]),
    amount=st.one_of(st.none(), st.decimals(0, Decimal("1e12"), places=2)),
    currency=st.one_of(st.none(), st.just("EUR")),
    close_date=st.one_of(st.none(), st.integers(-900, 900).map(lambda days: (NOW + timedelta(days=days)).date())),
    owner=st.one_of(st.none(), NAME),
    next_step=st.one_of(st.none(), TEXT),
    notes=st.one_of(st.none(), LONG),
    stalled=st.booleans(),
)
RESPONSES = st.lists(
    st.builds(
        Response,
        kind=st.sampled_from([kind.value for kind in ActionKind]),
        key=st.sampled_from(["k1", "k2"]),
        answer=st.sampled_from(Answer),
        at=MOMENT,
        reason=st.one_of(st.none(), TEXT),
    ),
    max_size=4,
).map(tuple)
FACTS = st.builds(
    Facts,
    playbook_key=st.just("it-software"),
    deal=DEALS,
    stage=stages("here"),
    partner=st.one_of(st.none(), st.builds(Partner, NAME, st.none(), st.none(), SAMPLES)),
    criteria=criteria("x"),
    activities=_activities(),
    contents=_contents("c"),
    next_stage=st.one_of(st.none(), stages("next")),
    next_entry=criteria("e"),
    next_contents=_contents("n"),
    questions=_questions(),
    transitions=TRANSITIONS,
    responses=RESPONSES,
    history=st.builds(History, SAMPLES, SAMPLES, FATES),
    last_contact_at=st.one_of(st.none(), MOMENT),
    tasks=st.lists(
        st.builds(
            Task,
            st.sampled_from(["t1", "t2"]),
            LONG,
            MOMENT,
            st.sampled_from([one.value for one in Urgency]),
            st.sampled_from(Assignee),
        ),
        max_size=3,
        unique_by=lambda task: task.id,
    ).map(tuple),
)
