"""One lived year for all tests here; whoever changes something goes back to it."""

from collections.abc import Iterator

import pytest
from audit_year import Year, live_year


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    year = live_year(tmp_path_factory.mktemp("audit-year"))
    yield year
    year.world.node.kill()


@pytest.fixture
def year(lived: Year) -> Iterator[Year]:
    lived.world.remember()
    yield lived
    lived.world.go_back()
