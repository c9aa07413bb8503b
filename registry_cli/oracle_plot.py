"""`registry oracle plot`: one entity's year as a picture."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text as Plain

from oracles.plots import FORMATS, entity_year, plot
from oracles.quality import entity_findings
from oracles.refusals import OracleError
from oracles.signing.desk_folder import write_bytes
from registry_cli.oracle_quality import cases_of
from registry_cli.output import emit, fail
from registry_cli.quality_data import Evidence, PlanFile, read_all
from registry_sdk.papers.typeface import UnprintableError

REFUSED = 2


def draw(
    entity: Annotated[str, typer.Argument(help="主体，如数据文件所写 / entity, as the data names it")],
    year: Annotated[int, typer.Option(help="年度 / year")],
    out: Annotated[Path, typer.Option(help="图件，.svg 或 .png / picture, .svg or .png")],
    data: Annotated[
        list[Path] | None, typer.Option(help="月度数据或排放报告 / monthly figures or an emission report")
    ] = None,
    evidence: Evidence = None,
    plan: PlanFile = None,
    home: Annotated[
        Path | None, typer.Option(help="存档发现所在目录；没有则现查 / home with findings on file; else checked now")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """绘制月度排放、强度与发现 / Draw monthly emissions, intensity and findings. Exit code 2: refused."""
    kind = out.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        fail(f"{out.name}：须为 must end in {', '.join('.' + each for each in FORMATS)}", REFUSED)
    try:
        read = read_all(data or (), evidence or (), plan, year, home)
        items = [item for one in read for item in one.items if item.entity == entity]
        filed = list(cases_of(home).all(entity, year)) if home else []
        found = (
            []
            if filed or (home and not evidence)
            else entity_findings(items, year, required=all(one.is_monthly for one in read))
        )
        figures = entity_year(items, year, found, filed)
        content = plot(figures, kind)
    except (OracleError, UnprintableError) as error:
        fail(str(error), REFUSED)
    except ValueError:
        fail(f"数据中没有 {entity} 的 {year} 年 / there is no {year} of {entity} in the data", REFUSED)
    write_bytes(out, content)
    body = {"entity": entity, "year": year, "out": str(out), "bytes": len(content), "marks": len(figures.marks)}
    emit(body, as_json, lambda _: Plain(f"{out}  {len(content):,} bytes"))
