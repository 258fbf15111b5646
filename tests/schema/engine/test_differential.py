"""What a plan answers is, byte for byte, what graphql-core answers on the same resolvers."""

import pytest

from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.settings import use_settings
from schema import schema
from schema.engine.declare import entity_by_prefix
from tests import hunts
from tests.conftest import SETTINGS
from tests.schema.engine.compare import compare
from tests.schema.engine.generated import Ids, documents
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

pytestmark = pytest.mark.falls_back("introspection", "unreached", "number")

VIEWERS = (VENDOR, MANAGER, SELLER)


async def viewer(name: str) -> Viewer:
    found = await viewer_of(str(demo_id(f"user/{name}")))
    assert found is not None
    return found


async def ids_of(demo: Demo) -> Ids:
    found = {}
    for prefix in ("opp", "acc", "ptr", "pbk", "usr", "stg", "cnt", "trn", "crt", "act", "org"):
        entity = entity_by_prefix(prefix)
        assert entity is not None
        rows = await demo.database.fetch(f"SELECT id FROM {entity.table} ORDER BY id LIMIT 12")
        found[prefix] = [f"{prefix}_{row['id']}" for row in rows]
    return found


COUNT = hunts.size(60, whole=4_000)


@pytest.mark.soak
async def test_generated_documents_are_answered_alike(demo: Demo) -> None:
    use_settings(SETTINGS.model_copy(update={"cost_per_minute": 10**9, "max_query_cost": 10**7}))
    start = hunts.seed()
    viewers = [await viewer(name) for name in VIEWERS]
    by_plan = errors = 0
    generated = list(documents(schema._schema, await ids_of(demo), count=COUNT, start=start))
    for n, one in enumerate(generated):
        found = await compare(viewers[n % len(viewers)], one.text, one.variables)
        assert found.planned == found.reference, (start, one.text, one.variables)
        by_plan += found.by_plan
        errors += bool(found.errors)
    hunts.record(
        "Plans and graphql-core on generated documents",
        f"seed {start}: {len(generated)} documents, as three roles in turn, each answered alike to the byte",
        f"{by_plan} by plans alone, {errors} with errors",
    )
    assert by_plan > 0.3 * len(generated)
