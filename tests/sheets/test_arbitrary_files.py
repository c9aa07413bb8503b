"""Whatever bytes a file holds, reading it gives records or numbered refusals: never another error, never a hang."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheet_files import HEADS, book, read

from oracles.accounting import Refusal, RefusedError

PLAIN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(path: Path) -> None:
    refusals: tuple[Refusal, ...] = ()
    try:
        read(path)
    except RefusedError as error:
        refusals = error.refusals
    assert all(each.where and each.rule and each.valid.en for each in refusals)


@PLAIN
@given(content=st.binary(max_size=400), name=st.sampled_from(["t.csv", "t.xlsx", "t"]))
def test_file__any_bytes__read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    outcome(path)


@PLAIN
@given(rows=st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6), quote=st.sampled_from(['"', "'", ""]))
def test_csv__any_text_below_the_head__read_or_refused(tmp_path: Path, rows: list[list[str]], quote: str) -> None:
    path = tmp_path / "t.csv"
    lines = [",".join(HEADS), *(",".join(f"{quote}{cell}{quote}" for cell in row) for row in rows)]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    outcome(path)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = book(tmp_path_factory.mktemp("parts") / "b.xlsx", ["a", 1.5, 3, None, None], ["b", 2])
    with zipfile.ZipFile(path) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


@PLAIN
@given(data=st.data())
def test_xlsx__any_part_spliced__read_or_refused(tmp_path: Path, parts: dict[str, bytes], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(parts)))
    content = parts[name]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    pieces = [b"", b"<", b'"', b"&amp;", b"<c/>", b"-1", b'r="ZZZZ9"', b't="s"', b"<row r='x'>", bytes([0])]
    changed = content[:start] + data.draw(st.sampled_from(pieces)) + content[end:]
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for each, original in parts.items():
            made.writestr(each, changed if each == name else original)
    path = tmp_path / "t.xlsx"
    path.write_bytes(archive.getvalue())
    outcome(path)
