"""Report workbooks: the template round trip, and every malformed file ends in a clear refusal."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from oracles.accounting import Refusal, RefusedError, account
from oracles.accounting.workbook import locate, read_workbook, write_template
from oracles.accounting.workbook.columns import OUTPUTS_SHEET, REPORT_SHEET, SOURCE_COLUMNS, SOURCES_SHEET
from oracles.sheets import REPORT

HEADERS = {column.header: column.key for column in SOURCE_COLUMNS}


def columns(sheet: Worksheet) -> dict[str, int]:
    return {HEADERS[str(cell.value)]: cell.column for cell in sheet[1]}


def put(sheet: Worksheet, number: int, **cells: Any) -> None:
    places = columns(sheet)
    for key, value in cells.items():
        sheet.cell(number, places[key]).value = value


@pytest.fixture
def power(tmp_path: Path) -> Path:
    path = tmp_path / "power.xlsx"
    write_template(path, "power", 2024)
    book = load_workbook(path)
    book[REPORT_SHEET]["B1"] = "E-0001"
    coal = {"id": "coal", "flow": "fuel", "item": "coal", "amount": 850000, "amount_unit": "t"}
    put(book[SOURCES_SHEET], 2, **coal, heat_value=19.876, heat_value_unit="GJ/t")
    book.save(path)
    return path


def change(path: Path, edit: Callable[[Workbook], None]) -> Path:
    book = load_workbook(path)
    edit(book)
    book.save(path)
    return path


def refused(path: Path) -> tuple[Refusal, ...]:
    with pytest.raises(RefusedError) as caught:
        read_workbook(path)
    for each in caught.value.refusals:
        assert all((each.where, each.rule, each.problem.zh, each.problem.en, each.valid.zh, each.valid.en))
    return caught.value.refusals


def test_template__filled_in__same_figure_as_the_worked_example(power: Path) -> None:
    report, _ = read_workbook(power)
    assert f"{account(report).value:f}" == "1891950.23"


@pytest.mark.parametrize("sector", ["power", "steel", "cement", "aluminium"])
def test_template__every_sector__lists_its_items_and_reads_back_empty(tmp_path: Path, sector: str) -> None:
    write_template(tmp_path / "t.xlsx", sector, 2025)
    assert {each.where for each in refused(tmp_path / "t.xlsx")} == {f"{REPORT_SHEET}!B1"}


def test_workbook__evidence_and_outputs__reach_the_model(power: Path) -> None:
    def edit(book: Workbook) -> None:
        put(
            book[SOURCES_SHEET],
            2,
            meter_id="B-7",
            meter_kind="belt_scale",
            certificate_first=date(2024, 1, 1),
            certificate_last="2024-12-31",
            lab_id="LAB",
            lab_mark="CMA",
            lab_items="heat_value，carbon_content",
            lab_valid_first=date(2020, 1, 1),
            lab_valid_last=date(2026, 1, 1),
            lab_report=20240601,
            lab_tested_on=date(2024, 6, 1),
            lab_qualified="是",
        )
        for index, value in enumerate(("generation", 2000000, "MWh"), start=1):
            book[OUTPUTS_SHEET].cell(2, index, value)

    report, _ = read_workbook(change(power, edit))
    source = report.sources[0]
    assert source.amount.meter is not None
    assert source.amount.meter.certificates[0].last == date(2024, 12, 31)
    assert source.heat_value is not None
    assert source.heat_value.lab is not None
    assert source.heat_value.lab.items == ("heat_value", "carbon_content")
    assert f"{account(report).metrics['t_per_MWh']:f}" == "0.9460"


@pytest.mark.parametrize(
    ("edit", "where", "text"),
    [
        (lambda book: put(book[SOURCES_SHEET], 2, amount="850,000"), "G2", "not a number"),
        (lambda book: put(book[SOURCES_SHEET], 2, amount="12 t"), "G2", "not a number"),
        (lambda book: put(book[SOURCES_SHEET], 2, amount=True), "G2", "not a number"),
        (lambda book: put(book[SOURCES_SHEET], 2, amount=None), "G2", "empty"),
        (lambda book: put(book[SOURCES_SHEET], 2, amount="=1+1"), "G2", "no stored result"),
        (lambda book: put(book[SOURCES_SHEET], 2, amount="#DIV/0!"), "G2", "an error"),
        (lambda book: put(book[SOURCES_SHEET], 2, amount=-5), "G2", "negative"),
        (lambda book: put(book[SOURCES_SHEET], 2, month="June"), "E2", "not a whole number"),
        (lambda book: put(book[SOURCES_SHEET], 2, certificate_last="31/12/2024"), "Q2", "not a date"),
        (lambda book: put(book[SOURCES_SHEET], 2, item="x" * 600), "C2", "too long"),
        (lambda book: book[SOURCES_SHEET].cell(2, 40, 1), "AN2", "without a header"),
        (lambda book: book[SOURCES_SHEET].cell(1, 3, "燃料"), "C1", "unknown"),
    ],
)
def test_workbook__bad_cell__told_with_sheet_and_cell(
    power: Path, edit: Callable[[Workbook], None], where: str, text: str
) -> None:
    found = refused(change(power, edit))
    expected = f"{SOURCES_SHEET}!{where}"
    assert any(each.where == expected and text in each.problem.en for each in found), found


def test_workbook__wrong_item_or_unit__told_with_its_cell(power: Path) -> None:
    report, places = read_workbook(change(power, lambda book: put(book[SOURCES_SHEET], 2, item="gold")))
    with pytest.raises(RefusedError) as caught:
        locate(places, lambda: account(report))
    assert [(each.where, each.rule) for each in caught.value.refusals] == [(f"{SOURCES_SHEET}!C2", "D-04")]


def test_workbook__merged_cells__refused(power: Path) -> None:
    found = refused(change(power, lambda book: book[SOURCES_SHEET].merge_cells("A2:B3")))
    assert f"{SOURCES_SHEET}!A2:B3" in {each.where for each in found}


def test_workbook__sheet_missing__names_the_sheets_there_are(power: Path) -> None:
    found = refused(change(power, lambda book: setattr(book[SOURCES_SHEET], "title", "Sheet1")))
    assert found[0].where == SOURCES_SHEET
    assert "Sheet1" in found[0].problem.en


def test_workbook__row_past_the_limit__refused_not_ignored(power: Path) -> None:
    found = refused(change(power, lambda book: book[SOURCES_SHEET].cell(REPORT.rows + 1, 1, "x")))
    assert found[0].where == f"{SOURCES_SHEET}!A{REPORT.rows + 1}"


def test_workbook__formula_with_stored_result__read(power: Path) -> None:
    rewrite(
        power,
        "xl/worksheets/sheet2.xml",
        lambda xml: xml.replace(b"<v>850000</v>", b"<f>800000+50000</f><v>850000</v>"),
    )
    assert f"{read_workbook(power)[0].sources[0].amount.value:f}" == "850000"


def test_workbook__binary_noise_in_a_number__fifteen_digits(power: Path) -> None:
    rewrite(power, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"19.876", b"19.876000000000001"))
    heat = read_workbook(power)[0].sources[0].heat_value
    assert heat is not None
    assert f"{heat.value:f}" == "19.876"


def rewrite(path: Path, name: str, edit: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    parts[name] = edit(parts.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in parts.items():
            archive.writestr(each, content)


ENTITY = b'<!DOCTYPE x [<!ENTITY a "b">]>'


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("xl/worksheets/sheet2.xml", lambda xml: xml[: len(xml) // 2]),
        ("xl/worksheets/sheet2.xml", lambda xml: b""),
        ("xl/workbook.xml", lambda xml: b"not xml"),
        ("xl/workbook.xml", lambda xml: ENTITY + xml),
        ("xl/styles.xml", lambda xml: xml[:20]),
        ("xl/styles.xml", lambda xml: ENTITY.decode().encode("utf-16") + xml),
        ("xl/_rels/workbook.xml.rels", lambda xml: b"<x/>"),
        ("xl/vbaProject.bin", lambda xml: b"macro"),
        ("xl/externalLinks/externalLink1.xml", lambda xml: b"<x/>"),
        ("[Content_Types].xml", lambda xml: b"<x/>"),
        ("xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"850000", b"NaN")),
    ],
)
def test_workbook__damaged_part__refused(power: Path, name: str, edit: Callable[[bytes], bytes]) -> None:
    rewrite(power, name, edit)
    assert refused(power)


def test_workbook__zip_bomb__refused_without_unpacking(power: Path) -> None:
    with zipfile.ZipFile(power, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.bin", b"\0" * (REPORT.unpacked + 1))
    assert "zip bomb" in refused(power)[0].problem.en


def test_workbook__one_part_packed_too_tightly__refused(power: Path) -> None:
    with zipfile.ZipFile(power, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.bin", b"\0" * 20_000_000)
    assert "zip bomb" in refused(power)[0].problem.en


def test_workbook__hundred_megabytes__refused_by_size(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(100 * 1024 * 1024)
    assert str(REPORT.size) in refused(path)[0].valid.en


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"id,flow\n1,2\n", b"PK\x03\x04" + b"\0" * 100, b"\xd0\xcf\x11\xe0rest"]
)
def test_workbook__not_a_workbook__refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert refused(path)


def test_workbook__one_byte_cut_anywhere__refused_or_read(power: Path, tmp_path: Path) -> None:
    content = power.read_bytes()
    broken = tmp_path / "broken.xlsx"
    outcomes = set()
    for place in range(0, len(content), max(1, len(content) // 60)):
        broken.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            read_workbook(broken)
            outcomes.add("read")
        except RefusedError:
            outcomes.add("refused")
    assert "refused" in outcomes
