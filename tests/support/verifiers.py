"""Small hand-assembled ERC-7913 verifier contracts that misbehave."""

from support.world import World

from registry_sdk.signers import EthereumSigner

#: Selector of ``verify(bytes,bytes32,bytes)``, which is also its answer for yes.
ANSWER = bytes.fromhex("024ad318")
#: Writes the answer word to memory and returns it.
_RETURN_YES = bytes.fromhex("63") + ANSWER + bytes.fromhex("60e01b60005260206000f3")
#: Says yes to everything.
YES = _RETURN_YES
#: Says yes in even blocks only: returns answer * (1 - block.number % 2).
MOODY = bytes.fromhex("63") + ANSWER + bytes.fromhex("60e01b600143166001030260005260206000f3")
#: Burns all gas it is given.
BURNER = bytes.fromhex("fe")


def reentering(target: str, data: bytes) -> bytes:
    """Calls ``target`` with ``data`` while it is asked, then says yes whatever came of it."""
    # PUSH2 size, PUSH2 offset, PUSH1 0, CODECOPY; CALL(gas, target, 0, 0, size, 0, 0), POP; yes.
    size = len(data).to_bytes(2)
    head_length = 3 + 3 + 2 + 1 + 2 + 2 + 3 + 2 + 2 + 21 + 1 + 1 + 1 + len(_RETURN_YES)
    head = (
        bytes([0x61])
        + size
        + bytes([0x61])
        + head_length.to_bytes(2)
        + bytes.fromhex("600039")
        + bytes.fromhex("60006000")
        + bytes([0x61])
        + size
        + bytes.fromhex("60006000")
        + bytes([0x73])
        + bytes.fromhex(target[2:])
        + bytes.fromhex("5af150")
        + _RETURN_YES
    )
    assert len(head) == head_length
    return head + data


def deploy(world: World, runtime: bytes) -> str:
    """Deploy runtime code with a key of its own; the address."""
    # PUSH2 length, DUP1, PUSH1 11, PUSH1 0, CODECOPY, PUSH1 0, RETURN
    initial = bytes([0x61]) + len(runtime).to_bytes(2) + bytes.fromhex("80600c6000396000f3")
    assert world.send(EthereumSigner.create(), "", initial + runtime)
    return world.created
