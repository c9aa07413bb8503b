"""``registry up``: run the service. ``registry deploy``: bring the contracts onto its chain."""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from eth_utils.address import to_checksum_address
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from registry_api.app import create_app
from registry_api.chain import ChainError, ChainLockedError
from registry_api.service import DEPLOYMENT_FILE, SERVICE_FILE, Service
from registry_api.settings import Settings
from registry_cli.output import console, emit, fail
from registry_sdk import keystore
from registry_sdk.deployer import Deployer, Officer, connect
from registry_sdk.deployment import DeploymentError
from registry_sdk.keystore import KeystoreError
from registry_sdk.permissions import roles

Json = Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")]
Home = Annotated[Path | None, typer.Option(help="数据目录 home directory (REGISTRY_HOME)")]


def home_of(home: Path | None) -> Path:
    """The home directory: the option, or REGISTRY_HOME, or ``data``."""
    return home or Settings().home


def service_url(home: Path) -> str:
    """Address of the service running on a home directory."""
    path = home / SERVICE_FILE
    if not path.exists():
        fail(f"服务未运行，请先执行 registry up (no service runs on {home.name})")
    url: str = json.loads(path.read_text())["url"]
    return url


def up(home: Home = None, host: str | None = None, port: int | None = None, as_json: Json = False) -> None:
    """启动登记服务 Run the registry service until it is told to stop."""
    given: dict[str, Any] = {"home": home, "host": host, "port": port}
    settings = Settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    _log_to_stderr()
    service = Service(settings)
    try:
        service.start()
    except ChainLockedError:
        fail(f"{settings.home} 已有服务在运行 a service runs on this home already{_running(settings.home)}", 1)
    except (ChainError, DeploymentError, KeystoreError, OSError, SQLAlchemyError) as error:
        fail(f"服务无法启动 the service cannot start: {error}", 1)
    try:
        listener = _listen(settings)
    except OSError as error:
        service.stop()
        where = f"{settings.host}:{settings.port}"
        fail(f"地址 {where} 不可用，用 --port 另选 cannot be had, choose another with --port: {error.strerror}", 1)
    _serve(service, listener, as_json)


def _serve(service: Service, listener: socket.socket, as_json: bool) -> None:
    """Answer until told to stop, then stop the service."""
    url = f"http://{service.settings.host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(create_app(service), log_config=None, access_log=False, timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)

    def on_stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    # The chain's node dies with the thread that started it, so this thread waits and uvicorn gets its own.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_stop)
    thread.start()
    service.announce(url)
    emit({"url": url, "pid": os.getpid(), "home": str(service.home)}, as_json, lambda d: f"登记服务 service: {url}")
    thread.join()
    service.stop()


def _listen(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # From here on callers wait in the queue until the server's thread takes them.
        listener.listen(socket.SOMAXCONN)
    except OSError:
        listener.close()
        raise
    return listener


def _running(home: Path) -> str:
    """Where the service of a home says that it is, for a message."""
    try:
        found = json.loads((home / SERVICE_FILE).read_bytes())
        return f" ({found['url']}, 进程 process {found['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def deploy(
    officers: Annotated[Path, typer.Option(help="首批经办人员 JSON: [{signer, role, province}]")],
    key: Annotated[Path, typer.Option(help="部署密钥文件 keystore of the deployer")],
    password_file: Annotated[Path, typer.Option(help="部署密钥口令文件 file with its password")],
    rpc: Annotated[str | None, typer.Option(help="JSON-RPC 地址 address (default: the running service)")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """部署合约并交出全部权力 Deploy the contracts and hand all power over to the officers."""
    folder = home_of(home)
    target = folder / DEPLOYMENT_FILE
    if target.exists():
        fail(f"已部署，见 {target.name} (deployed already)")
    chosen = read_officers(officers)
    signer = keystore.load(key, password_file.read_text().strip())
    url = rpc or service_url(folder) + "/rpc"
    try:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
            task = progress.add_task("部署 deploying")
            deployer = Deployer(connect(url), signer.account)
            deployment = deployer.run(chosen, lambda text: progress.update(task, description=text))
    except DeploymentError as error:
        fail(str(error), 1)
    folder.mkdir(parents=True, exist_ok=True)
    deployment.save(target)
    emit(deployment.to_json(), as_json, _deployment_table)


def read_officers(path: Path) -> list[Officer]:
    """Officers of a JSON file, checked row by row."""
    try:
        rows: Any = json.loads(path.read_text())
    except (OSError, ValueError):
        fail(f"{path.name}: 须为 JSON 文件 must be a JSON file")
    result = []
    for number, row in enumerate(rows if isinstance(rows, list) else [], start=1):
        try:
            signer = bytes.fromhex(str(row["signer"]).removeprefix("0x"))
            role = str(row["role"])
            if len(signer) < 20 or role not in roles():
                raise ValueError
            result.append(Officer(signer, role, int(row.get("province", 0))))
        except (KeyError, TypeError, ValueError):
            known = ", ".join(roles())
            fail(f"{path.name} 第 {number} 行 row {number}: signer 须为 0x 公钥名，role 为 one of {known}")
    return result


def _deployment_table(document: dict[str, Any]) -> Table:
    table = Table("合约 contract", "地址 address", title=f"链 chain {document['chain_id']}")
    for name, address in document["addresses"].items():
        table.add_row(name, to_checksum_address(address))
    return table


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
