"""`registry calc emissions`: from a JSON or XLSX report to a figure, its lines and the reasons for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Plain

from oracles.accounting import (
    Accounted,
    Evidence,
    LabRegister,
    Refusal,
    RefusedError,
    RegisteredLab,
    account,
    read_json,
    validate,
)
from oracles.accounting.evidence import MeterRegister, RegisteredMeter
from oracles.accounting.reading import MAX_JSON_BYTES
from oracles.accounting.refusal import refuse
from oracles.accounting.workbook import locate, read_workbook, write_template
from oracles.accounting.worked import Comparison, compare_all, covered
from registry_cli.output import console, emit
from registry_sdk import parameters as law
from registry_sdk.calc.cases import CASES
from registry_sdk.calc.result import Text
from registry_sdk.parameters import ParameterError

REFUSED = 2
DIFFERENT = 1


def emissions(
    file: Annotated[Path, typer.Argument(help="排放报告（.json、.xlsx 或 .csv） / emission report: JSON, XLSX or CSV")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
    explain: Annotated[bool, typer.Option(help="逐步说明 / explain every step")] = False,
    evidence_required: Annotated[
        bool, typer.Option(help="无检测报告或计量证书的数据按保守规则处理 / figures without evidence are not usable")
    ] = False,
    labs: Annotated[Path | None, typer.Option(help="检测机构名录（JSON） / list of laboratories")] = None,
    meters: Annotated[Path | None, typer.Option(help="计量器具登记簿（JSON） / register of meters")] = None,
    parameters: Annotated[Path | None, typer.Option(help="参数覆盖文件 / parameter override file")] = None,
) -> None:
    """核算排放量 / Calculate emissions (D-02 ... D-15, E-10). Exit code 2: the input was refused, with every reason."""
    try:
        numbers = None if parameters is None else law.load([parameters])
        evidence = Evidence(
            required=evidence_required,
            labs=None if labs is None else _labs(labs),
            meters=None if meters is None else _meters(meters),
        )
        document = None if _is_workbook(file) else read_json(_bytes(file))
        if isinstance(document, dict) and "worked_examples" in document:
            _compare(document["worked_examples"], as_json)
            return
        result = _account(file, document, lambda report: account(report, evidence, numbers))
    except RefusedError as error:
        _refused(error.refusals, as_json)
    except ParameterError as error:
        where = Text(error.zh, error.en)
        _refused(
            (Refusal("parameters", error.rule or "D-07", where, Text("改正参数文件", "correct the file")),), as_json
        )
    else:
        _show(result, as_json, explain)


def emissions_template(
    file: Annotated[Path, typer.Argument(help="要写的 .xlsx / the workbook to write")],
    sector: Annotated[str, typer.Option(help="power, steel, cement, aluminium")],
    year: Annotated[int, typer.Option(help="履约年度 / compliance year")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """写出填报模板 / Write the report template of a sector."""
    try:
        write_template(file, sector, year)
    except KeyError:
        valid = Text("power, steel, cement, aluminium", "power, steel, cement, aluminium")
        refusal = Refusal("sector", "A-05a", Text(f"没有行业 {sector}", f"no sector {sector}"), valid)
        _refused((refusal,), as_json)
    except OSError as error:
        problem = Text(f"无法写入：{error.strerror}", f"cannot write: {error.strerror}")
        _refused((Refusal(str(file), "D-07", problem, Text("可写的路径", "a path that can be written")),), as_json)
    emit({"ok": True, "file": str(file)}, as_json, lambda body: f"已写出 / written: {body['file']}")


def _is_workbook(file: Path) -> bool:
    if file.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".csv"):
        if not file.is_file():
            raise _unreadable(file)
        return True
    return False


def _bytes(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        # one byte past the limit is enough for the reader to refuse the file without loading it
        with file.open("rb") as opened:
            return opened.read(min(size, MAX_JSON_BYTES + 1))
    except OSError:
        raise _unreadable(file) from None


def _unreadable(file: Path) -> RefusedError:
    return refuse(
        str(file),
        "D-07",
        Text("文件不存在或无法读取", "the file does not exist or cannot be read"),
        Text("现有的文件", "an existing file"),
    )


def _labs(file: Path) -> LabRegister:
    """The list [{"id", "mark", "items", "validity": {"first", "last"}}, …] by id."""
    rows = read_json(_bytes(file))
    try:
        entries = [RegisteredLab.model_validate(row) for row in rows]
    except (ValueError, TypeError):
        raise refuse(
            str(file),
            "H-06",
            Text("机构名录格式不符", "the list of laboratories has a wrong form"),
            Text('[{"id", "mark", "items", "validity"}]', '[{"id", "mark", "items", "validity"}]'),
        ) from None
    return {entry.id: entry for entry in entries}


def _meters(file: Path) -> MeterRegister:
    """The register as ``registry oracle source list meters --json`` writes it; other members are left alone."""
    body = read_json(_bytes(file))
    rows: Any = body.get("items") if isinstance(body, dict) else body
    try:
        entries = [
            RegisteredMeter.model_validate({
                "id": row["id"],
                "kind": row["kind"],
                "accuracy": row.get("accuracy"),
                "certificates": [{"first": each["first"], "last": each["last"]} for each in row["certificates"]],
            })
            for row in rows
        ]  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError):
        form = '{"items": [{"id", "kind", "accuracy", "certificates": [{"first", "last"}]}]}'
        raise refuse(
            str(file),
            "D-16",
            Text("计量器具登记簿格式不符", "the register of meters has a wrong form"),
            Text(form, form),
        ) from None
    return {entry.id: entry for entry in entries}


def _account(file: Path, document: Any, act: Callable[[Any], Accounted]) -> Accounted:
    if document is not None:
        return act(validate(document))
    report, places = read_workbook(file)
    located: Accounted = locate(places, lambda: act(report))
    return located


@contextmanager
def show_refusals(as_json: bool) -> Iterator[None]:
    """Refusals of an input end the command with every mistake and code 2."""
    try:
        yield
    except RefusedError as error:
        _refused(error.refusals, as_json)
    except ParameterError as error:
        problem = Text(error.zh, error.en)
        _refused((Refusal("parameters", error.rule or "D-07", problem, Text("改正参数", "correct it")),), as_json)


def _refused(refusals: tuple[Refusal, ...], as_json: bool) -> NoReturn:
    """Tell every mistake and end with code 2."""
    if as_json:
        emit({"ok": False, "refusals": [each.to_json() for each in refusals]}, True, str)
    else:
        table = Table(title="输入被拒绝 / input refused", show_lines=True)
        for head in ("位置 / where", "规则 / rule", "问题 / problem", "正确填法 / valid"):
            table.add_column(head, overflow="fold")
        for each in refusals:
            cells = (each.where, each.rule, _two_lines(each.problem), _two_lines(each.valid))
            table.add_row(*(Plain(cell) for cell in cells))
        console.print(table)
    raise typer.Exit(REFUSED)


def _two_lines(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh}\n{text.en}"


def _show(result: Accounted, as_json: bool, explain: bool) -> None:
    if as_json:
        body = {"ok": True, **result.to_json()}
        if explain:
            body["explanation"] = result.explained().to_json()
        emit(body, True, str)
        return
    parts: list[RenderableType] = [_lines(result), _totals(result)]
    remarks = (*result.notes, *(use.text() for use in result.defaults))
    parts += [Plain(f"• {text.zh}\n  {text.en}") for text in remarks]
    if explain:
        parts.append(Plain(result.explain()))
    emit(parts, False, lambda drawn: Group(*drawn))


def _lines(result: Accounted) -> Table:
    title = f"{result.title.zh} / {result.title.en} — {result.entity} {result.year} ({result.calculator})"
    table = Table(title=Plain(title))
    for head in ("编号 / id", "单元 / unit", "月 / month", "来源 / source", "规则 / rule"):
        table.add_column(head, overflow="fold")
    table.add_column(result.unit, justify="right", no_wrap=True, min_width=14)
    for line in result.lines:
        label = _two_lines(line.item)
        month = "" if line.month is None else str(line.month)
        cells = (line.source, line.subunit, month, label, " ".join(line.rules), f"{line.value:,f}")
        table.add_row(*(Plain(cell) for cell in cells))
    return table


def _totals(result: Accounted) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in result.groups.items():
        table.add_row(name, f"{value:,f}")
    for scope, value in result.scopes.items():
        table.add_row(f"范围 scope {scope}", f"{value:,f}")
    for name, metric in result.metrics.items():
        table.add_row(name, str(metric))
    table.add_row(f"合计 / total {result.unit}", f"{result.value:,f}", style="bold")
    table.add_row("整吨 / whole tonnes", f"{result.whole:,}", style="bold")
    table.add_row("取整 / rounding", str(result.policy["policy"]))
    return table


def _compare(examples: Any, as_json: bool) -> None:
    """Worked examples of the domain file beside our figures; exit code 1 when one differs."""
    if not isinstance(examples, list) or not all(
        isinstance(each, dict)
        and isinstance(each.get("inputs"), dict)
        and isinstance(each.get("expected"), dict)
        and "id" in each
        for each in examples
    ):
        fields = "[{id, rule, inputs, expected}]"
        raise refuse("worked_examples", "D-07", Text("格式不符", "wrong form"), Text(fields, fields))
    found = compare_all(examples)
    # an example of a rule that neither this command nor the other two calculate must not pass in silence
    found += [
        Comparison(str(each["id"]), "rule", str(each.get("rule")), None)
        for each in examples
        if not covered(each) and each.get("rule") not in CASES
    ]
    if as_json:
        rows = [asdict(each) | {"equal": each.equal} for each in found]
        emit({"ok": all(each.equal for each in found), "comparisons": rows}, True, str)
    else:
        emit(found, False, _comparisons)
    if not all(each.equal for each in found):
        raise typer.Exit(DIFFERENT)


def _comparisons(found: list[Comparison]) -> Table:
    table = Table(title="算例核对 / worked examples")
    for head in ("算例 / example", "数据 / figure", "应为 / expected", "结果 / ours", ""):
        table.add_column(head)
    for each in found:
        table.add_row(each.example, each.figure, each.expected, each.ours or "-", "✓" if each.equal else "✗")
    return table
