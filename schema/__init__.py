"""The schema, assembled: composes, nothing else."""

import strawberry
from strawberry.tools import merge_types

from schema.content.queries import ContentQuery
from schema.engine.selection import use_conversion
from schema.enums import use_members
from schema.identity.queries import IdentityQuery
from schema.node import NodeQuery
from schema.opportunity.queries import OpportunityQuery
from schema.opportunity.types import StageTransition
from schema.playbook.queries import PlaybookQuery
from schema.scalars import configuration

Query = merge_types("Query", (NodeQuery, IdentityQuery, PlaybookQuery, OpportunityQuery, ContentQuery))

schema = strawberry.Schema(query=Query, types=[StageTransition], config=configuration())
use_members(schema._schema)
use_conversion(schema.schema_converter.scalar_registry, schema.config)
