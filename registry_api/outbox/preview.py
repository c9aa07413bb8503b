"""Ask the chain before accepting: the very checks of the contracts, on the newest state, with nothing written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry_api.chain import Chain, EmbeddedChain
from registry_sdk.carrier import TRANSACTION_GAS, relay_data
from registry_sdk.codec import ContractError, decode_error
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Call
from registry_sdk.rpc import RpcError

#: Nobody's address: whoever relays has no say, so neither has the preview.
ANYBODY: Final = "0x00000000000000000000000000000000000000aa"


@dataclass(frozen=True)
class Preview:
    """Previews on one chain."""

    chain: Chain
    deployment: Deployment

    def refusal(self, call: Call, before: Sequence[Call] = ()) -> ContractError | None:
        """Why the chain would refuse ``call`` after the calls ``before``; None when it would take it.

        Where the call fails only because of what goes before it (an earlier order spends the same units), the answer
        is ``BlockedByEarlier``.
        """
        if before:
            packed = relay_data(self.deployment, [*before, call])
            result = self._call(Call(self.deployment.address("relay"), packed))
            if isinstance(result, bytes) and int.from_bytes(result[:32]) == len(before) + 1:
                return None
        alone = self._call(call)
        if isinstance(alone, ContractError):
            return alone
        return ContractError("BlockedByEarlier", {"waiting": len(before)}) if before else None

    def _call(self, call: Call) -> bytes | ContractError:
        request = {"from": ANYBODY, "to": call.target, "data": "0x" + call.data.hex(), "gas": hex(TRANSACTION_GAS)}
        params: list[Any] = [request, "latest"]
        if isinstance(self.chain, EmbeddedChain):
            # The next block carries the clock's time, not that of the newest block.
            params += [{}, {"time": hex(self.chain.now())}]
        try:
            return bytes.fromhex(self.chain.rpc.call("eth_call", *params)[2:])
        except RpcError as error:
            data = error.data if isinstance(error.data, str) and error.data.startswith("0x") else "0x"
            return decode_error(bytes.fromhex(data[2:]))
