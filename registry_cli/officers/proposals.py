"""Propose any act that the permission table opens, and see what may be proposed."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from registry_cli.officers.arguments import usage
from registry_cli.officers.desk import ActDesk, Proposer, outcome_table
from registry_cli.officers.show import roles_text
from registry_cli.output import emit
from registry_cli.signing.command import command
from registry_cli.signing.options import Place
from registry_cli.signing.reading import parse_json
from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.permissions import permissions

app = typer.Typer(
    no_args_is_help=True,
    help="经办与复核：提出、阅读、批准、否决、执行 officers' acts: propose, read, approve, reject, execute",
)


@command(app, "act")
def act(
    place: Place,
    officer: Proposer,
    contract: Annotated[str, typer.Argument(help="合约名 contract, such as accounts")],
    function: Annotated[str, typer.Argument(help="函数名 function, such as setApprovals")],
    args: Annotated[
        str, typer.Option(help="参数 JSON：数组或对象 arguments as a JSON list or object, ground left out")
    ] = "[]",
) -> None:
    """提出任一操作 Propose any act; `functions` lists what may be proposed and with which arguments."""
    desk = ActDesk(place, officer)
    emit(desk.propose(contract, function, parse_json(args, "--args")), place.as_json, outcome_table)


@command(app, "functions")
def functions(place: Place) -> None:
    """列出可办事项及其参数 What may be proposed, by whom, with which arguments; needs no service."""
    items = [
        {
            "contract": row.contract,
            "function": row.function,
            "zh": row.zh,
            "en": row.en,
            "who": roles_text(row),
            "args": usage(contract(CONTRACTS[row.contract]).functions[row.function]),
        }
        for row in permissions()
    ]
    emit({"items": items}, place.as_json, _functions)


def _functions(body: dict[str, list[dict[str, str]]]) -> Table:
    table = Table("合约 函数 contract function", "事项 act", "由谁办 who")
    table.add_column("参数 arguments", overflow="fold")
    for row in body["items"]:
        name = f"{row['contract']} {row['function']}"
        table.add_row(name, f"{row['zh']} {row['en']}", row["who"], Text(row["args"]))
    return table
