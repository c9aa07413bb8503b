"""The desk of `registry oracle sign` and `signer`, with the files of cases of an institution that keeps them."""

from pathlib import Path
from typing import Annotated

import typer

from oracles.refusals import refuse
from oracles.settings import OracleSettings
from oracles.signing import Signing
from oracles.store import open_store
from oracles.verification import VerificationDesk
from oracles.verification.gate import CaseGate
from oracles.verification.register import Register
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient

Cases = Annotated[
    Path | None,
    typer.Option(
        help="核查与发现的目录，未了结则不签 / home with findings and verification: unsettled, nothing is signed",
    ),
]


def signing_desk(rpc: str, deployment: Path, cases: Path | None) -> Signing:
    """The desk of a signer.

    Raises:
        DeploymentError: the deployment file.
        OracleError: there are no cases where they are said to be.
    """
    client, where = RpcClient(rpc), Deployment.load(deployment)
    if cases is None:
        return Signing(client, where)
    database = OracleSettings(home=cases).database
    if not database.is_file():
        raise refuse(
            "InputInvalid",
            where="--cases",
            detail_zh=f"{cases} 中没有数据",
            detail=f"there is nothing in {cases}",
            valid_zh="oracle verify 的工作目录。",
            valid="the home folder of oracle verify.",
        )
    return Signing(client, where, CaseGate(VerificationDesk.open(open_store(database)), Register(client, where)))
