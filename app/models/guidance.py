"""Next best actions: what is proposed for each deal, what became of it, and what was learned from that."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app.models.columns import ExactNumericField, primary_key, reference, translated, word, words
from app.vocabulary import ActionResponse, ActionStatus, EnrichmentState, GuidanceSource
from guidance.actions import ActionKind, Urgency
from guidance.facts import Reader, ReadingKind
from guidance.wording import Wording


class Recommendation(Model):
    """The answer that stands for a deal. It holds for `opportunity_version`, until `fresh_until`, as long as nothing
    that it was made from (content, rules, the playbook) changed after `basis_at`.

    `state` is what a model's answer is valid for; `failure` says why the last one was not taken, `attempts` how often
    one was asked for in this state, and `retry_at` when asking again may help. `readings`: what a model read out of the
    texts of the deal, `guidance.facts.Reading` as JSON. `slate`: which actions stand in which places, as a digest;
    `slate_shown`: the last one that was logged as shown. `languages`: in which it is told; `wording`: by which
    sentences (`app.recommendations.wording.WORDING`).
    """

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    opportunity_version = fields.IntField()
    state = fields.TextField()
    basis_at = fields.DatetimeField()
    generated_at = fields.DatetimeField()
    fresh_until = fields.DatetimeField()
    source = word(GuidanceSource)
    enrichment = word(EnrichmentState)
    enrichment_at = fields.DatetimeField(null=True)
    failure = fields.TextField(null=True)
    attempts = fields.IntField(default=0, db_default=0)
    retry_at = fields.DatetimeField(null=True)
    readings: object = fields.JSONField(default=list, db_default=[])
    slate = fields.TextField(null=True)
    slate_shown = fields.TextField(null=True)
    languages = words()
    wording = fields.TextField(default="", db_default="")

    class Meta:
        table = "recommendation"
        constraints = (UniqueConstraint(fields=("opportunity_id",), name="recommendation_of_opportunity"),)
        indexes = (Index(fields=("fresh_until",), name="recommendation_fresh_until"),)


class NextBestAction(Model):
    """One thing worth doing in a deal. At most one with the same `key` is PROPOSED or ACCEPTED in a deal.

    `stage_key`, `playbook_key` and `partner_id` are the deal's when it was proposed. `rank`: among the actions of all
    deals (`app.recommendations.rank`); two indexes of those that are open end in it. `fulfilled`: it expired because
    the deal shows that it was done. `translations`: title, rationale, draft and evidence in further languages, by
    language. `composition`: what a model chose for it, as JSON; `reading`: the kind of the reading that it rests on.
    `undrawn_position`: its place where the order weren't drawn; `propensity`: the probability of its standing where it
    stands; both and `factors` (`guidance.scoring.Factors` as JSON) as of now, and `shown_…` as of when it was first
    shown. `ground`: the facts behind it, as a digest. `snoozed_until`: the day on which it may be proposed again.
    """

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    key = fields.TextField()
    kind = word(ActionKind)
    position = fields.IntField()
    title = fields.TextField()
    rationale = fields.TextField()
    draft = fields.TextField(null=True)
    draft_reader = word(Reader, null=True)
    check_before_sending = fields.BooleanField(default=False, db_default=False)
    reading = word(ReadingKind, null=True)
    composition: object = fields.JSONField(null=True)
    translations: object = translated()
    score = fields.FloatField()
    rank = fields.FloatField(default=0.0, db_default=0.0)
    undrawn_position = fields.IntField(null=True)
    propensity = fields.FloatField(null=True)
    factors: object = fields.JSONField(null=True)
    ground = fields.TextField(null=True)
    urgency = word(Urgency)
    due_at = fields.DatetimeField(null=True)
    effort_minutes = fields.IntField()
    evidence: object = fields.JSONField()
    criterion = reference("Criterion", null=True, on_delete=fields.SET_NULL)
    activity = reference("Activity", null=True, on_delete=fields.SET_NULL)
    target_stage = reference("Stage", null=True, on_delete=fields.SET_NULL)
    task = reference("Task", null=True, on_delete=fields.SET_NULL)
    question_key = fields.TextField(null=True)
    status = word(ActionStatus, default=ActionStatus.PROPOSED)
    source = word(GuidanceSource)
    prompt_version = fields.TextField(null=True)
    prompt_hash = fields.TextField(null=True)
    model = fields.TextField(null=True)
    stage_key = fields.TextField()
    playbook_key = fields.TextField()
    partner = reference("Organization", null=True)
    created_at = fields.DatetimeField()
    shown_at = fields.DatetimeField(null=True)
    shown_position = fields.IntField(null=True)
    shown_propensity = fields.FloatField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    response = word(ActionResponse, null=True)
    responded_at = fields.DatetimeField(null=True)
    responded_by = reference("User", null=True)
    reason = fields.TextField(null=True)
    snoozed_until = fields.DateField(null=True)
    ended_at = fields.DatetimeField(null=True)
    fulfilled = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "next_best_action"
        constraints = (
            UniqueConstraint(
                fields=("opportunity_id", "key"),
                name="next_best_action_live",
                condition="status IN ('PROPOSED', 'ACCEPTED')",
            ),
        )
        indexes = (
            Index(fields=("opportunity_id", "status"), name="next_best_action_of_opportunity"),
            Index(fields=("shown_at",), name="next_best_action_shown"),
            Index(fields=("criterion_id",), name="next_best_action_criterion"),
            Index(fields=("activity_id",), name="next_best_action_activity"),
            Index(fields=("target_stage_id",), name="next_best_action_stage"),
            Index(fields=("task_id",), name="next_best_action_task"),
        )


class ActionContent(Model):
    """A piece of content to use for an action, best first."""

    id = primary_key()
    action = reference("NextBestAction", on_delete=fields.CASCADE)
    content = reference("Content", on_delete=fields.CASCADE)
    position = fields.IntField()

    class Meta:
        table = "action_content"
        constraints = (UniqueConstraint(fields=("action_id", "content_id"), name="action_content_unique"),)
        indexes = (Index(fields=("content_id",), name="action_content_by_content"),)


class ShownSlate(Model):
    """The actions of a deal in the order in which somebody who sells it saw them first, with all that their order was
    made of: what other rankings are measured on. `served`: how many. `candidates`: as
    `app.recommendations.shown_log` reads them."""

    id = primary_key()
    opportunity = reference("Opportunity", on_delete=fields.CASCADE)
    digest = fields.TextField()
    at = fields.DatetimeField()
    served = fields.IntField()
    playbook_key = fields.TextField()
    stage_key = fields.TextField()
    candidates: object = fields.JSONField()

    class Meta:
        table = "shown_slate"
        constraints = (UniqueConstraint(fields=("opportunity_id", "digest"), name="shown_slate_once"),)
        indexes = (Index(fields=("at",), name="shown_slate_at"),)


class GuidanceRule(Model):
    """A rule of the vendor's own for a stage, by its key: so it outlives the versions of its playbook.

    A removed one stays, so that what was made from it is known to be out of date.
    """

    id = primary_key()
    playbook_key = fields.TextField()
    stage_key = fields.TextField()
    key = fields.TextField()
    condition = fields.TextField()
    title = fields.TextField()
    rationale = fields.TextField()
    kind = word(ActionKind)
    weight = fields.FloatField()
    urgency = word(Urgency)
    effort_minutes = fields.IntField()
    content_keys = words()
    created_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_by = reference("User", null=True)
    removed = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "guidance_rule"
        constraints = (UniqueConstraint(fields=("playbook_key", "key"), name="guidance_rule_key_unique"),)
        indexes = (Index(fields=("updated_at",), name="guidance_rule_updated"),)


class PlaybookPrompt(Model):
    """How a playbook's deals are asked about where it is not as usual: the version of the prompt, and whose words are
    shown."""

    id = primary_key()
    playbook_key = fields.TextField()
    prompt_version = fields.TextField(null=True)
    wording = word(Wording, null=True)
    updated_at = fields.DatetimeField(auto_now_add=True, db_default=fields.Now())
    updated_by = reference("User", null=True)

    class Meta:
        table = "playbook_prompt"
        constraints = (UniqueConstraint(fields=("playbook_key",), name="playbook_prompt_unique"),)


class ModelCall(Model):
    """One asking of the language model, however it ended. `cost` in the currency of the configured prices.

    `outcome` is that of the call, `verdict` what became of the answer that it belongs to: DONE, or why the rules'
    answer stands. Where no call was made at all, one row without requests says why.
    """

    id = primary_key()
    at = fields.DatetimeField()
    day = fields.DateField()
    opportunity = reference("Opportunity", null=True, on_delete=fields.SET_NULL)
    partner = reference("Organization", null=True)
    playbook_key = fields.TextField()
    stage_key = fields.TextField()
    prompt_version = fields.TextField()
    model = fields.TextField()
    requests = fields.IntField()
    input_tokens = fields.BigIntField()
    output_tokens = fields.BigIntField()
    cost = ExactNumericField()
    milliseconds = fields.IntField()
    outcome = fields.TextField()
    verdict = fields.TextField()
    detail = fields.TextField(null=True)

    class Meta:
        table = "model_call"
        indexes = (
            Index(fields=("day", "partner_id"), name="model_call_by_day"),
            Index(fields=("opportunity_id",), name="model_call_of_opportunity"),
        )


class ModelBudget(Model):
    """What a day's calls took or have reserved: of a partner (`owner` is its id), or of everyone (empty)."""

    id = primary_key()
    owner = fields.TextField()
    day = fields.DateField()
    tokens = fields.BigIntField(default=0, db_default=0)
    cost = ExactNumericField(default=0, db_default=0)

    class Meta:
        table = "model_budget"
        constraints = (UniqueConstraint(fields=("owner", "day"), name="model_budget_unique"),)


class StageHistory(Model):
    """What earlier deals tell of a stage, over all versions of its playbook: `guidance.history.History` as JSON."""

    id = primary_key()
    playbook_key = fields.TextField()
    stage_key = fields.TextField()
    stays: object = fields.JSONField()
    remaining: object = fields.JSONField()
    fates: object = fields.JSONField()
    computed_at = fields.DatetimeField()

    class Meta:
        table = "stage_history"
        constraints = (UniqueConstraint(fields=("playbook_key", "stage_key"), name="stage_history_unique"),)


class PartnerHistory(Model):
    """What a partner's deals usually amount to, by currency: `points` of a `guidance.history.Distribution`."""

    id = primary_key()
    partner = reference("Organization", on_delete=fields.CASCADE)
    currency = fields.CharField(max_length=3)
    samples = fields.IntField()
    points: object = fields.JSONField()
    computed_at = fields.DatetimeField()

    class Meta:
        table = "partner_history"
        constraints = (UniqueConstraint(fields=("partner_id", "currency"), name="partner_history_unique"),)


class ActionOutcome(Model):
    """What became of shown actions. Without a partner: of everyone's, by kind and stage; with one: of that partner's,
    by kind, under the empty stage key."""

    id = primary_key()
    kind = word(ActionKind)
    stage_key = fields.TextField()
    partner = reference("Organization", null=True, on_delete=fields.CASCADE)
    accepted = fields.IntField()
    completed = fields.IntField()
    dismissed = fields.IntField()
    ignored = fields.IntField()

    class Meta:
        table = "action_outcome"
        indexes = (Index(fields=("partner_id",), name="action_outcome_of_partner"),)


class ActionEffect(Model):
    """How deals went on after an action of a kind was completed, and after it was dismissed."""

    id = primary_key()
    kind = word(ActionKind)
    completed_advanced = fields.IntField()
    completed_days = fields.FloatField()
    dismissed_advanced = fields.IntField()
    dismissed_days = fields.FloatField()

    class Meta:
        table = "action_effect"
        constraints = (UniqueConstraint(fields=("kind",), name="action_effect_kind_unique"),)


class BenchmarkDay(Model):
    """The day for which figures over many partners were last measured, by their name."""

    id = primary_key()
    name = fields.TextField()
    measured_on = fields.DateField()

    class Meta:
        table = "benchmark_day"
        constraints = (UniqueConstraint(fields=("name",), name="benchmark_day_name_unique"),)


class StageBenchmark(Model):
    """What partners may be told of earlier deals in a stage, over all versions of its playbook: figures without counts
    (`app.deals.benchmarks.stages`). Without a partner: over all partners'; with one: over its own, where those aren't
    told."""

    id = primary_key()
    playbook_key = fields.TextField()
    stage_key = fields.TextField()
    partner = reference("Organization", null=True, on_delete=fields.CASCADE)
    stays: object = fields.JSONField(null=True)
    remaining: object = fields.JSONField(null=True)
    fates: object = fields.JSONField(null=True)
    measured_on = fields.DateField()

    class Meta:
        table = "stage_benchmark"
        indexes = (Index(fields=("playbook_key", "stage_key"), name="stage_benchmark_of_stage"),)


class ActionBenchmark(Model):
    """What partners' advice may rest on of all partners' answers: how likely a kind is acted on in a stage, or in any
    (empty stage key; then with the kind's effect)."""

    id = primary_key()
    kind = word(ActionKind)
    stage_key = fields.TextField()
    rate = fields.FloatField()
    effect = fields.FloatField(null=True)
    measured_on = fields.DateField()

    class Meta:
        table = "action_benchmark"
        constraints = (UniqueConstraint(fields=("kind", "stage_key"), name="action_benchmark_unique"),)
