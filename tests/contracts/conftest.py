"""One deployed registry per test module."""

from collections.abc import Iterator

import pytest
from support.world import World, start_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A whole registry on a real node."""
    started = start_world(tmp_path_factory.mktemp("node"))
    yield started
    started.node.kill()
