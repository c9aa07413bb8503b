"""Reading a file of records and choosing from it: what is refused, and that the text says what would be valid."""

import gzip
import lzma
from pathlib import Path

import pytest
from replay_support import SMALL, run, write

from registry_cli.replay.records import RecordsError, read_records
from registry_cli.replay.selection import select


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The small file with one piece of text replaced."""
    path = write(tmp_path / "records.csv", SMALL)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.xz"])
def test_read_records__plain_or_packed__same_rows(tmp_path: Path, ending: str) -> None:
    plain = write(tmp_path / "plain.csv", SMALL).read_bytes()
    path = tmp_path / f"records{ending}"
    path.write_bytes({".csv": bytes, ".csv.gz": gzip.compress, ".csv.xz": lzma.compress}[ending](plain))
    records = read_records(path)
    assert len(records.rows) == len(SMALL)
    assert records.registries == ("XA", "XB")
    assert records.years == (2013, 2022)
    assert records.digest == read_records(tmp_path / "plain.csv").digest


def test_read_records__allocation_missing__free_allocation_counts(tmp_path: Path) -> None:
    path = changed(tmp_path, "XA-1,2013,2013-2020,500,500", "XA-1,2013,2013-2020,480,")
    assert read_records(path).rows[0].allocated == 480


BAD_ROWS = [
    ("XA-1,2013", "XA1,2013", "EE-1"),
    ("XA-1,2013", "XA-0,2013", "EE-1"),
    ("XA-1,2013", "xa-1,2013", "EE-1"),
    ("XA-1,2013", "XA-1,2033", "2013-2020"),
    ("XA-1,2013", "XA-1,13", "2013-2020"),
    ("XA-1,2013", "XA-2,2013", "line 2"),
    ("2013-2020", "2020-2013", "2013-2020"),
    ("2013-2020", "phase 3", "2013-2020"),
    ("2013-2020", "2012-2021", "2012-2021, 2013-2020"),
    ("500,500", "500,-5", "whole tonnes"),
    ("500,500", "500,1.5", "whole tonnes"),
    ("500,500", "500,9999999999999", "whole tonnes"),
    ("500,500", "500,many", "Not Calculated"),
    ("500,500", "500,٥٠٠", "whole tonnes"),
    ("500,500", "500", "11 fields"),
    (",A\n", ",Z\n", "A to E"),
    (",A\n", ',"A\n', "CSV"),
]


@pytest.mark.parametrize(("old", "new", "says"), BAD_ROWS)
def test_read_records__bad_row__refused_with_what_would_be_valid(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = write(tmp_path / "records.csv", SMALL)
    path.write_text(path.read_text().replace("\r\n", "\n").replace(old, new, 1))
    with pytest.raises(RecordsError, match=says):
        read_records(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("records.xlsx", b"x", r"\.csv\.xz"),
        ("records.csv.gz", b"not gzip", "damaged"),
        ("records.csv.xz", lzma.compress(b"id,year" * 99)[:40], "damaged"),
        ("records.csv", b"", "columns"),
        ("records.csv", b"id,year\nEE-1,2013\n", "ETSPhase"),
        ("records.csv", b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_read_records__bad_file__refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordsError, match=says):
        read_records(path)


def test_read_records__header_alone_or_column_twice__refused(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="no rows"):
        read_records(write(tmp_path / "empty.csv", []))
    with pytest.raises(RecordsError, match="doubled: year"):
        read_records(changed(tmp_path, "id,year,", "id,year,year,"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--registries", "EE"], "XA,XB"),
        (["--registries", ""], "XA,XB"),
        (["--years", "2020-2013"], "2013-2020"),
        (["--years", "2013-"], "2013-2022"),
        (["--years", "1999"], "2013-2022"),
        (["--years", "2016-2018"], "2013-2022"),
        (["--years", "2022", "--offsets"], "SurrenderedAllowances"),
    ],
)
def test_eutl__bad_choice__exit_two_and_what_the_file_has(tmp_path: Path, words: list[str], says: str) -> None:
    code, result, said = run(write(tmp_path / "r.csv", SMALL), "--home", str(tmp_path / "home"), *words)
    assert code == 2
    assert result == {}
    assert says in "".join(said.split())
    assert not (tmp_path / "home").exists()


def test_eutl__missing_file__exit_two(tmp_path: Path) -> None:
    code, _, said = run(tmp_path / "none.csv")
    assert code == 2
    assert "cannotberead" in "".join(said.split())


def test_eutl__folder_with_other_things__left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("dear")
    for words in ([], ["--fresh"]):
        code, _, said = run(write(tmp_path / "r.csv", SMALL), "--home", str(home), *words)
        assert code == 2
        assert "replay'sfolder" in "".join(said.split())
    assert [entry.name for entry in home.iterdir()] == ["letter.txt"]


def test_select__mid_phase__earlier_years_lead_in(tmp_path: Path) -> None:
    chosen = select(read_records(write(tmp_path / "r.csv", SMALL)), "xb, XA", "2015-2021")
    assert chosen.registries == ("XA", "XB")
    assert {row.year for row in chosen.rows} == {2015, 2021}
    assert {row.year for row in chosen.lead_in} == {2013, 2014}
    # XB-1 has no row from 2015 on.
    assert "XB-1" not in {row.operator for row in chosen.lead_in}
