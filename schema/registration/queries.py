"""Queries for registrations and their policies."""

from typing import Annotated

import strawberry

from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Paged
from schema.engine.serve.resolvers import root
from schema.pagination import Connection
from schema.registration.listings import ONE, POLICIES, REGISTRATIONS, FilterArgument, OrderArgument
from schema.registration.policies import RegistrationPolicy
from schema.registration.types import DealRegistration


@strawberry.type
class RegistrationQuery:
    @root(ONE, "The registration with this id or number; null if there is none or the viewer can't see it.")
    async def registration(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The id.")] = None,
        number: Annotated[
            str | None, strawberry.argument(description="The number, instead of the id: `DR-2026-000123`.")
        ] = None,
    ) -> DealRegistration | None: ...

    @root(Paged(REGISTRATIONS), "The registrations that the viewer can see, last changed first by default.")
    async def registrations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilterArgument = None,
        order_by: OrderArgument = None,
    ) -> Connection[DealRegistration]: ...

    @root(
        Paged(POLICIES),
        "The policies of registrations by playbook. Partners see those of their playbooks.",
    )
    async def registration_policies(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        playbook_key: Annotated[
            str | None, strawberry.argument(description="Limits the list to that of this playbook.")
        ] = None,
    ) -> Connection[RegistrationPolicy]: ...
