from collections.abc import Iterator

import pytest
from evidence_scene import Firm
from oracle_support import Scene, make_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = make_scene(tmp_path_factory.mktemp("scene"))
    yield made
    made.world.node.kill()


@pytest.fixture
def firm(scene: Scene) -> Firm:
    return Firm.create(scene)
