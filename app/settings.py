"""Every setting, typed, in one place. Read from the environment, from a `.env` file beside the checkout, and secrets
also from the files that variables named `…_FILE` name."""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from app.access import NoSuchAccess, read_access
from app.languages import NoSuchLanguage, canonical_language
from app.secret_files import SecretFiles
from app.secret_files import SettingsError as SettingsError
from app.vocabulary import WinProbability
from guidance.wording import Wording

DEVELOPMENT_PREFIX = "development-"
SHORTEST_SECRET = 32
"""In characters, in production mode."""


class Mode(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _by_mode(*, development: Any, production: Any) -> Callable[[dict[str, Any]], Any]:
    """A default that follows the mode, which is read before it."""
    return lambda given: production if given.get("mode") is Mode.PRODUCTION else development


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="STAGEPATH_",
        env_file=".env",
        env_ignore_empty=True,  # a compose file passes on an unset variable as an empty one
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # secrets are among the input
    )

    mode: Mode = Field(Mode.DEVELOPMENT, description="`production` refuses development secrets and loads no demo.")
    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="`postgresql://…` of any PostgreSQL ≥ 15. Without it an embedded server is started.",
    )
    database_pool_size: int = Field(10, ge=2, le=200, description="Connections per server process.")
    accept_newer_database: bool = Field(
        False, description="Start although a newer version has migrated the database: to go back to this one."
    )
    reporting_currency: str | None = Field(
        None,
        description="ISO 4217 code of the currency in which sums of several currencies are given as well, such as EUR.",
    )
    currency_rate_days: int = Field(
        7, ge=0, le=366, description="For so many days an exchange rate holds where there is none of a later day."
    )
    default_language: str = Field(
        "en",
        description="The programme's language, as a BCP 47 tag: for content that isn't there in a reader's own.",
    )
    fiscal_year_start: int = Field(
        1,
        ge=1,
        le=12,
        description="The month, 1 to 12, that the fiscal year begins with; it is called by the year that it ends in.",
    )
    invitation_days: int = Field(
        15, ge=1, le=90, description="How many days a partner has to answer when it is asked to sell a deal along."
    )
    partners_invite: bool = Field(
        False, description="Whether the partner that leads a deal may invite others to it, as the vendor may."
    )
    row_level_security: bool = Field(
        True,
        description="Let PostgreSQL hold what partners may see a second time; takes as many connections again.",
    )
    win_probability: WinProbability = Field(
        WinProbability.STAGE,
        description="`winProbability` of deals, by filters and orders too: `STAGE`, as the playbook says of it, or "
        "`MODEL`, as is predicted. Weighted sums always go by the stages'.",
    )
    state_dir: Path = Field(Path(".stagepath"), description="Where the embedded database and the local secret live.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    public_url: AnyHttpUrl | None = Field(
        None,
        description="Where clients reach the server, such as `https://portal.example.com`: the issuer of API clients' "
        "tokens, and in links that it writes.",
    )
    portal_link: str | None = Field(
        None,
        description="Address of a page of the portal with `{kind}` (`opportunity`, `registration`, `notification`) and "
        "`{id}`, such as `https://portal.example.com/{kind}/{id}`, for links in notifications. No links without it.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    drain_seconds: float = Field(
        default_factory=_by_mode(development=1.0, production=5.0),
        ge=0,
        le=300,
        description="How long it still serves after SIGTERM, while `/readyz` says 503: 5 in production mode, else 1.",
    )
    demo: bool = Field(True, description="Load the demo programme when the database is empty (development mode).")
    worker_in_server: bool = Field(True, description="Run background jobs inside `stagepath serve`.")
    client_mutation_days: int = Field(
        7, ge=1, le=365, description="How long a `clientMutationId` is known; sent again later, it makes a new change."
    )
    event_retention_months: int | None = Field(
        None,
        ge=1,
        le=1200,
        description="Whole months for which events are kept; older ones are dropped, and their cursors answer"
        " `CURSOR_UNKNOWN`. Without it: for ever.",
    )
    audit_retention_months: int | None = Field(
        None,
        ge=1,
        le=1200,
        description="Whole months for which entries of the audit log are kept. Without it: for ever.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level logged: `debug`, `info`, `warning` or `error`."
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="How log lines look: `console`, for people, or `json`."
    )

    metrics_token: SecretStr | None = Field(
        None,
        description="Bearer token for `/metrics`; without one it is open in development mode, absent in production.",
    )

    otlp_endpoint: AnyHttpUrl | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Where OpenTelemetry traces are sent, over HTTP; needs `uv sync --extra traces`.",
    )

    secret_key: SecretStr | None = Field(
        None,
        description="Signs development tokens and seals cursors; the same on every server. Generated in development.",
    )
    secret_keys: SecretStr | None = Field(
        None,
        description="Comma-separated, in its place while it changes: the first signs and seals, all are accepted.",
    )
    jwt_issuer: str | None = Field(None, description="Required `iss` of tokens; must be set in production.")
    jwt_audience: str | None = Field(None, description="Required `aud` of tokens; must be set in production.")
    jwks_url: AnyHttpUrl | None = Field(
        None,
        description="Where the identity provider publishes its RS256/ES256 keys; must be set in production.",
    )
    jwks_cache_seconds: int = Field(300, ge=1, description="How long fetched signing keys are kept.")
    jwt_leeway_seconds: int = Field(60, ge=0, le=300, description="Clock skew allowed for `exp` and `nbf`.")
    admin_claim: Annotated[tuple[str, str] | None, NoDecode] = Field(
        None,
        description="`NAME=VALUE`, such as `groups=stagepath-admins`: while nobody administers, whoever has that claim "
        "in a token does from then on.",
    )
    sign_in_by_email: bool = Field(
        True, description="Whether a token's verified e-mail address lets in who was invited by it, at the first time."
    )

    scim_tokens: SecretStr | None = Field(
        None,
        description="Comma-separated bearer tokens for SCIM at `/scim/v2`, several while they change; of at least 32 "
        "characters in production mode. No SCIM without one.",
    )
    scim_subject: Literal["externalId", "userName"] | None = Field(
        None,
        description="SCIM attribute that is the `sub` of a user's tokens: `externalId` or `userName`. Without it, "
        "users are known by their e-mail address at first.",
    )
    groups: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description='JSON object from groups to access, such as `{"Partner sellers": "PARTNER_SELLER@alpine-it"}`; for '
        "SCIM and for tokens. See `docs/provisioning.md`.",
    )
    group_prefix: str = Field(
        "stagepath",
        description="Groups called `PREFIX:ROLE` or `PREFIX:ROLE:PARTNER` give access by their names; empty: none do.",
    )
    default_access: str | None = Field(
        None,
        description="Access of users whom no group gives any, such as `PARTNER_SELLER@alpine-it`. None without it.",
    )

    groups_claim: str | None = Field(
        None,
        description="Claim of tokens with a user's groups, such as `groups`; dots lead into objects. What they give is "
        "followed with each new token.",
    )
    role_claim: str | None = Field(None, description="Claim with the role itself, where no group gives one.")
    partner_claim: str | None = Field(None, description="Claim with the key of the partner, beside the role.")
    language_claim: str | None = Field(None, description="Claim with the language, such as `locale`.")
    sign_up: bool = Field(
        False, description="Whether whoever comes with a token whose claims give access becomes a user at once."
    )

    smtp_url: SecretStr | None = Field(
        None,
        description="`smtp://USER:PASSWORD@HOST:587` (STARTTLS, required if there is a password) or `smtps://…:465`: "
        "where mail is handed over. Without it: to a folder in development mode, else nobody is sent any.",
    )
    mail_from: str | None = Field(
        None, description="Sender of mail, such as `Stagepath <noreply@example.com>`; with `STAGEPATH_SMTP_URL`."
    )
    smtp_verify: bool = Field(True, description="Whether the certificate of the mail server has to be valid.")
    smtp_timeout_seconds: float = Field(30.0, gt=0, le=300, description="How long the mail server may take for a step.")
    mail_per_hour: int = Field(
        20, ge=1, le=1_000, description="Most mails to one person in an hour; the rest comes in a digest after it."
    )
    mail_folder: Path | None = Field(
        None, description="Where development mode keeps its mail: `mail` in `STAGEPATH_STATE_DIR` by default."
    )
    notification_days: int = Field(
        365, ge=1, le=3_650, description="How many days notifications stay in inboxes, read or not."
    )

    guidance_holdout: float = Field(
        0.05,
        ge=0,
        le=0.5,
        description="Share of deals in which advice that comes out about as good stands in a drawn order, so that what "
        "it does can be measured; 0: none.",
    )
    openai_base_url: AnyHttpUrl | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description="Any OpenAI-compatible server, such as `http://127.0.0.1:11434/v1`. No language model without it.",
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Its key. No language model without it."
    )
    llm_model: str | None = Field(None, description="The language model's name. No language model without it.")
    phrasebooks: Path | None = Field(
        None,
        description="Folder with phrasebooks of your own for drafts, a `LANGUAGE.yaml` each, beside the shipped ones.",
    )
    llm_prompt_version: str = Field("v3", description="Version of the prompt, for playbooks that choose no other.")
    llm_wording: Wording = Field(
        Wording.COMPOSED,
        description="`composed`: a model points at sentences of ours; `checked`: its own, checked, too. For playbooks "
        "that choose neither.",
    )
    competitors: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated names of competitors that a model may recognise in notes and answers."
    )
    llm_timeout_seconds: float = Field(30.0, gt=0, le=600, description="How long one request to it may take.")
    llm_deadline_seconds: float = Field(90.0, gt=0, le=1_800, description="How long all tries of one answer may take.")
    llm_retries: int = Field(2, ge=0, le=10, description="How often a request that failed is sent again.")
    llm_concurrency: int = Field(2, ge=1, le=100, description="Requests to it at the same time, of one server process.")
    llm_max_tokens: int = Field(
        2_500, ge=200, le=200_000, description="Most tokens of one answer; one that is cut off is asked for with more."
    )
    llm_extra_body: Annotated[dict[str, Any], NoDecode] = Field(
        {}, description='JSON object that is added to each request, such as `{"enable_thinking": false}`.'
    )
    llm_stream: bool | None = Field(
        None, description="`true`: answers come as streams; `false`: never; by itself only if the server insists."
    )
    llm_input_price: Decimal = Field(Decimal(0), ge=0, description="Price of a million input tokens, in any currency.")
    llm_output_price: Decimal = Field(Decimal(0), ge=0, description="Price of a million output tokens, in the same.")
    llm_daily_tokens: int | None = Field(2_000_000, ge=0, description="Most tokens in a day (UTC); `none`: no limit.")
    llm_daily_cost: Decimal | None = Field(None, ge=0, description="Most it may cost in a day; `none`: no limit.")
    llm_partner_daily_tokens: int | None = Field(
        200_000, ge=0, description="Most tokens in a day for the deals of one partner; `none`: no limit."
    )
    llm_partner_daily_cost: Decimal | None = Field(
        None, ge=0, description="Most it may cost in a day for the deals of one partner; `none`: no limit."
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated browser origins that may call the API; in development mode, those of this machine "
        "may as well.",
    )
    introspection: bool = Field(
        default_factory=_by_mode(development=True, production=False),
        description="Answer introspection queries; by itself in development mode alone.",
    )
    graphiql: bool = Field(
        default_factory=_by_mode(development=True, production=False),
        description="Answer browsers at `/graphql` with GraphiQL; by itself in development mode alone.",
    )
    portal: bool = Field(
        True, description="Answer browsers with the portal, and its documents whatever `TRUSTED_DOCUMENTS_ONLY` says."
    )
    portal_client_id: str | None = Field(
        None,
        description="The portal's id at the identity provider, `STAGEPATH_JWT_ISSUER`: people sign in there by "
        "authorization code with PKCE. Nobody can sign in to the portal without it, but for the demo's people.",
    )
    portal_client_secret: SecretStr | None = Field(
        None, description="Its secret, where the provider takes the portal for a confidential client."
    )
    portal_scopes: str = Field(
        "openid email offline_access", description="Scopes that the portal asks the identity provider for."
    )
    mcp: bool = Field(True, description="Serve assistants at `/mcp`: what the API gives, to the same tokens.")
    compress_from_bytes: int = Field(
        8_192,
        ge=0,
        description="Minimum size of an answer that is compressed for clients that accept it; 0 disables compression, "
        "as behind a proxy that does it.",
    )
    trusted_documents: Path | None = Field(
        None,
        description="Documents that clients may send by their id: a folder of `.graphql` files, or a JSON file of "
        "digests with their documents, as client tools write it; see `docs/clients.md`.",
    )
    trusted_documents_only: bool = Field(False, description="Answer no other documents than the trusted ones.")
    max_query_length: int = Field(100_000, ge=1_000, description="Longest document, in characters.")
    max_query_tokens: int = Field(5_000, ge=100, description="Longest document, in tokens.")
    max_query_depth: int = Field(15, ge=3, description="Deepest nesting of a document.")
    max_query_aliases: int = Field(
        100, ge=1, description="Most aliases in an operation; those of a fragment count wherever it is spread."
    )
    max_variable_values: int = Field(
        5_000, ge=100, description="Most values in the variables of an operation, those in lists and objects counted."
    )
    max_variable_items: int = Field(
        1_000, ge=100, description="Longest list, and most keys of an object, in variables."
    )
    max_variable_depth: int = Field(12, ge=6, description="Deepest nesting of lists and objects in variables.")
    max_variable_length: int = Field(100_000, ge=1_000, description="Longest text in variables, in characters.")
    document_cache_bytes: int = Field(
        33_554_432,
        ge=1_000_000,
        description="What a server process may hold of documents and their plans, in bytes; those used last are kept.",
    )
    max_query_cost: int = Field(
        20_000,
        ge=100,
        description="Dearest operation, in units of work that its document may make; see `docs/limits.md`.",
    )
    automation_run_days: int = Field(
        365, ge=30, le=3_650, description="How long runs of automations are listed after they came to an end."
    )
    automation_runs_per_deal: int = Field(
        50,
        ge=1,
        le=10_000,
        description="Runs of all automations in one deal, or in one registration, and day (UTC); others are left out.",
    )
    automation_runs_per_hour: int = Field(
        1_000,
        ge=1,
        le=1_000_000,
        description="Runs of one automation in an hour. What the time triggers waits for the next; what events trigger "
        "is left out.",
    )
    cost_per_minute: int = Field(
        default_factory=_by_mode(development=1_000_000_000, production=500_000),
        ge=100,
        description="What all operations of one viewer may cost in a minute: 500,000 in production mode.",
    )
    cost_of_database_second: int = Field(
        20_000,
        ge=0,
        description="What a second of work costs: what an operation's price does not cover of it is debited "
        "afterwards, what it paid for in vain refunded. 0: neither is.",
    )
    limits_url: SecretStr | None = Field(
        None,
        description="`valkey://…` or `redis://…` where several servers count these budgets together.",
    )
    max_body_bytes: int = Field(1_000_000, ge=10_000, description="Largest HTTP request body.")
    operation_timeout_seconds: float = Field(
        30.0, gt=0, description="How long a query or mutation may take before it is given up with `TIMEOUT`."
    )
    statement_timeout_seconds: float = Field(
        15.0, gt=0, description="How long one SQL statement of a request may take."
    )
    head_timeout_seconds: float = Field(
        10.0, gt=0, le=120, description="How long the head of a request may take, and a connection before its first."
    )
    body_timeout_seconds: float = Field(
        10.0,
        gt=0,
        le=120,
        description="How long a request's body may pause; it has to be whole within the time of an operation.",
    )
    keep_alive_seconds: float = Field(
        5.0,
        gt=0,
        le=600,
        description="How long a connection is kept between requests; more than a proxy keeps those to its servers.",
    )
    max_connections: int = Field(
        10_000, ge=1, description="Open connections of one server process, as far as the limit on open files allows."
    )
    max_connections_per_address: int = Field(
        default_factory=_by_mode(development=10_000, production=500),
        ge=1,
        description="Those from one address (IPv6: from one /64 network): 500 in production mode.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated addresses and networks of proxies: they may hold any number of connections, and "
        "their `X-Forwarded-For` tells the client's address.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated names that requests may give as `Host`, ports left out; any, if none is set.",
    )
    max_statements_per_viewer: int = Field(
        4,
        ge=1,
        description="Database connections that operations of one viewer may take at once, of one server process; "
        "never all that there are. Further ones wait.",
    )
    max_connections_per_viewer: int = Field(
        default_factory=_by_mode(development=100_000, production=100),
        ge=1,
        description="WebSockets and event streams that a viewer may hold with one process: 100 in production mode.",
    )
    max_operations_per_connection: int = Field(
        100, ge=1, description="Subscriptions and other operations that may run at once over one WebSocket."
    )
    max_waiting_events: int = Field(
        1_000,
        ge=10,
        description="Events that may wait for a subscriber who reads too slowly; then its subscription is ended.",
    )

    outgoing_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        (443, 8443),
        description="Comma-separated ports to which webhooks and messages to chat channels may go.",
    )
    outgoing_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated networks to which they may go although those aren't of the public internet, such "
        "as `10.20.0.0/16`. None without it.",
    )
    webhook_timeout_seconds: float = Field(
        15.0, gt=0, le=60, description="How long a webhook's receiver may take to answer."
    )
    webhook_concurrency: int = Field(
        8, ge=1, le=100, description="Requests to one webhook endpoint at the same time, of one worker process."
    )
    webhook_retention_days: int = Field(
        30, ge=1, le=3_650, description="How long deliveries of webhooks are listed after they came to an end."
    )

    @model_validator(mode="before")
    @classmethod
    def split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in (
            *("competitors", "cors_origins", "trusted_proxies", "allowed_hosts"),
            *("outgoing_ports", "outgoing_networks"),
        ):
            listed = values.get(name)
            if isinstance(listed, str):
                values[name] = tuple(one.strip() for one in listed.split(",") if one.strip())
        return values

    @field_validator("admin_claim", mode="before")
    @classmethod
    def name_and_value(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        name, sign, wanted = (part.strip() for part in value.partition("="))
        if not (name and sign and wanted):
            raise ValueError("has to be NAME=VALUE, such as groups=stagepath-admins")
        return name, wanted

    @field_validator("reporting_currency")
    @classmethod
    def currency_code(cls, code: str | None) -> str | None:
        if code is not None and not (len(code) == 3 and code.isascii() and code.isupper() and code.isalpha()):
            raise ValueError("has to be an ISO 4217 currency code, such as EUR")
        return code

    @field_validator("default_language")
    @classmethod
    def language_tag(cls, tag: str) -> str:
        try:
            return canonical_language(tag)
        except NoSuchLanguage:
            raise ValueError("has to be a language tag, such as en, de or pt-BR") from None

    @field_validator("outgoing_ports")
    @classmethod
    def ports(cls, listed: tuple[int, ...]) -> tuple[int, ...]:
        if not listed or not all(0 < port < 65_536 for port in listed):
            raise ValueError("has to be one or more ports, such as 443,8443")
        return listed

    @field_validator("portal_link")
    @classmethod
    def link_template(cls, template: str | None) -> str | None:
        if template is None:
            return None
        try:
            shown = template.format(kind="opportunity", id="opp_0")
        except (KeyError, IndexError, ValueError, AttributeError):
            raise ValueError("may hold {kind} and {id}, and no other braces") from None
        if not shown.startswith(("https://", "http://")) or any(not one.isprintable() or one == " " for one in shown):
            raise ValueError("has to be an address, such as https://portal.example.com/{kind}/{id}")
        return template

    @field_validator("trusted_proxies", "outgoing_networks")
    @classmethod
    def networks(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for one in listed:
            ip_network(one, strict=False)
        return listed

    @field_validator(
        "llm_daily_tokens", "llm_daily_cost", "llm_partner_daily_tokens", "llm_partner_daily_cost", mode="before"
    )
    @classmethod
    def no_limit(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() == "none" else value

    @field_validator("groups", "default_access")
    @classmethod
    def of_access(cls, value: dict[str, str] | str | None) -> dict[str, str] | str | None:
        for text in value.values() if isinstance(value, dict) else [value] if value else []:
            try:
                read_access(text)
            except NoSuchAccess as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("llm_extra_body", "groups", mode="before")
    @classmethod
    def json_object(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            read = json.loads(value)
        except ValueError as error:
            raise ValueError(f"is not JSON: {error}") from None
        if not isinstance(read, dict):
            raise ValueError("has to be a JSON object")
        return read

    @field_validator("llm_wording", mode="before")
    @classmethod
    def in_any_case(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("llm_stream", mode="before")
    @classmethod
    def by_itself(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() == "auto" else value

    @model_validator(mode="after")
    def secret_keys_agree(self) -> Self:
        several = self._several()
        if self.secret_keys is not None and not several:
            raise ValueError("STAGEPATH_SECRET_KEYS holds no key")
        if several and self.secret_key is not None and several != (self.secret_key.get_secret_value(),):
            raise ValueError("STAGEPATH_SECRET_KEY and STAGEPATH_SECRET_KEYS differ; keep one of them")
        return self

    @model_validator(mode="after")
    def portal_knows_its_provider(self) -> Self:
        if self.portal_client_id is not None and not (self.jwks_url and self.jwt_issuer):
            raise ValueError("STAGEPATH_PORTAL_CLIENT_ID needs STAGEPATH_JWT_ISSUER and STAGEPATH_JWKS_URL")
        return self

    @field_validator("mail_from")
    @classmethod
    def sender(cls, given: str | None) -> str | None:
        if given is None:
            return None
        address = parseaddr(given)[1]
        if not given.isprintable() or not address or not address.isascii() or "@" not in address.strip("@"):
            raise ValueError("has to be an address, such as Stagepath <noreply@example.com>")
        return given

    @model_validator(mode="after")
    def production_is_safe(self) -> Self:
        if self.mode is not Mode.PRODUCTION:
            return self
        missing = [
            name
            for name, value in (
                ("STAGEPATH_SECRET_KEY", self.secret_keys or self.secret_key),
                ("STAGEPATH_JWKS_URL", self.jwks_url),
                ("STAGEPATH_JWT_ISSUER", self.jwt_issuer),
                ("STAGEPATH_JWT_AUDIENCE", self.jwt_audience),
                ("DATABASE_URL", self.database_url),
            )
            if not value
        ]
        if missing:
            raise ValueError(f"production mode needs {', '.join(missing)}")
        name = "STAGEPATH_SECRET_KEYS: a key" if self.secret_keys else "STAGEPATH_SECRET_KEY"
        for secret in self.secrets_in_use():
            if secret.startswith(DEVELOPMENT_PREFIX):
                raise ValueError(f"{name} is a development secret; production mode refuses it")
            if len(secret) < SHORTEST_SECRET:
                raise ValueError(f"{name} needs at least {SHORTEST_SECRET} characters in production mode")
        if any(len(token) < SHORTEST_SECRET for token in split_secret(self.scim_tokens)):
            raise ValueError(f"STAGEPATH_SCIM_TOKENS needs tokens of {SHORTEST_SECRET} characters in production mode")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # a folder of them: not offered
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = SecretFiles(settings_cls, env_settings, dotenv_settings)
        return init_settings, env_settings, dotenv_settings, files

    @property
    def sends_mail(self) -> bool:
        """To people, or into the folder of development mode."""
        return self.smtp_url is not None or self.mode is Mode.DEVELOPMENT

    def secrets_in_use(self) -> tuple[str, ...]:
        """The first signs and seals, all are accepted."""
        return self._several() or (self.secret(),)

    def _several(self) -> tuple[str, ...]:
        return split_secret(self.secret_keys)

    def secret(self) -> str:
        """The key that signs and seals; in development one is generated and kept in `state_dir/secret`, for its owner
        alone."""
        if several := self._several():
            return several[0]
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.state_dir / "secret"
        if not path.exists():
            self.state_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=self.state_dir) as file:
                file.write(DEVELOPMENT_PREFIX + secrets.token_urlsafe(32))
                file.flush()
                with suppress(FileExistsError):  # another process was first: its secret is everyone's
                    _keep(Path(file.name), path)
        return path.read_text()


def split_secret(secret: SecretStr | None) -> tuple[str, ...]:
    text = secret.get_secret_value() if secret else ""
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _keep(made: Path, path: Path) -> None:
    """Raises `FileExistsError`."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, on which a reader might see it half written
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as kept:
            kept.write(made.read_text())


_chosen: Settings | None = None


def use_settings(chosen: Settings | None) -> None:
    """Make these the process's settings; None: read the environment when they are asked for next."""
    global _chosen
    _chosen = chosen


def settings() -> Settings:
    global _chosen
    if _chosen is None:
        _chosen = Settings()
    return _chosen
