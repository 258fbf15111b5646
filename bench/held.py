"""What documents and their plans hold, in bytes: measured, beside what the server takes them for.

    python -m bench.held

Prints a line for each kind of document: bytes as Python's allocator gave them out, the estimate, their ratio.
"""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable, Iterable
from uuid import UUID

from app.identity.scopes import scope_of
from app.identity.viewer import Viewer
from app.settings import Settings, use_settings
from app.start import opened
from app.vocabulary import OrganizationKind, PartnerTier, Role
from schema import schema
from schema.engine.plan.fallback import CannotPlan
from schema.engine.serve.documents import Faulty, prepare
from schema.engine.serve.kept import kept

NUMBER = 100
MANY, DEEP, FLAT = (
    "id name amount { amount currency }",
    "id name stage { key name playbook { name } } account { name } owner { name } partner { name }",
    "id name",
)


def joined(fields: Iterable[str]) -> str:
    return f"{{ {' '.join(fields)} }}"


KINDS: dict[str, Callable[[int], str]] = {
    "a deal by id": lambda n: f'{{ n{n}: opportunity(id: "opp_00000000-0000-7000-8000-{n:012}") {{ {FLAT} }} }}',
    "a list": lambda n: f"{{ n{n}: opportunities(first: 10) {{ nodes {{ {DEEP} }} totalCount }} }}",
    "ten aliases": lambda n: joined(f"a{n}_{m}: opportunities {{ nodes {{ {MANY} }} }}" for m in range(10)),
    "a hundred aliases": lambda n: joined(f"a{n}_{m}: viewer {{ user {{ name role }} }}" for m in range(100)),
    "a long comment": lambda n: "{ viewer { user { name } } } #" + f"{n}" * 5_000,
    "a wrong document": lambda n: joined(f"x{n}_{m}" for m in range(300)),
}


async def main() -> None:
    chosen = Settings(document_cache_bytes=10_000_000_000)
    use_settings(chosen)
    async with opened(chosen):
        measure()


def measure() -> None:
    viewer = Viewer(
        user_id=UUID(int=1),
        organization_id=UUID(int=2),
        organization_kind=OrganizationKind.PARTNER,
        role=Role.PARTNER_SELLER,
        tier=PartnerTier.GOLD,
    )
    for name, document in KINDS.items():
        _work_out(document(NUMBER), viewer)
        gc.collect()
        tracemalloc.start()
        before, estimated = tracemalloc.get_traced_memory()[0], kept.held
        for number in range(NUMBER):
            _work_out(document(number), viewer)
        gc.collect()
        real, estimated = tracemalloc.get_traced_memory()[0] - before, kept.held - estimated
        tracemalloc.stop()
        print(f"{name:20} {real / NUMBER:12,.0f} bytes, taken for {estimated / NUMBER:12,.0f}: {estimated / real:.2f}")


def _work_out(text: str, viewer: Viewer) -> None:
    try:
        prepared, _ = prepare(schema._schema, text)
    except Faulty:
        return
    operation = prepared.first
    assert operation is not None
    assert operation.priced
    try:
        operation._ready(scope_of(viewer), operation.variables({}), make=True)
    except CannotPlan:
        return


if __name__ == "__main__":
    asyncio.run(main())
