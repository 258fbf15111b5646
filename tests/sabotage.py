"""Faults put into a copy of the tree, one at a time: the tests that guard against each have to fail.

    tests/sabotage.sh             all of them
    tests/sabotage.sh wall plan   those whose names have one of these words

Ends with 1 when a fault went unseen, or when its tests fail without it. A fault is a replacement of text that stands
once in its file; where the text has changed, the fault has to be written anew.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.table import Table

from tests import hunts

ROOT = Path(__file__).parents[1]
TESTS_FAILED = 1
"""pytest's exit status; any other but 0 says that it couldn't run them."""


@dataclass(frozen=True)
class Fault:
    """`test`: what guards against it, as pytest names it."""

    name: str
    file: str
    text: str
    instead: str
    test: str


POLICY = "tests/app/identity/test_policies.py::test_a_policy_holds_what_it_is_for_and_would_be_missed"
MATRIX = "tests/schema/test_mutation_matrix.py::test_what_each_role_may_do_to_whose_objects"
ROUND_TRIP = "tests/schema/test_round_trips.py::test_what_is_written_is_read_back"
ASSISTANTS = "tests/app/mcp/test_serving.py"
ONE_PAGE = "tests/schema/test_opportunities.py::test_what_is_not_asked_for_costs_nothing"

FAULTS = (
    Fault(
        "plan raises",
        "schema/engine/plan/operation_plan.py",
        "        rows: Sequence[Any] = [()] if self._statement is None else",
        "        raise RuntimeError\n        rows: Sequence[Any] = [()] if self._statement is None else",
        ONE_PAGE,
    ),
    Fault(
        "plan's mistakes are made good",
        "schema/engine/serve/engine.py",
        "        except MAYBE_UNREACHABLE as error:\n            if not is_unreachable(error):\n",
        "        except Exception as error:\n            if False:\n",
        "tests/schema/engine/plan/test_fallback.py::test_a_mistake_of_a_plan_is_internal_and_not_tried_again",
    ),
    Fault(
        "plan can't hold a type",
        "schema/engine/plan/operation_plan.py",
        "            return compiler.page(builder, branch, listing, None)",
        '            raise CannotPlan(Cause.TYPE, "pages")',
        ONE_PAGE,
    ),
    Fault(
        "wall open on recommendation",
        "app/nouns/guidance.py",
        "RECOMMENDATION = Noun(model=models.Recommendation, seen_by=sees_of_opportunity, row_security=RowSecurity(OF_A_DEAL))",  # noqa: E501
        'RECOMMENDATION = Noun(model=models.Recommendation, seen_by=sees_of_opportunity, row_security=RowSecurity("TRUE"))',  # noqa: E501
        f"{POLICY}[recommendation]",
    ),
    Fault(
        "wall open on action_content",
        "app/nouns/guidance.py",
        'row_security=RowSecurity("EXISTS (SELECT FROM next_best_action vna WHERE vna.id = action_id)")',
        'row_security=RowSecurity("TRUE")',
        f"{POLICY}[action_content]",
    ),
    Fault(
        "wall open on client_mutation",
        "app/nouns/log.py",
        'row_security=RowSecurity(f"user_id = {policies.USER}")',
        'row_security=RowSecurity("TRUE")',
        f"{POLICY}[client_mutation]",
    ),
    Fault(
        "next step of a new deal not kept",
        "app/deals/create.py",
        "**with_origin(new.said, viewer.user_id, at)})",
        '**with_origin(new.said, viewer.user_id, at), "next_step": None})',
        ROUND_TRIP,
    ),
    Fault(
        "time zone of a person not kept",
        "schema/identity/mutations.py",
        '"language", "time_zone", "subject", "active")',
        '"language", "subject", "active")',
        ROUND_TRIP,
    ),
    Fault(
        "sellers see their colleagues' deals",
        "app/nouns/participation.py",
        '    owned = all_of([own, sql("{}.owner_id = {}", o, USER)])',
        "    owned = own",
        "tests/app/identity/test_rls.py::test_the_wall_and_the_applications_condition_let_the_same_rows_through",
    ),
    Fault(
        "events told to a deal's next partner",
        "app/identity/scopes.py",
        "        if deal.alone_for in (None, partner):\n",
        "        if True:\n",
        "tests/app/identity/test_audiences.py::test_python_and_sql_agree_on_every_viewer_of_every_deal",
    ),
    Fault(
        "permission not asked for",
        "schema/mutation.py",
        "        elif not viewer.may(needed):\n",
        "        elif False:\n",
        f"{MATRIX}[movePlaybook-opportunityId]",
    ),
    Fault(
        "another's deal is changed",
        "app/deals/store.py",
        "    statement = _statement(scope_of(viewer), kept and viewer.is_vendor)",
        "    statement = _statement(VisibilityScope.ORGANIZATION if lock else scope_of(viewer), kept and viewer.is_vendor)",  # noqa: E501
        f"{MATRIX}[completeActivity-opportunityId]",
    ),
    Fault(
        "cost not charged",
        "schema/engine/serve/budget.py",
        "    spending = await allowed.spend(viewer.user_id, requested)\n",
        "    spending = await allowed.spend(viewer.user_id, 0)\n",
        "tests/app/web/test_limits.py::test_every_answer_says_what_it_cost",
    ),
    Fault(
        "clientMutationId not looked at",
        "schema/mutation.py",
        "        if input.client_mutation_id is None:\n",
        "        if True:\n",
        "tests/schema/test_idempotency.py::test_sent_again_it_answers_as_at_first_and_changes_nothing[completeActivity-opportunityId]",
    ),
    Fault(
        "version not compared",
        "app/deals/advance.py",
        "    if asked.expected_version not in (None, found.version):\n",
        "    if False:\n",
        "tests/schema/test_mutations.py::test_a_stale_version_is_a_conflict_and_changes_nothing",
    ),
    Fault(
        "assistants: no fence",
        "app/mcp/shapes.py",
        "        return everywhere(value, fence) if self.typed else value",
        "        return value",
        f"{ASSISTANTS}::test_an_assistant_reads_and_changes_what_its_person_may",
    ),
    Fault(
        "assistants: tags are left in a fence",
        "app/mcp/fence.py",
        '.replace("<", "&lt;")',
        "",
        "tests/app/mcp/test_fence.py::test_nothing_that_is_typed_ends_its_fence_or_hides_in_it",
    ),
    Fault(
        "assistants: what can't be seen is left in a fence",
        "app/mcp/fence.py",
        "    return unicodedata.category(one) not in _UNSEEN",
        "    return True",
        "tests/app/mcp/test_fence.py::test_nothing_that_is_typed_ends_its_fence_or_hides_in_it",
    ),
    Fault(
        "assistants: people's text is called ours",
        "app/mcp/trust.py",
        '    "CloseReason": frozenset(',
        '    "Comment": frozenset({"body"}),\n    "CloseReason": frozenset(',
        "tests/app/mcp/test_fence.py::test_no_field_is_ours_that_the_schema_calls_untrusted",
    ),
    Fault(
        "assistants: nobody has to pay",
        "app/mcp/endpoint.py",
        "    await charge(viewer, COST)",
        "    return",
        f"{ASSISTANTS}::test_budgets_and_prices_are_those_of_the_api",
    ),
    Fault(
        "assistants: pages of any origin",
        "app/mcp/endpoint.py",
        "        if not self._origins.may_connect(origin,",
        "        if not self._origins.may_connect(None,",
        f"{ASSISTANTS}::test_a_request_in_another_form_is_refused_in_the_protocol_s",
    ),
    Fault(
        "assistants: a body of any size",
        "app/mcp/endpoint.py",
        "body_of(incoming, self._settings.max_body_bytes)",
        "body_of(incoming, 10**9)",
        f"{ASSISTANTS}::test_a_request_in_another_form_is_refused_in_the_protocol_s",
    ),
    Fault(
        "assistants: batches are passed on",
        "app/mcp/messages.py",
        "    if isinstance(found, list):",
        "    if False:",
        "tests/app/mcp/test_messages.py::test_what_is_no_message_is_refused",
    ),
    Fault(
        "assistants: the audit log names no program",
        "app/mcp/asking.py",
        'return f"{mutation} by MCP client {self.client}"',
        "return mutation",
        f"{ASSISTANTS}::test_an_assistant_reads_and_changes_what_its_person_may",
    ),
    Fault(
        "assistants: a client's name is forgotten",
        "app/mcp/clients.py",
        "return _named(given) or _of_session(session) or",
        "return _named(given) or",
        f"{ASSISTANTS}::test_no_server_keeps_anything_between_two_requests",
    ),
    Fault(
        "assistants: with a vendor's eyes",
        "app/mcp/asking.py",
        "        return AssistantContext(self.viewer,",
        "        from dataclasses import replace\n        from app.database.rls import continue_as_viewer\n"
        "        from app.vocabulary import OrganizationKind, Role\n        continue_as_viewer(None)\n"
        "        seeing = replace(self.viewer, role=Role.VENDOR_ADMIN, organization_kind=OrganizationKind.VENDOR)\n"
        "        return AssistantContext(seeing,",
        "tests/app/mcp/test_visibility.py::test_nothing_of_competitors_is_shown_or_changed",
    ),
    Fault(
        "assistants: unknown arguments are passed over",
        "app/mcp/answers.py",
        "    if unknown:",
        "    if False:",
        f"{ASSISTANTS}::test_what_goes_wrong_is_told_with_a_way_out",
    ),
    Fault(
        "figures: of four other partners",
        "app/deals/benchmarks/rule.py",
        "PARTNERS = 5\n",
        "PARTNERS = 4\n",
        "tests/app/deals/test_benchmark_rule.py::test_when_a_figure_is_told",
    ),
    Fault(
        "figures: of 49 other deals",
        "app/deals/benchmarks/rule.py",
        "DEALS = 50\n",
        "DEALS = 49\n",
        "tests/app/deals/test_benchmark_rule.py::test_when_a_figure_is_told",
    ),
    Fault(
        "figures: most are one partner's",
        "app/deals/benchmarks/rule.py",
        "    return min(sum(numbers), 2 * (sum(numbers) - max(numbers, default=0)))",
        "    return sum(numbers)",
        "tests/app/deals/test_benchmark_rule.py::test_when_a_figure_is_told",
    ),
    Fault(
        "figures: most are one partner's, in SQL",
        "app/deals/benchmarks/rule.py",
        "least(total - largest, 2 * (total - largest - second)) >= {DEALS}",
        "total - largest >= {DEALS}",
        "tests/app/deals/test_benchmark_rule.py::test_in_sql_it_is_the_same_rule",
    ),
    Fault(
        "figures: a third digit",
        "app/deals/benchmarks/rule.py",
        "DIGITS = 2\n",
        "DIGITS = 3\n",
        "tests/app/deals/test_benchmark_rule.py::test_a_figure_has_two_digits",
    ),
    Fault(
        "figures: what leaves a sum is left in it",
        "app/analytics/rollups/folding.py",
        "  SELECT {DEAL_KEY}, sum(sign), sum(sign * coalesce(amount, 0))\n",
        "  SELECT {DEAL_KEY}, sum(sign), sum(coalesce(amount, 0))\n",
        "tests/app/analytics/test_rollups.py::test_roll_ups_equal_the_deals_after_any_changes",
    ),
    Fault(
        "figures: sums are compared with nothing",
        "app/analytics/rollups/checking.py",
        "        rows = await db.fetch(difference)\n",
        "        rows = []\n",
        "tests/app/analytics/test_rollups.py::test_what_differs_is_found_and_put_right",
    ),
    Fault(
        "figures: a rate that is missing is one",
        "app/currencies/rates.py",
        "        return None if rate is None else rate.per_euro",
        "        return Decimal(1) if rate is None else rate.per_euro",
        "tests/schema/test_in_one_currency.py::test_sums_are_at_the_rates_of_the_day_or_say_which_is_missing",
    ),
    Fault(
        "figures: a rate holds for ever",
        "app/currencies/rates.py",
        "day - timedelta(days=settings().currency_rate_days)",
        "day - timedelta(days=99_999)",
        "tests/app/currencies/test_rates.py::test_a_rate_holds_for_the_days_that_are_set_and_no_longer",
    ),
    Fault(
        "figures: of the past, for who has the deal today",
        "app/analytics/history.py",
        """        _then("of_partner", "before_partner_id", "partner_id"),\n""",
        """        "o.partner_id",\n""",
        "tests/app/analytics/test_past_figures.py::test_the_past_is_counted_as_it_stood_and_for_whose_it_was",
    ),
    Fault(
        "figures: of the past, by who owns the deal today",
        "app/analytics/history.py",
        """        _then("of_owner", "before_owner_id", "owner_id"),\n""",
        """        "o.owner_id",\n""",
        "tests/app/analytics/test_past_figures.py::test_the_past_is_counted_as_it_stood_and_for_whose_it_was",
    ),
    Fault(
        "figures: of the past, whoever had the deal",
        "app/analytics/cohort.py",
        """all_of([seen_then(scope, "o"), *wanted])""",
        "all_of(wanted)",
        "tests/app/analytics/test_past_figures.py::test_the_past_is_counted_as_it_stood_and_for_whose_it_was",
    ),
    Fault(
        "figures: a reason of who has the deal today",
        "app/analytics/history.py",
        " AND of_partner.opportunity_id IS NULL\"\n        \" THEN o.close_reason_key END",
        "\"\n        \" THEN o.close_reason_key END",
        "tests/app/analytics/test_past_figures.py::test_who_had_a_deal_is_told_no_reason_and_no_amount_of_who_has_it",
    ),
    Fault(
        "figures: moves of anybody's deals",
        "app/nouns/opportunity.py",
        "    WHERE opportunity.id = ANY (asked) AND ({DEAL_POLICY});",
        "    WHERE opportunity.id = ANY (asked);",
        "tests/app/analytics/test_partners_figures.py::test_moves_of_deals_are_those_that_row_level_security_shows",
    ),
    Fault(
        "figures: each move looks for its deal",
        "app/analytics/cohort.py",
        "    moves = _SEEN if walled else _EACH\n",
        "    moves = _EACH\n",
        "tests/app/analytics/test_partners_figures.py::test_no_move_is_asked_whether_it_is_seen",
    ),
    Fault(
        "prediction: reasons of a few",
        "app/prediction/crowd.py",
        "    return _even(by_partner) if is_released(map(len, by_partner.values())) else frozenset()",
        "    return _even(by_partner)",
        "tests/app/prediction/test_crowd.py::"
        "test_a_figure_is_of_more_than_five_partners_and_of_enough_deals_or_there_is_none",
    ),
    Fault(
        "prediction: most are one partner's",
        "app/prediction/crowd.py",
        "    return ids if len(ids) <= others else sorted(ids, key=_hash)[:others]",
        "    return ids",
        "tests/app/prediction/test_crowd.py::test_no_partner_has_more_than_half_of_a_stage",
    ),
    Fault(
        "prediction: amounts of later",
        "app/prediction/deal.py",
        "            amounts=tuple(one for one in self.amounts if one[0] <= at),",
        "            amounts=self.amounts,",
        "tests/app/prediction/test_features.py::test_nothing_that_comes_later_is_in_any_feature",
    ),
    Fault(
        "prediction: no wire",
        "tests/app/prediction/test_tripwire.py",
        "TOO_GOOD = 0.9",
        "TOO_GOOD = 1.1",
        "tests/app/prediction/test_tripwire.py::test_the_wire_is_tripped_by_a_fact_that_only_closed_deals_have",
    ),
)  # fmt: skip


def copied(folder: Path) -> Path:
    """The tree as it stands, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    tree = folder / "tree"
    if (ROOT.parent / "shared").is_dir():
        (folder / "shared").symlink_to(ROOT.parent / "shared")  # data that a few tests read, where they are
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def status_of(tree: Path, tests: Sequence[str]) -> int:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=tree, capture_output=True, check=False).returncode


def put_in(tree: Path, fault: Fault) -> str:
    """What the file had. Raises `AssertionError` where it no longer has the text, or has it twice."""
    file = tree / fault.file
    before = file.read_text(encoding="utf-8")
    assert before.count(fault.text) == 1, f"{fault.name}: {fault.file} no longer has its text, or has it twice"
    file.write_text(before.replace(fault.text, fault.instead), encoding="utf-8")
    return before


def seen(tree: Path, fault: Fault) -> str:
    try:
        before = put_in(tree, fault)
    except AssertionError as outdated:
        return str(outdated)
    try:
        status = status_of(tree, [fault.test])
    finally:
        (tree / fault.file).write_text(before, encoding="utf-8")
    return {TESTS_FAILED: "seen", 0: "NOT SEEN"}.get(status, f"pytest ended with {status}")


def main(words: Sequence[str]) -> int:
    chosen = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    table = Table("fault", "file", "test", "outcome", "s")
    with tempfile.TemporaryDirectory(prefix="sabotage-") as folder:
        tree = copied(Path(folder))
        if status_of(tree, [*dict.fromkeys(fault.test for fault in chosen)]) != 0:
            print("the tests fail without any fault")  # noqa: T201
            return 1
        outcomes = []
        for fault in chosen:
            began = monotonic()
            outcomes.append(seen(tree, fault))
            table.add_row(fault.name, fault.file, fault.test, outcomes[-1], f"{monotonic() - began:.0f}")
    Console(width=160).print(table)
    if chosen == [*FAULTS]:
        counted = f"{outcomes.count('seen')} of {len(outcomes)} faults were seen by the tests that guard against them"
        hunts.record("Sabotage", counted, *(fault.name for fault in chosen))
    return 0 if outcomes and all(outcome == "seen" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
