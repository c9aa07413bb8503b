"""Ask the chain before accepting: the very checks of the contracts, on the newest state, with nothing written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak

from registry_api.chain import Chain, EmbeddedChain
from registry_api.outbox.simulation import MAX_PROGRAM, program
from registry_sdk.audit.layout import layouts
from registry_sdk.calls import Call, order_call
from registry_sdk.carrier import TRANSACTION_GAS, relay_data
from registry_sdk.codec import ContractError, decode_error
from registry_sdk.deployment import Deployment
from registry_sdk.documents import SignedOrder
from registry_sdk.reader import Right
from registry_sdk.rpc import RpcError
from registry_sdk.signers import EthereumSigner

#: Nobody's address: whoever relays has no say, so neither has the preview.
ANYBODY: Final = "0x00000000000000000000000000000000000000aa"
State = dict[str, Any]
ALL_RIGHTS: Final = Right.INITIATE | Right.APPROVE | Right.SURRENDER_ONLY


@dataclass(frozen=True)
class Preview:
    """Previews on one chain."""

    chain: Chain
    deployment: Deployment

    def refusal(self, call: Call, before: Sequence[Call] = (), state: State | None = None) -> ContractError | None:
        """Why the chain would refuse ``call`` after the calls ``before``; None when it would take it.

        Calls of ``before`` that are on the chain by now do no harm. Where they and the call are too long for one
        question, and the call would be refused only because of them, the answer is ``BlockedByEarlier``.

        Args:
            state: state to assume, as the third parameter of ``eth_call``.
        """
        if not before:
            return self._ask({"to": call.target}, call.data, state)
        creation = program([*before, call])
        if len(creation) <= MAX_PROGRAM:
            return self._ask({}, creation, state)
        alone = self._ask({"to": call.target}, call.data, state)
        if alone is None or self._are_all_taken([*before, call], state):
            return None
        return ContractError("BlockedByEarlier", {"waiting": len(before)})

    def unsigned_refusal(self, order: SignedOrder, approvals: int, before: Sequence[Call] = ()) -> ContractError | None:
        """Like :meth:`refusal` for an order that nobody signed yet: keys of this moment sign it, and the question to
        the node assumes that they represent the account. No state changes, and no such order is ever sent.

        Args:
            approvals: how many signatures the account needs.
        """
        keys = [EthereumSigner.create() for _ in range(approvals)]
        signed = order
        for key in keys:
            signed = signed.approve(key)
        slot = layouts()["accounts"].variables["_rights"][0]
        rights = {_rights_slot(slot, order.message.account, key.signer): _word(ALL_RIGHTS) for key in keys}
        state = {self.deployment.address("accounts"): {"stateDiff": rights}}
        return self.refusal(order_call(self.deployment, signed), before, state)

    def _are_all_taken(self, calls: Sequence[Call], state: State | None) -> bool:
        relay = self.deployment.address("relay")
        request = {"to": relay, "data": "0x" + relay_data(self.deployment, calls).hex()}
        try:
            return int(self._call(request, state), 16) == len(calls)
        except RpcError:
            return False

    def _ask(self, target: dict[str, str], data: bytes, state: State | None) -> ContractError | None:
        try:
            self._call(target | {"data": "0x" + data.hex()}, state)
        except RpcError as error:
            reason = error.data if isinstance(error.data, str) and error.data.startswith("0x") else "0x"
            return decode_error(bytes.fromhex(reason[2:]))
        return None

    def _call(self, request: dict[str, str], state: State | None) -> str:
        params: list[Any] = [request | {"from": ANYBODY, "gas": hex(TRANSACTION_GAS)}, "latest"]
        if isinstance(self.chain, EmbeddedChain):
            # The next block carries the clock's time, not that of the newest block.
            params += [state or {}, {"time": hex(self.chain.now())}]
        elif state:
            params.append(state)
        return str(self.chain.rpc.call("eth_call", *params))


def _rights_slot(slot: int, account: int, signer: bytes) -> str:
    inner = keccak(account.to_bytes(32) + slot.to_bytes(32))
    return "0x" + keccak(signer.rjust(32, b"\0") + inner).hex()


def _word(value: int) -> str:
    return "0x" + value.to_bytes(32).hex()
