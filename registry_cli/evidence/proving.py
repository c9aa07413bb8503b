"""Export the proof of one item: a file that anybody checks with the SDK, an endpoint and the deployment file."""

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.text import Text as Plain

from oracles.evidence.office import EvidenceOffice
from oracles.evidence.signing import prove as prove_item
from oracles.refusals import refuse
from registry_cli.evidence.options import Account, OfMonth, month_of, told
from registry_cli.oracle_options import AsJson, Home, Where, settings_of
from registry_cli.output import emit
from registry_sdk.deployment import Deployment
from registry_sdk.evidence.files import ProofFile


def prove(
    account: Account,
    month: OfMonth,
    kind: Annotated[str, typer.Option(help="数据项 / item, such as fuel_amount/coal-1")],
    out: Annotated[Path, typer.Option(help="证明文件 / file of the proof")],
    version: Annotated[
        int | None, typer.Option(help="版本，默认最新已封存 / version, by default the newest sealed")
    ] = None,
    home: Home = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """导出一个数据项的证明 / Export the proof of one item."""
    with told():
        settings = settings_of(home=home, deployment=deployment)
        office = EvidenceOffice.open(settings)
        wanted = month_of(account, month)
        office.months.newest(wanted)
        sealed = [each for each in office.months.versions(account, wanted.year, wanted.month) if each.root]
        chosen = next((each for each in reversed(sealed) if version in (None, each.version)), None)
        if chosen is None or chosen.root is None:
            names = {"account": account, "year": wanted.year, "month": wanted.month}
            raise refuse("MonthNotSealed", **names, version=version or 1)
        where = Deployment.load(settings.deployment)
        proof = prove_item(office.months, chosen, kind)
        filed, _ = office.months.item(chosen, kind)
        anchors = where.address("evidence").lower()
        file = ProofFile(where.chain_id, anchors, chosen.version, chosen.root, filed.item, proof)
        out.write_bytes(orjson.dumps(file.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    emit(file.to_json(), as_json, lambda _: Plain(f"已写入 / written: {out.name}"))
