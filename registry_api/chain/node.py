"""The Anvil process: a private child on a loopback port nobody else is told.

The child asks the kernel for port 0 and the port is read from its own sockets, so no other process can stand in
for it. A launcher sets PR_SET_PDEATHSIG before it becomes Anvil: when the *thread* that started the child ends,
the kernel kills the child; so only a thread that lives as long as the chain may start one.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from registry_api.chain.errors import NodeError
from registry_sdk.paths import ANVIL
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError

BLOCK_GAS_LIMIT: Final = 10**12
STATES_IN_MEMORY: Final = 64
START_TIMEOUT: Final = 30.0
LAUNCHER: Final = (
    "import ctypes,os,signal,sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "os.getppid() == int(sys.argv[1]) or os._exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])"
)
FLAGS: Final = (
    *("--host", "127.0.0.1", "--port", "0", "--no-cors", "--quiet", "--no-request-size-limit"),
    *("--no-mining", "--order", "fifo", "--accounts", "0", "--slots-in-an-epoch", "0"),
    # Only from Osaka on does the node enforce the gas cap of a transaction.
    *("--hardfork", "osaka", "--enable-tx-gas-limit", "--gas-limit", str(BLOCK_GAS_LIMIT)),
    *("--gas-price", "0", "--block-base-fee-per-gas", "0", "--disable-min-priority-fee"),
    *("--prune-history", str(STATES_IN_MEMORY)),
)


class AnvilNode:
    """One run of the Anvil binary, from construction to :meth:`kill`. Raises NodeError when it does not come up.

    Args:
        chain_id: chain identifier.
        genesis_time: Unix time of block 0.
        output: file for what the process prints; emptied at every start.
        rpc_timeout: seconds before a request counts as lost.
    """

    def __init__(self, chain_id: int, genesis_time: int, output: Path, *, rpc_timeout: float = 300.0) -> None:
        words = [str(ANVIL), *FLAGS, "--chain-id", str(chain_id), "--timestamp", str(genesis_time)]
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), *words]
        try:
            with output.open("wb") as sink:
                self._process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                    launcher,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env={"HOME": str(output.parent)},  # nothing of ours, secrets least of all
                    start_new_session=True,
                )
        except OSError as error:
            raise NodeError(f"the node cannot be started: {error.strerror}") from error
        try:
            self.url = self._await_ready()
        except BaseException:
            self.kill()
            raise
        self.rpc = RpcClient(self.url, timeout=rpc_timeout)

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def alive(self) -> bool:
        """False once the process has ended."""
        return self._process.poll() is None

    def ended_within(self, seconds: float) -> bool:
        """True when the process has ended or ends within the time given."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the process at once; harmless when it has ended."""
        if self.alive():
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        if hasattr(self, "rpc"):
            self.rpc.close()

    def send_in_order(self, raws: list[bytes]) -> dict[int, RpcError]:
        """Hand over raw transactions one after another; the refusals by position.

        Not a JSON-RPC batch: Anvil executes the calls of a batch in an order of its own from about 128 calls on,
        and the order in the block decides its hash.
        """
        refused: dict[int, RpcError] = {}
        for at, raw in enumerate(raws):
            try:
                self.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
            except RpcError as error:
                refused[at] = error
        return refused

    def clear_pool(self) -> None:
        """Forget transactions that are not in a block."""
        self.rpc.call("anvil_dropAllTransactions")

    def mine(self, timestamp: int) -> dict[str, Any]:
        """Make one block of everything in the pool; its header with transaction hashes."""
        self.rpc.call("evm_setNextBlockTimestamp", timestamp)
        self.rpc.call("evm_mine")
        return self.head()

    def head(self) -> dict[str, Any]:
        """Newest block with transaction hashes."""
        block = self.rpc.call("eth_getBlockByNumber", "latest", False)
        return dict(block)

    def dump_state(self) -> bytes:
        """State, blocks and transactions as gzip-compressed JSON."""
        return bytes.fromhex(self.rpc.call("anvil_dumpState")[2:])

    def load_state(self, state: bytes) -> None:
        """Continue from a dump. Heights, hashes and later block hashes come out identical."""
        if self.rpc.call("anvil_loadState", "0x" + state.hex()) is not True:
            raise NodeError("the node did not take the state")

    def _await_ready(self) -> str:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if not self.alive():
                raise NodeError(f"the node ended at start with status {self._process.returncode}")
            port = _listening_port(self.pid)
            if port is not None:
                url = f"http://127.0.0.1:{port}"
                try:
                    RpcClient(url, timeout=5).call("eth_chainId")
                except (RpcTransportError, RpcError):
                    pass
                else:
                    return url
            time.sleep(0.01)
        raise NodeError(f"the node was not ready within {START_TIMEOUT:.0f} s")


def _listening_port(pid: int) -> int | None:
    """TCP port the process itself listens on, or None."""
    folder = Path(f"/proc/{pid}")
    try:
        targets = [link.readlink().name for link in (folder / "fd").iterdir()]
        lines = (folder / "net" / "tcp").read_text().splitlines()[1:]
    except OSError:
        return None
    sockets = {name[8:-1] for name in targets if name.startswith("socket:[")}
    for fields in map(str.split, lines):
        if fields[3] == "0A" and fields[9] in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return None
