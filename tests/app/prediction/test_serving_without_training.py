"""Serving and scoring take neither numpy nor scikit-learn: what a serving process imports, and a model that it asks."""

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
HEAVY = ("numpy", "scipy", "sklearn")
PROGRAM = """
import sys
import app.main, app.commands.serve, app.commands.worker, app.start, app.upkeep.predictions, schema
from app.prediction import codec, following, nightly
from app.prediction.scoring import scored
from tests.app.prediction.past import BEGIN, SHAPE, deal, history
from app.prediction.learning import learn
model = codec.read(codec.written(learn(history(60), BEGIN + 200, SHAPE).simple))
assert scored(model, deal((190, "propose")), BEGIN + 200, "Propose").reasons
print(sorted(name for name in {heavy} if name in sys.modules))
"""


def test_what_serves_and_scores_has_none_of_it() -> None:
    code = PROGRAM.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_workers_image_can_train_and_the_servers_does_without() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert "--all-extras" not in dockerfile
    assert "training" not in dockerfile.partition("ARG EXTRAS=")[2].partition("\n")[0]
    assert "--extra training" in services["worker"]["build"]["args"]["EXTRAS"]
    assert services["server"]["build"] == "."
    assert services["server"]["image"] != services["worker"]["image"]
