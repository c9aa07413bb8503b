"""A chain run by others: any JSON-RPC endpoint of a permissioned EVM network."""

import time
from collections.abc import Sequence
from typing import Self

from registry_api.chain.admission import AdmissionPolicy
from registry_api.chain.errors import ChainIntegrityError, ChainRefusedError, TxRefusedError
from registry_api.chain.protocol import Head
from registry_api.chain.transactions import RawTx
from registry_api.settings import Settings
from registry_sdk.rpc import RpcClient, RpcError


class ExternalChain:
    """A :class:`~registry_api.chain.protocol.Chain` behind ``settings.chain_url``.

    ``send_raw`` returns when the endpoint took the transactions: await receipts. The lists of senders and
    deployers are ours; the network may have others. A call is checked as a whole before anything is sent, but
    the endpoint may then refuse some of it (N-09).
    """

    def __init__(self, settings: Settings) -> None:
        if settings.chain_url is None:
            raise ValueError("chain_url is not set")
        self._chain_id = settings.chain_id
        self._rpc = RpcClient(settings.chain_url, attempts=2)
        self.policy = AdmissionPolicy.of(settings.chain_id, settings.allowed_senders, settings.allowed_deployers)

    def start(self) -> Self:
        """Check that the endpoint serves the chain of the settings. Raises ChainIntegrityError."""
        found = int(self._rpc.call("eth_chainId"), 16)
        if found != self._chain_id:
            raise ChainIntegrityError(f"the endpoint serves chain {found}, the settings say {self._chain_id}")
        return self

    def stop(self) -> None:
        self._rpc.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def rpc(self) -> RpcClient:
        """For reads."""
        return self._rpc

    def is_ready(self) -> bool:
        """Always: the endpoint is asked with every call."""
        return True

    def head(self) -> Head:
        """Newest block of the endpoint."""
        return Head.of(self._rpc.call("eth_getBlockByNumber", "latest", False))

    def now(self) -> int:
        """This machine's time: validators set the one of the next block."""
        return int(time.time())

    def advance(self, seconds: int) -> Head:
        raise ChainRefusedError("N-11", "the network is not ours")

    def send_raw(self, raws: Sequence[bytes]) -> list[str]:
        txs = [self.policy.admit(raw) for raw in raws]
        outcomes = self._forward(txs)
        for outcome in outcomes:
            if isinstance(outcome, TxRefusedError):
                raise outcome
        return [tx.hash for tx in txs]

    def send_each(self, raws: Sequence[bytes]) -> list[str | TxRefusedError]:
        outcomes: list[str | TxRefusedError] = []
        admitted: list[RawTx] = []
        for raw in raws:
            try:
                admitted.append(self.policy.admit(raw))
                outcomes.append(admitted[-1].hash)
            except TxRefusedError as error:
                outcomes.append(error)
        sent = dict(zip((tx.hash for tx in admitted), self._forward(admitted), strict=True))
        return [sent[outcome] if isinstance(outcome, str) else outcome for outcome in outcomes]

    def _forward(self, txs: Sequence[RawTx]) -> list[str | TxRefusedError]:
        answers = self._rpc.batch_each([("eth_sendRawTransaction", ("0x" + tx.raw.hex(),)) for tx in txs])
        failed = [tx for tx, answer in zip(txs, answers, strict=True) if isinstance(answer, RpcError)]
        # The endpoint refuses what it already has; having it is what was asked for.
        found = self._rpc.batch_each([("eth_getTransactionByHash", (tx.hash,)) for tx in failed])
        known = {tx.hash for tx, seen in zip(failed, found, strict=True) if isinstance(seen, dict)}
        return [
            TxRefusedError("N-09", answer.message, tx.hash)
            if isinstance(answer, RpcError) and tx.hash not in known
            else tx.hash
            for tx, answer in zip(txs, answers, strict=True)
        ]
