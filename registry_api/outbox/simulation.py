"""One call after others, in a question to the node that leaves nothing behind.

``eth_call`` answers for one call. The question here is a program sent as if to create a contract: it makes every call
in turn, whatever becomes of the ones before, and ends as the last one does, with that one's own revert. It needs
nothing but ``eth_call`` (and EIP-3855 for PUSH0). The first calls may be on the chain already: repeated, they are
refused and change nothing, so the answer does not depend on when a block is made.
"""

from collections.abc import Sequence
from typing import Final

from registry_sdk.calls import Call

#: EIP-3860: nodes take no longer creation code.
MAX_PROGRAM: Final = 49_152

_PUSH2, _PUSH3, _PUSH20 = b"\x61", b"\x62", b"\x73"
_ZERO, _POP, _CODECOPY, _JUMPI, _JUMPDEST = b"\x5f", b"\x50", b"\x39", b"\x57", b"\x5b"
_GAS_CALL: Final = b"\x5a\xf1"
#: RETURNDATACOPY(0, 0, RETURNDATASIZE), REVERT(0, RETURNDATASIZE)
_REVERT_AS_CALLEE: Final = b"\x3d\x5f\x5f\x3e\x3d\x5f\xfd"
_RETURN_NOTHING: Final = b"\x5f\x5f\xf3"


def program(calls: Sequence[Call]) -> bytes:
    """Creation code that makes the calls and ends as the last one does."""
    size = len(_code(calls, 0))
    return _code(calls, size) + b"".join(call.data for call in calls)


def _code(calls: Sequence[Call], data_at: int) -> bytes:
    parts = []
    for call in calls:
        size = _PUSH3 + len(call.data).to_bytes(3)
        parts.append(size + _PUSH3 + data_at.to_bytes(3) + _ZERO + _CODECOPY)
        target = _PUSH20 + bytes.fromhex(call.target[2:])
        parts.append(_ZERO * 2 + size + _ZERO * 2 + target + _GAS_CALL)
        data_at += len(call.data)
    code = (_POP).join(b"".join(pair) for pair in zip(parts[::2], parts[1::2], strict=True))
    accepted = len(code) + 4 + len(_REVERT_AS_CALLEE)
    return code + _PUSH2 + accepted.to_bytes(2) + _JUMPI + _REVERT_AS_CALLEE + _JUMPDEST + _RETURN_NOTHING
