"""Private parts of other packages that Stagepath rests on: still there, with the same names and parameters.

`docs/architecture.md` has the list, with what each is used for, which test watches how it behaves, and what it would
cost to do without. Run this after every upgrade (`make upgrade-check`): what fails here names the place to look at.
"""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
OURS = ("app", "schema", "guidance", "expressions", "catalogues")

SIGNATURES = {
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol._start_asgi_task": "self cycle app",
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol.__init__": "self config server_state app_state _loop?",
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol.connection_made": "self transport",
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol.connection_lost": "self exc",
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol.handle_websocket_upgrade": "self",
    "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": (
        "scope transport flow logger access_logger access_log default_headers message_event "
        "expect_100_continue keep_alive on_response"
    ),
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.__init__": (
        "self config server_state app_state _loop?"
    ),
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.handle_connect": "self event",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.handle_text": "self event",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.handle_bytes": "self event",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.handle_cont": "self event",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.handle_ping": "self",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.handle_pong": "self event",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol.receive": "self",
    "uvicorn.supervisors:Multiprocess.__init__": "self config sockets",
    "uvicorn.supervisors:Multiprocess.keep_subprocess_alive": "self",
    "uvicorn.supervisors.multiprocess:Process": "config sockets",
    "asyncpg:Pool.__init__": (
        "self ... *init_size? *min_size *max_size *max_queries *max_inactive_connection_lifetime *connect? "
        "*setup? *init? *reset? *loop *connection_class *record_class ..."
    ),
    "asyncpg:Pool._acquire": "self timeout",
    "asyncpg:Pool.release": "self connection *timeout?",
    "asyncpg:Pool.expire_connections": "self",
    "asyncpg:Pool.set_connect_args": "self dsn? ...",
    "asyncpg:Pool.get_idle_size": "self",
    "graphql.execution.executor:Executor.build": (
        "schema document root_value? context_value? raw_variable_values? operation_name? field_resolver? "
        "type_resolver? subscribe_field_resolver? max_coercion_errors? enable_early_execution? middleware? "
        "is_awaitable? is_async_iterable? hide_suggestions? abort_signal? hooks? ..."
    ),
    "graphql.execution.executor:Executor.build_per_event_executor": "self payload",
    "graphql.execution.executor:Executor.complete_list_value": (
        "self return_type field_details_list info path result position_context"
    ),
    "graphql.execution.executor:Executor.gather_async_work": "self values",
    "graphql.execution.executor:Executor.track_async_work": "self values",
    "graphql:execute_subscription_event": "executor",
    "graphql.execution.values:get_variable_values": "schema var_def_nodes inputs max_errors? hide_suggestions?",
    "graphql.execution.values:get_argument_values": (
        "type_def node variable_values? fragment_variable_values? hide_suggestions?"
    ),
    "graphql.utilities.coerce_input_value:coerce_default_value": "input_value",
    "graphql.type.definition:GraphQLResolveInfoHelpers": "gather track",
    "graphql.validation.validation_context:VariableUsageVisitor": "type_info fragment_definition?",
    "graphql:ValidationContext": "schema ast type_info on_error hide_suggestions? allow_empty_selection_sets?",
    "graphql.language.parser:Parser": (
        "source no_location? max_tokens? experimental_fragment_arguments? lexer? allow_empty_selection_sets? "
        "max_lexical_tokens? max_comments? max_source_length?"
    ),
    "strawberry.schema.schema:StrawberryGraphQLCoreExecutionContext": "... ...",
    "strawberry.schema.compat:is_scalar": "type_ scalar_registry",
    "strawberry.types.arguments:convert_argument": "value type_ scalar_registry config info? *path?",
    "strawberry.types.arguments:convert_arguments": "value arguments scalar_registry config info?",
    "strawberry.http.websocket_origin:normalize_origin": "origin",
    "strawberry.http.websocket_origin:normalize_allowed_origins": "allowed_origins",
    "strawberry.http.websocket_origin:is_same_origin": "origin host",
    "tortoise:Tortoise.init": (
        "config? config_file? _create_db? db_url? modules? use_tz? timezone? routers? table_name_generator? "
        "init_connections? _enable_global_fallback?"
    ),
    "tortoise.backends.asyncpg.client:AsyncpgDBClient.create_pool": "self ...",
    "tortoise.backends.asyncpg.client:AsyncpgDBClient._close": "self",
    "tortoise.backends.asyncpg.client:TransactionWrapper": "connection",
    "tortoise.migrations.api.migrate:migrate": (
        "*config? *config_file? *app_labels? *target? *fake? *dry_run? *direction? *reporter? *progress?"
    ),
    "tortoise.migrations.migration:Migration.apply": "self state *dry_run? *schema_editor? *collect_sql?",
    "tortoise.migrations.migration:Migration._run_database_forward": (
        "self operation old_state new_state schema_editor supports_transactions"
    ),
    "tortoise.migrations.writer:MigrationWriter": (
        "name app_label operations *dependencies? *run_before? *replaces? *initial? *migrations_module?"
    ),
    "procrastinate.manager:JobManager.get_stalled_jobs": "self nb_seconds? queue? task_name? seconds_since_heartbeat?",
    "procrastinate.manager:JobManager.retry_job": "self job retry_at? priority? queue? lock?",
}
"""Functions and methods that are called or overridden, with their parameters."""

ATTRIBUTES = {
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": (
        "access_log access_logger app app_state client config connections cycle flow headers loop on_body on_header "
        "on_headers_complete on_message_begin on_message_complete on_response_complete on_url parser pipeline "
        "root_path scheme scope server server_state transport url"
    ),
    "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": (
        "body disconnected keep_alive message_event more_body on_response response_complete response_started scope "
        "waiting_for_100_continue"
    ),
    "uvicorn.server:ServerState": "default_headers total_requests connections tasks",
    "uvicorn.protocols.http.flow_control:FlowControl": "read_paused write_paused pause_reading resume_reading",
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol": (
        "close_sent conn disconnected handshake_complete loop queue read_paused scope transport writable resume_writing"
    ),
    "uvicorn.supervisors:Multiprocess": "config processes should_exit sockets",
    "uvicorn.supervisors.multiprocess:Process": "exitcode join kill parent_conn pid start",
    "websockets.server:ServerProtocol": "current_size data_to_send fail reader",
    "websockets.streams:StreamReader": "buffer",
    "asyncpg.pool:PoolConnectionProxy": "_con",
    "graphql.execution.executor:Executor": "context_value fragment_definitions operation schema variable_values",
    "graphql.execution.values:VariableValues": "coerced sources",
    "graphql:ValidationContext": "_type_info _variable_usages",
    "graphql.validation.validation_context:VariableUsageVisitor": "usages",
    "graphql.language.parser:Parser": "token_count",
    "strawberry:Schema": "_schema schema_converter",
    "strawberry.schema.schema_converter:GraphQLCoreConverter": "scalar_registry DEFINITION_BACKREF",
    "strawberry:Info": "_raw_info",
    "strawberry.types.execution:ExecutionContext": (
        "_provided_operation_name graphql_document pre_execution_errors validation_rules"
    ),
    "strawberry.types.base:StrawberryObjectDefinition": "fields from_input is_input",
    "strawberry.types.enum:StrawberryEnumDefinition": "values wrapped_cls",
    "tortoise.models:Model": "_meta",
    "tortoise.models:MetaInfo": "db_table fields_db_projection fields_map",
    "tortoise.backends.asyncpg.client:AsyncpgDBClient": "_pool",
    "tortoise.backends.asyncpg.client:TransactionWrapper": "_connection",
    "tortoise.migrations.autodetector:MigrationAutodetector": "changes",
    "procrastinate.jobs:Job": "attempts task_name",
    "procrastinate.tasks:Task": "queue retry_strategy",
    "procrastinate:App": "job_manager tasks",
}
"""Attributes of classes and of what they make."""

READ_ELSEWHERE = {"_is_text_encoding", "_predictors", "_baseline_prediction"}
"""Of the standard library: `codecs.CodecInfo`; of scikit-learn: boosted trees, read once trained."""


def found(name: str) -> Any:
    module, _, path = name.partition(":")
    thing: Any = import_module(module)
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", SIGNATURES)
def test_it_takes_the_same_parameters(name: str) -> None:
    parameters = inspect.signature(found(name)).parameters.values()
    assert " ".join(written(parameters)) == SIGNATURES[name]


def written(parameters: Iterable[inspect.Parameter]) -> Iterator[str]:
    """Their names: `*name` by keyword only, `name?` with a default, `...` for any."""
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield "..."
        else:
            keyword = "*" if parameter.kind is parameter.KEYWORD_ONLY else ""
            yield f"{keyword}{parameter.name}{'' if parameter.default is parameter.empty else '?'}"


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_it_has_the_same_attributes(name: str) -> None:
    assert set(ATTRIBUTES[name].split()) - attributes(found(name)) == set()


def attributes(class_: type) -> set[str]:
    """What its instances have: declared in a class, or set by a method."""
    names = set(dir(class_))
    for ancestor in class_.__mro__[:-1]:
        names |= set(getattr(ancestor, "__annotations__", ()))
        try:
            source = inspect.getsource(ancestor)
        except (OSError, TypeError):
            continue  # written in C
        names |= set(re.findall(r"\bself\.(\w+)(?:,|:| =)", source))
    return names


def test_uuids_of_the_driver_are_uuids() -> None:
    made = found("asyncpg.pgproto.pgproto:UUID")("01a228bf-0e08-7472-9094-bbc8ca9be748")
    assert isinstance(made, UUID)
    assert {made: 1}[UUID(str(made))] == 1


def test_the_queue_ships_the_type_and_the_function_that_jobs_are_deferred_with() -> None:
    sql = found("procrastinate.schema:SchemaManager").get_schema()
    assert re.search(r"CREATE TYPE procrastinate_job_to_defer_v1 AS \(([^)]*)\)", sql)
    assert re.search(r"CREATE FUNCTION procrastinate_defer_jobs_v1\(\s*jobs procrastinate_job_to_defer_v1\[\]", sql)


def test_schema_types_point_at_their_declarations() -> None:
    from schema import schema
    from schema.engine.read.selection import DEFINITION

    assert found("strawberry.schema.schema_converter:GraphQLCoreConverter").DEFINITION_BACKREF == DEFINITION
    assert DEFINITION in schema._schema.type_map["Opportunity"].extensions


def sources() -> Iterator[ast.Module]:
    for folder in OURS:
        for file in (ROOT / folder).rglob("*.py"):
            yield ast.parse(file.read_text(encoding="utf-8"))


def test_no_other_private_part_is_used() -> None:
    """A private name that the project reads of something and that none of its own files makes is another package's."""
    read, made = set(), set()
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
                if isinstance(node.ctx, ast.Load):
                    read.add(node.attr)
                else:
                    made.add(node.attr)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                made.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                made.add(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                made.add(node.value)  # in `__slots__`
    pinned = {name for names in ATTRIBUTES.values() for name in names.split() if name.startswith("_")}
    overridden = {name.rpartition(".")[2] for name in SIGNATURES}
    public = {"_replace", "_asdict", "_fields", "_value2member_map_"}
    assert read - made - pinned - overridden - READ_ELSEWHERE - public == set()


@pytest.mark.parametrize(
    "name", sorted({name.partition(":")[2].partition(".")[0] for name in (*SIGNATURES, *ATTRIBUTES)})
)
def test_the_architecture_lists_it(name: str) -> None:
    assert f"`{name}" in PAGE or f".{name}`" in PAGE, f"docs/architecture.md does not list {name}"


def test_the_tests_that_the_architecture_names_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", PAGE))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
