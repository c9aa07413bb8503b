"""The service that the tests of this folder share."""

from collections.abc import Iterator

import pytest
from service_stage import ServiceStage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceStage]:
    """A deployed service; tests use account numbers and units of their own."""
    stage = ServiceStage(tmp_path_factory.mktemp("service"))
    stage.start()
    try:
        stage.deploy()
        yield stage
    finally:
        stage.stop()
