"""The work folder of a replay: its chain, its deployment, and the note of what it is a replay of."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from registry_api.chain import EmbeddedChain, ManualClock
from registry_api.settings import Settings
from registry_api.store import create_store_engine, migrate
from registry_cli.replay.people import CHAIN_ID, People
from registry_cli.replay.records import RecordsError
from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.deployer import Deployer
from registry_sdk.deployment import Deployment
from registry_sdk.reader import Reader

#: Grows when a plan is made differently, so that a chain of an older plan is not continued.
PLAN_VERSION: Final = 2
NOTE, DEPLOYMENT, CHAIN = "replay.json", "deployment.json", "chain"
#: The chain's own lock, in its folder.
LOCK: Final = "chain.lock"
OURS: Final = frozenset({NOTE, DEPLOYMENT, CHAIN, "replay.new", "deployment.new"})
CACHE_VARIABLE: Final = "XDG_CACHE_HOME"


def plan_digest(subject: dict[str, Any]) -> str:
    """Names what is replayed: the input, the choice made from it, the contracts it runs on."""
    contracts = sha256(b"".join(contract(name).bytecode for name in CONTRACTS.values())).hexdigest()
    text = json.dumps({"version": PLAN_VERSION, "contracts": contracts, **subject}, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def default_home(plan: str) -> Path:
    """Folder for a plan below the user's cache folder."""
    cache = Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache")
    return cache / "allowance-registry" / "replay" / plan[:16]


@dataclass
class Running:
    """A chain with the registry on it.

    Attributes:
        resumed: the folder held (part of) this replay before.
    """

    chain: EmbeddedChain
    clock: ManualClock
    deployment: Deployment
    resumed: bool

    @property
    def reader(self) -> Reader:
        """Reads of the newest state."""
        return Reader(self.chain.rpc, self.deployment)


@contextmanager
def running(home: Path, plan: str, subject: dict[str, Any], people: People, genesis: int) -> Iterator[Running]:
    """Start the replay's chain, or continue it; stop it at the end.

    Raises:
        RecordsError: the folder is used for something else.
        ChainError: the chain cannot be run.
    """
    _claim(home, plan, subject)
    resumed = (home / DEPLOYMENT).exists()
    if not resumed:
        # Killed before the contracts stood: nothing of the plan is on that chain.
        shutil.rmtree(home / CHAIN, ignore_errors=True)
    clock = ManualClock(genesis + 1)
    with _chain(home / CHAIN, people, genesis, clock) as chain:
        if not resumed:
            web3 = Web3(_ChainProvider(chain))
            Deployer(web3, people.deployer).run(people.staff.officers()).save(home / DEPLOYMENT)
        yield Running(chain, clock, Deployment.load(home / DEPLOYMENT), resumed)


def _claim(home: Path, plan: str, subject: dict[str, Any]) -> None:
    note = home / NOTE
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if note.exists():
            known = json.loads(note.read_text())
            if known.get("plan") != plan:
                raise RecordsError(
                    f"{home}: 属于另一次重放（或合约已更新），请换 --home 或加 --fresh "
                    "belongs to another replay, or the contracts are newer: choose another --home or add --fresh: "
                    f"{known.get('subject')}"
                )
        elif _foreign(home):
            raise RecordsError(f"{home}: 目录非空且不是重放目录 is not empty and not a replay's folder")
        else:
            fresh = note.with_suffix(".new")
            fresh.write_text(json.dumps({"plan": plan, "subject": subject}, indent=2, ensure_ascii=False) + "\n")
            fresh.replace(note)
    except OSError as error:
        raise RecordsError(f"{home}: 无法使用 cannot be used: {error.strerror}") from None
    except (ValueError, AttributeError):
        raise RecordsError(f"{note}: 已损坏，请加 --fresh is damaged, add --fresh") from None


def _foreign(home: Path) -> bool:
    """Whether the folder holds what no replay puts there; half-written files of ours do not count."""
    return any(entry.name not in OURS for entry in home.iterdir())


def forget(home: Path) -> None:
    """Remove a replay's folder. Only what a replay put there goes.

    Raises:
        RecordsError: the folder is not a replay's, or one is running in it.
    """
    if not home.exists():
        return
    if not home.is_dir():
        raise RecordsError(f"{home}: 不是目录 is not a folder")
    if not (home / NOTE).exists() and _foreign(home):
        raise RecordsError(f"{home}: 不是重放目录，未删除 is not a replay's folder and was left alone")
    with _alone(home):
        shutil.rmtree(home / CHAIN, ignore_errors=True)
        for name in OURS - {CHAIN}:
            (home / name).unlink(missing_ok=True)
    with suppress(OSError):
        home.rmdir()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Own the chain of a folder while inside, where there is one: its files must not vanish under a running replay."""
    lock = home / CHAIN / LOCK
    if not lock.exists():
        yield
        return
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordsError(
                f"{home}: 另一次重放正在此运行，未删除 a replay is running here, nothing was removed"
            ) from None
        yield


def _chain(home: Path, people: People, genesis: int, clock: ManualClock) -> EmbeddedChain:
    settings = Settings(
        home=home,
        database_url=None,
        chain_url=None,
        chain_id=CHAIN_ID,
        genesis_time=genesis,
        allowed_senders=[people.carrier.address],
        allowed_deployers=[people.deployer.address],
    )
    engine = create_store_engine(settings.database)
    migrate(engine)
    return EmbeddedChain(settings, engine, clock)


class _ChainProvider(JSONBaseProvider):
    """Lets web3 speak to a chain in this process; transactions go through its journal."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__()
        self._chain = chain

    def is_connected(self, show_traceback: bool = False) -> bool:
        return self._chain.is_ready()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method == "eth_sendRawTransaction":
            result: Any = self._chain.send_raw([bytes.fromhex(params[0][2:])])[0]
        else:
            result = self._chain.rpc.call(method, *params)
        return {"jsonrpc": "2.0", "id": 1, "result": result}
