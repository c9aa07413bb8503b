"""What the commands of verification share: options, the desk, the chain, exit codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from oracles.accounting import RefusedError
from oracles.refusals import OracleError
from oracles.settings import OracleSettings
from oracles.store import open_store
from oracles.verification import VerificationDesk
from oracles.verification.register import Register
from registry_cli.oracle_options import NOT_DONE, REFUSED, settings_of
from registry_cli.output import fail
from registry_sdk.deployment import Deployment, DeploymentError
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError

Who = Annotated[str, typer.Option(help="办理人及单位 / person and institution")]
Said = Annotated[str, typer.Option("--text", help="说明 / what is said")]
JobName = Annotated[str, typer.Argument(metavar="JOB", help="核查编号，如 V-1001-2025-1 / name of the job")]
Document = Annotated[Path | None, typer.Option(help="证明文件，记其哈希 / proof; its hash is recorded")]


@dataclass(frozen=True)
class Station:
    """A desk over a home folder, and the chain where a command asks it."""

    settings: OracleSettings
    desk: VerificationDesk

    @property
    def register(self) -> Register:
        """Raises DeploymentError."""
        return _register(self.settings)


def _register(settings: OracleSettings) -> Register:
    where = Deployment.load(settings.deployment)
    return Register(RpcClient(settings.rpc_url, timeout=settings.rpc_timeout), where)


@contextmanager
def station(home: Path | None, rpc: str | None = None, deployment: Path | None = None) -> Iterator[Station]:
    """The station of a command; refusals end it with exit code 2, a chain out of reach with 1."""
    settings = settings_of(home=home, rpc_url=rpc, deployment=deployment)
    settings.prepare_home()
    try:
        # The chain is asked only where the simplified track is judged: other commands need none.
        desk = VerificationDesk.open(
            open_store(settings.database), tardy=lambda *asked: _register(settings).tardy_months(*asked)
        )
        yield Station(settings, desk)
    except RefusedError as error:
        fail("\n".join(map(str, error.refusals)), REFUSED)
    except OracleError as error:
        fail(str(error), NOT_DONE if error.outcome.error == "SeedNotYet" else REFUSED)
    except DeploymentError as error:
        fail(str(error), REFUSED)
    except (RpcTransportError, RpcError) as error:
        fail(f"现在无法完成，请重试 / cannot be done now, try again: {error}", NOT_DONE)
