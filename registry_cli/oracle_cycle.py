"""One cycle of the oracle as a command: collect, check, assemble, push."""

import typer
from rich.text import Text as Plain

from oracles.locking import HomeLockedError, locked_home
from oracles.logs import configure_logs
from oracles.process import Cycle, Oracle
from oracles.push import PushError
from oracles.refusals import OracleError
from oracles.settings import OracleSettings
from oracles.store.statements import StaleStateError
from registry_cli.oracle_options import NOT_DONE, REFUSED
from registry_cli.output import console, emit, fail
from registry_sdk.deployment import DeploymentError
from registry_sdk.keystore import KeystoreError
from registry_sdk.rpc import RpcError, RpcTransportError


def one_cycle(settings: OracleSettings, as_json: bool, chosen: str | None = None) -> None:
    """Do everything once; ends the command with 1 where it is safe to run again, with 2 where something is refused."""
    configure_logs()
    try:
        with locked_home(settings.prepare_home()):
            done = Oracle.open(settings).cycle(chosen)
    except (HomeLockedError, OracleError, DeploymentError, KeystoreError) as error:
        fail(str(error), REFUSED)
    except (RpcTransportError, RpcError, PushError, StaleStateError) as error:
        fail(f"未完成，可安全重试 / not done, safe to run again: {error}", NOT_DONE)
    emit({"live": settings.live, "complete": done.is_complete, **done.to_json()}, as_json, lambda _: _pushed(done))
    if not done.is_complete:
        raise typer.Exit(NOT_DONE)


def _pushed(done: Cycle) -> Plain:
    if done.planned:
        console.print("演练，未发送；加 --live 推送 / dry run, nothing was sent; --live pushes")
    lines = [f"收到文件 / files taken in: {done.collected}", f"完成交易 / transactions settled: {done.settled}"]
    lines += [
        f"将推送 / would push: {len(planned.digests)}，链上将接受 / the chain would accept {accepted}"
        for planned, accepted in done.planned
    ]
    return Plain("\n".join(lines))
