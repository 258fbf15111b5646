"""Queries for registrations and their policies."""

from typing import Annotated

import strawberry

from schema.connections import root_connection
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

    registrations: Connection[DealRegistration] = root_connection(
        Paged(REGISTRATIONS),
        "The registrations that the viewer can see, last changed first by default.",
        filter=FilterArgument,
        order_by=OrderArgument,
    )

    registration_policies: Connection[RegistrationPolicy] = root_connection(
        Paged(POLICIES),
        "The policies of registrations by playbook. Partners see those of their playbooks.",
        playbook_key=Annotated[
            str | None, strawberry.argument(description="Limits the list to that of this playbook.")
        ],
    )
