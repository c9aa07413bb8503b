"""`registry calc allocation`, `registry calc compliance` and their templates."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer

from registry_cli.calc import screen
from registry_cli.calc.documents import Document, UnreadableError, read_document, unreadable
from registry_cli.calc.issue import Kind, write_issue_tables
from registry_cli.calc.questions import answer
from registry_cli.calc.refusing import refuse
from registry_cli.calc.sheets import write_tables, write_template
from registry_cli.output import emit
from registry_sdk import parameters as law
from registry_sdk.calc.tables.allocation import allocate_table
from registry_sdk.calc.tables.allocation_columns import ALLOCATION
from registry_sdk.calc.tables.compliance import compliance_table
from registry_sdk.calc.tables.compliance_columns import COMPLIANCE
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import SheetSpec
from registry_sdk.parameters import ParameterError, ParameterSet

DIFFERENT = 1

File = Annotated[Path, typer.Argument(help=".json 或 .xlsx 文件 / a JSON or XLSX file")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")]
Explain = Annotated[bool, typer.Option(help="公式、输入、参数版本与取整 / formula, inputs, versions and roundings")]
Out = Annotated[Path | None, typer.Option(help="另存结果(.json 或 .xlsx) / also write the result to a file")]
Parameters = Annotated[list[Path] | None, typer.Option(help="参数覆盖文件 / parameter override file")]


def allocation(
    file: File,
    as_json: AsJson = False,
    explain: Explain = False,
    out: Out = None,
    parameters: Parameters = None,
    tables: Annotated[
        Path | None, typer.Option(help="写出分配表的目录，供 officer table / folder for tables that officers approve")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="分配表的种类 / kind of these tables")] = "FINAL",
) -> None:
    """计算配额 / Calculate allocation (part B). Exit code 2: refused row by row; 1: an expected figure differs."""

    def work(document: Document, numbers: ParameterSet) -> Report:
        return allocate_table(document.sheets.get("units", ()), document.sheets.get("plans", ()), numbers)

    def issue(report: Report) -> None:
        if tables is not None:
            write_issue_tables(tables, report, kind)

    _run(file, ALLOCATION, work, as_json, explain, out, parameters, issue)


def compliance(
    file: File, as_json: AsJson = False, explain: Explain = False, out: Out = None, parameters: Parameters = None
) -> None:
    """计算履约 / Calculate compliance (part C). Exit code 2: refused row by row; 1: an expected figure differs."""

    def work(document: Document, numbers: ParameterSet) -> Report:
        return compliance_table(document.sheets, numbers)

    _run(file, COMPLIANCE, work, as_json, explain, out, parameters)


def template(
    kind: Annotated[Literal["allocation", "compliance"], typer.Argument(help="allocation, compliance")],
    file: Annotated[Path, typer.Argument(help="要写的 .xlsx / the workbook to write")],
    as_json: AsJson = False,
) -> None:
    """写出填报模板 / Write an empty workbook with every column explained."""
    try:
        _check_suffix(file, (".xlsx",))
        write_template(file, ALLOCATION if kind == "allocation" else COMPLIANCE)
    except UnreadableError as error:
        refuse(error.errors, as_json)
    except OSError as error:
        refuse(_unwritable(error).errors, as_json)
    emit({"ok": True, "file": str(file)}, as_json, lambda body: f"已写出 / written: {body['file']}")


def _run(
    file: Path,
    specs: Sequence[SheetSpec],
    work: Callable[[Document, ParameterSet], Report],
    as_json: bool,
    explain: bool,
    out: Path | None,
    parameters: list[Path] | None,
    after: Callable[[Report], None] = lambda report: None,
) -> None:
    try:
        if out is not None:
            _check_suffix(out, (".xlsx", ".json"))
        numbers = law.load(parameters) if parameters else law.default()
        document = read_document(file, specs)
        report = answer(document.cases, numbers) if document.cases else work(document, numbers)
        if not report.errors:
            after(report)
    except UnreadableError as error:
        refuse(error.errors, as_json)
    except ParameterError as error:
        refuse(unreadable(error.zh, error.en, "改正参数文件", "correct the parameter file", error.key).errors, as_json)
    except OSError as error:
        refuse(_unwritable(error).errors, as_json)
    else:
        _show(report, as_json, explain, out)


def _show(report: Report, as_json: bool, explain: bool, out: Path | None) -> None:
    if report.errors:
        refuse(report.errors, as_json)
    different = any(row.get("equal") is False for row in report.sections.get("cases", ()))
    body = report.to_json(explain=explain) if as_json or out is not None else {}
    body |= {"ok": False} if different else {}
    if out is not None:
        try:
            _write(out, report, body)
        except OSError as error:
            refuse(_unwritable(error).errors, as_json)
    emit(body, as_json, lambda _: screen.sections(report.sections, report.results, explain))
    if different:
        raise typer.Exit(DIFFERENT)


def _write(out: Path, report: Report, body: dict[str, Any]) -> None:
    if out.suffix.lower() == ".xlsx":
        rows = {**report.sections}
        if "explanations" in body:
            rows["explanations"] = [
                {"label": label, "text": result.explain(nested=False)} for label, result in report.results
            ]
        write_tables(out, rows)
    else:
        out.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _check_suffix(file: Path, known: tuple[str, ...]) -> None:
    if file.suffix.lower() not in known:
        valid = ", ".join(known)
        raise unreadable(
            f"不能写 {file.suffix or '无扩展名'} 文件", f"cannot write {file.suffix or 'a bare name'}", valid, valid
        )


def _unwritable(error: OSError) -> UnreadableError:
    return unreadable(
        f"无法写入：{error.strerror}", f"cannot write: {error.strerror}", "可写的路径", "a path that can be written"
    )
