from pathlib import Path

import pytest

from app.database import Database
from app.models import Playbook
from tests.app.imports.builders import Exporter, published

DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture
async def sales(database: Database) -> Playbook:
    return await published()


@pytest.fixture
def export(sales: Playbook, tmp_path: Path) -> Exporter:
    return Exporter(tmp_path)


@pytest.fixture
def real_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the real exports are not beside this checkout (../shared/data)")
    return DATA
