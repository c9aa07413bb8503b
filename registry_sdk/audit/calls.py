"""Many view calls at one pinned block, coded by slices of hex text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from registry_sdk.audit.errors import AuditError
from registry_sdk.codec import Function
from registry_sdk.deployment import Deployment
from registry_sdk.projection.logs import Plan, read_plan, static_plan
from registry_sdk.rpc import RpcClient, RpcError

#: Calls in one request; the service's gateway takes no more.
BATCH: Final = 100
STATIC: Final = ("uint", "int", "bytes", "address", "bool")


def _word(value: Any) -> str:
    if isinstance(value, str):
        body = value[2:]
        return body.rjust(64, "0") if len(value) == 42 else body.ljust(64, "0")
    return f"{int(value):064x}"


@dataclass(frozen=True)
class _Coder:
    """One view function, its words precomputed where all of them are static."""

    to: str
    function: Function
    plan: Plan | None
    is_static: bool

    def data(self, args: tuple[Any, ...]) -> str:
        selector = "0x" + self.function.selector.hex()
        if self.is_static:
            return selector + "".join(map(_word, args))
        plain = [bytes.fromhex(a[2:]) if isinstance(a, str) and len(a) != 42 else a for a in args]
        types = self.function.input_types
        plain = [
            bytes.fromhex(a[2:]) if t == "bytes" and isinstance(a, str) else a
            for t, a in zip(types, plain, strict=True)
        ]
        return "0x" + self.function.encode(*plain).hex()

    def result(self, answer: str) -> dict[str, Any]:
        if self.plan is not None:
            return read_plan(self.plan, answer[2:])
        decoded = self.function.decode(bytes.fromhex(answer[2:]))
        return decoded if isinstance(decoded, dict) else {"": decoded}


@dataclass
class PinnedCalls:
    """View calls of one deployment at one block hash.

    Args:
        block_hash: every call is made at this block, whatever the head does meanwhile.
    """

    rpc: RpcClient
    deployment: Deployment
    block_hash: str
    _coders: dict[tuple[str, str], _Coder] = field(default_factory=dict)

    @property
    def at(self) -> dict[str, str]:
        """The block as EIP-1898 has it."""
        return {"blockHash": self.block_hash}

    def many(self, contract: str, function: str, args: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
        """Results in the order of ``args``: fields by name (``struct`` fields without the struct's name), "" for one
        unnamed value.

        Raises:
            AuditError: the node cannot answer at this block.
        """
        coder = self._coder(contract, function)
        rest = iter(args)
        while chunk := list(islice(rest, BATCH)):
            calls = [("eth_call", [{"to": coder.to, "data": coder.data(one)}, self.at]) for one in chunk]
            yield from (coder.result(answer) for answer in self.batch(calls))

    def one(self, contract: str, function: str, *args: Any) -> dict[str, Any]:
        """Result of one call."""
        return next(self.many(contract, function, [args]))

    def batch(self, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        """Any JSON-RPC calls; an error means that this block cannot be audited."""
        try:
            return self.rpc.batch(calls)
        except RpcError as error:
            raise AuditError(
                "节点不能在该区块应答，请审计最新区块或使用归档节点 "
                f"the node does not answer at this block: {error.message}; audit the newest one, or use an archive node"
            ) from error

    def _coder(self, contract: str, name: str) -> _Coder:
        key = (contract, name)
        coder = self._coders.get(key)
        if coder is None:
            function = self.deployment.contract(contract).functions[name]
            outputs = function.abi["outputs"]
            # A lone struct is read without its own name before its fields.
            components = outputs[0]["components"] if len(outputs) == 1 and outputs[0]["type"] == "tuple" else outputs
            plan = static_plan(components)
            is_static = all(t.startswith(STATIC) and t != "bytes" and not t.endswith("]") for t in function.input_types)
            coder = self._coders[key] = _Coder(self.deployment.address(contract), function, plan, is_static)
        return coder
