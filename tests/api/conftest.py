"""One service with a scene for the whole folder; tests that stop, kill or rebuild start their own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_stage import ApiStage, Scene, set_scene


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    stage = ApiStage(tmp_path_factory.mktemp("api") / "home").start()
    try:
        yield set_scene(stage.deploy())
    finally:
        stage.stop()


@pytest.fixture(scope="session")
def stage(scene: Scene) -> ApiStage:
    return scene.stage
