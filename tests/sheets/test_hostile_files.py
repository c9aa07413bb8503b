"""Files of tables from hostile or careless hands: each ends in numbered refusals, in bounded memory and time."""

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sheet_files import COLUMNS, HEADS, book, lying, read, rewrite

from oracles.accounting import Refusal, RefusedError
from oracles.sheets import REPORT, Mistakes, open_book, records

SHEET = "xl/worksheets/sheet1.xml"


def refused(path: Path) -> tuple[Refusal, ...]:
    with pytest.raises(RefusedError) as caught:
        read(path)
    for each in caught.value.refusals:
        assert all((each.where, each.rule, each.problem.zh, each.problem.en, each.valid.zh, each.valid.en))
    return caught.value.refusals


def problems(path: Path) -> str:
    return "\n".join(f"{each.where}: {each.problem.en}" for each in refused(path))


def test_book__plain_values__records_with_exact_numbers(tmp_path: Path) -> None:
    row = ["a", 1234567.891, 3, date(2025, 3, 31), datetime(2025, 3, 31, 23, 59, 59)]
    (found,) = read(book(tmp_path / "b.xlsx", row))
    assert found == {
        "id": "a",
        "amount": {"value": "1234567.891", "unit": "t"},
        "month": 3,
        "day": "2025-03-31",
        "at": "2025-03-31T23:59:59",
    }


def hide_row(made: Workbook) -> None:
    made.active.row_dimensions[2].hidden = True


def hide_column(made: Workbook) -> None:
    made.active.column_dimensions["B"].hidden = True


def hide_sheet(made: Workbook) -> None:
    made.create_sheet("back").sheet_state = "veryHidden"


def merge(made: Workbook) -> None:
    made.active.merge_cells("C2:D3")


def double(made: Workbook) -> None:
    made.active["F1"] = HEADS[1]


def rename(made: Workbook) -> None:
    made.active["B1"] = "Amount"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (hide_row, "Sheet!A2: a hidden row holds values"),
        (hide_column, "Sheet!B:B: a hidden column"),
        (hide_sheet, "back: a hidden sheet"),
        (merge, "Sheet!C2:D3: merged cells"),
        (double, "Sheet!F1: “数量 / amount [t]” is given twice"),
        (rename, "Sheet!B1: the header “Amount” is unknown"),
    ],
)
def test_book__careless_layout__told_where(tmp_path: Path, edit: Callable[[Workbook], None], expected: str) -> None:
    assert expected in problems(book(tmp_path / "b.xlsx", ["a", 1], edit=edit))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a", "12,345"], "B2: '12,345' is not a number (it has thousands separators)"),
        (["a", "１２３"], "B2: '１２３' is not a number (it has full-width signs)"),
        (["a", "1.5E+03"], "B2: '1.5E+03' is not a number (scientific notation)"),
        (["a", "5 t"], "B2: '5 t' is not a number"),
        (["a", "=B9*2"], "B2: the formula B9*2 has no stored result"),
        (["a", date(2025, 1, 1)], "B2: 2025-01-01T00:00:00 is not a number"),
        (["a", 1, 3, 45747], "D2: 45747 is not a date (a date as a serial number? that would be 2025-03-31)"),
        (["a", 1, 3.5], "C2: 3.5 is not a whole number"),
        ([None, 1], "A2: the cell is empty"),
        (["a", 1, None, None, "8 o'clock"], 'E2: "8 o\'clock" is not a time'),
        (["a", 1, None, None, None, "x"], "F2: there is a value in a column without a header"),
        (["x" * 501, 1], "A2: the text is too long"),
    ],
)
def test_book__wrong_cell__told_with_cell_and_reason(tmp_path: Path, cells: list[object], expected: str) -> None:
    assert f"Sheet!{expected}" in problems(book(tmp_path / "b.xlsx", cells))


@pytest.mark.parametrize("number", [b"NaN", b"INF", b"1e400", b"0x10", b"--1", b"1,5"])
def test_book__number_that_is_none__refused(tmp_path: Path, number: bytes) -> None:
    path = rewrite(
        book(tmp_path / "b.xlsx", ["a", 77]), {SHEET: lambda xml: xml.replace(b"<v>77</v>", b"<v>%s</v>" % number)}
    )
    assert refused(path)[0].where == "Sheet!B2"


def test_book__every_mistake_at_once_and_bounded(tmp_path: Path) -> None:
    assert len(refused(book(tmp_path / "few.xlsx", ["a", "x"], [None, 2], ["c", "y"]))) == 3
    many = refused(book(tmp_path / "many.xlsx", *(["a", "x"] for _ in range(400))))
    assert len(many) == 201
    assert "the first 200" in many[-1].problem.en


def test_book__dimension_of_a_whole_sheet__only_cells_count(tmp_path: Path) -> None:
    def whole(xml: bytes) -> bytes:
        return xml.replace(b"A1:E2", b"A1:XFD1048576")

    path = rewrite(book(tmp_path / "b.xlsx", ["a", 1]), {SHEET: whole})
    started = time.monotonic()
    assert len(read(path)) == 1
    assert time.monotonic() - started < 2


def test_book__cell_at_the_far_corner__refused(tmp_path: Path) -> None:
    def far(xml: bytes) -> bytes:
        return xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')

    assert "past column" in problems(rewrite(book(tmp_path / "b.xlsx", ["a", 1]), {SHEET: far}))


def entity(xml: bytes) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return xml.replace(b"<worksheet", bomb + b"<worksheet").replace(b"<v>1</v>", b"<v>&b;</v>")


def external(xml: bytes) -> bytes:
    return b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>' + xml


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        (SHEET, entity, "declares a DOCTYPE"),
        ("xl/sharedStrings.xml", external, "declares a DOCTYPE"),
        ("docProps/core.xml", external, "declares a DOCTYPE"),
        (SHEET, lambda xml: xml[:300], "damaged"),
        (SHEET, lambda xml: xml.replace(b"<sheetData>", b'<sheetData><row><c t="s"><v>999</v></c></row>'), "damaged"),
        ("xl/vbaProject.bin", lambda _: b"macro", "macros"),
        ("xl/externalLinks/externalLink1.xml", lambda _: b"<x/>", "links to other files"),
        ("xl/embeddings/a.bin", lambda _: b"x", "embedded files"),
        ("xl/media/inner.zip", lambda _: b"PK", "another file is inside"),
        ("xl/connections.xml", lambda _: b"<x/>", "data connections"),
        (
            "[Content_Types].xml",
            lambda xml: xml.replace(
                b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
            ),
            ".xlsm",
        ),
    ],
)
def test_book__active_or_broken_part__refused(
    tmp_path: Path, part: str, change: Callable[[bytes], bytes], expected: str
) -> None:
    assert expected in problems(rewrite(book(tmp_path / "b.xlsx", ["a", 1]), {part: change}))


def test_book__zip_with_a_method_of_its_own__refused(tmp_path: Path) -> None:
    path = rewrite(book(tmp_path / "b.xlsx", ["a", 1]), {}, zipfile.ZIP_LZMA)
    assert "unusual method" in problems(path)


@pytest.mark.parametrize("size", [10, 4_000_000_000])
def test_book__size_in_the_directory_lies__refused(tmp_path: Path, size: int) -> None:
    assert refused(lying(book(tmp_path / "b.xlsx", ["a", 1]), SHEET, size))


def test_book__many_parts_or_one_name_twice__refused(tmp_path: Path) -> None:
    many, twice = book(tmp_path / "m.xlsx", ["a", 1]), book(tmp_path / "t.xlsx", ["a", 1])
    with zipfile.ZipFile(many, "a") as archive:
        for number in range(400):
            archive.writestr(f"x/{number}", b"")
    with zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("XL/workbook.xml", b"<x/>")
    assert "too many" in problems(many)
    assert "same name" in problems(twice)


def test_book__archive_inside_an_archive__refused(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 50_000_000)
    path = tmp_path / "nested.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.zip", inner.getvalue())
    assert refused(path)


def test_book__truncated_anywhere__refused(tmp_path: Path) -> None:
    content = book(tmp_path / "b.xlsx", ["a", 1]).read_bytes()
    path = tmp_path / "cut.xlsx"
    for length in range(0, len(content), max(1, len(content) // 40)):
        path.write_bytes(content[:length])
        refused(path)


@pytest.mark.parametrize(("name", "expected"), [("a.xls", "old .xls or an encrypted"), ("a.xlsx", "not an xlsx file")])
def test_book__other_formats__refused_by_what_they_hold(tmp_path: Path, name: str, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) if name.endswith("xls") else b"%PDF-1.7")
    assert expected in problems(path)


def test_book__hundred_times_the_rows__memory_stays_flat(tmp_path: Path) -> None:
    """Peak memory of a full sheet is close to that of a small one: rows are streamed."""
    peaks = []
    for count in (200, 20_000):
        path = book(tmp_path / f"{count}.xlsx", *([f"id-{n}", n + 0.5, 1, None, None] for n in range(count)))
        tracemalloc.start()
        total = _drain(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == count
    assert peaks[1] < peaks[0] + 6_000_000


def _drain(path: Path) -> int:
    opened, mistakes = open_book(path), Mistakes()
    return sum(1 for _ in records(opened.rows("Sheet", mistakes), "Sheet", COLUMNS, mistakes))


@pytest.mark.parametrize(("cells", "is_refused"), [(100_000, False), (2_100_000, True)])
def test_book__row_of_empty_cells__bounded_time_and_memory(tmp_path: Path, cells: int, is_refused: bool) -> None:
    def wide(xml: bytes) -> bytes:
        return xml.replace(b"</sheetData>", b'<row r="3">' + b"<c/>" * cells + b"</row></sheetData>")

    path = rewrite(book(tmp_path / "b.xlsx", ["a", 1]), {SHEET: wide}, zipfile.ZIP_STORED)
    if is_refused:
        assert "too many cells" in problems(path)
        return
    tracemalloc.start()
    assert len(read(path)) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_csv__as_spreadsheets_write_it__read(tmp_path: Path, encoding: str, separator: str, line: str) -> None:
    path = tmp_path / "t.csv"
    rows = (HEADS, ['"two\nlines, 两行"', "1.50"], [], [""] * 4, ["b", "2", "", "2025-03-31", "2025/03/31 08:00"])
    path.write_bytes(line.join(separator.join(row) for row in rows).encode(encoding))
    first, second = read(path)
    assert first == {"id": "two\nlines, 两行", "amount": {"value": "1.5", "unit": "t"}}
    assert (second["day"], second["at"]) == ("2025-03-31", "2025-03-31T08:00:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,NaN", "B2: 'NaN' is not a number"),
        ("a,inf", "B2: 'inf' is not a number"),
        ("a,1e5", "scientific notation"),
        ("a,１２", "full-width"),
        ('a,"1,234"', "thousands separators"),
        ("a,=1+1", "is not a number"),
        ('"a,1', "not valid CSV"),
        ("a," + "9" * 30, "is not a number"),
        ("," * 80 + "x", "columns"),
    ],
)
def test_csv__bad_value__told_where(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",".join(HEADS) + "\n" + text + "\n", encoding="utf-8")
    assert expected in problems(path)


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0", b"\xff\xfe\x00\xd8"])
def test_csv__no_text__refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert refused(path)


def test_file__hundred_megabytes__refused_by_size_at_once(tmp_path: Path) -> None:
    for name in ("t.csv", "t.xlsx"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.write(b"id,amount\n")
            file.truncate(100 * 1024 * 1024)
        assert str(REPORT.size) in refused(path)[0].valid.en
