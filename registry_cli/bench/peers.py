"""Gas of OpenZeppelin's contracts doing the bare move on the same node: no status, no locks, no obligations."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from eth_utils.address import to_checksum_address

from registry_cli.bench.measured import Measured
from registry_cli.bench.stage import BATCH
from registry_cli.bench.world import BenchWorld, fixed_key
from registry_sdk.codec import contract
from registry_sdk.office import FAR_EXPIRY
from registry_sdk.signers import EthereumSigner
from registry_sdk.typed import digest

CHUNK: Final = 100
EACH: Final = 1_000
VALUE: Final = 25
TOKEN_ID: Final = 2025
CALL_GAS: Final = 200_000
REQUEST: Final = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("gas", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint48"),
    ("data", "bytes"),
)
DOMAIN: Final = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
Figures = Iterator[Measured]


def holder(number: int) -> str:
    """An address that nobody has the key of."""
    return str(to_checksum_address(f"0x{0xCEA0_0000_0000_0000_0000_0000_0000_0000_0000_0001 + number:040x}"))


def erc20(world: BenchWorld) -> Figures:
    """ERC-20: the sender moves, and mints in chunks."""

    def mint(holders: Sequence[str]) -> bytes:
        return contract("PeerERC20").encode("mint", holders, EACH)

    def move(receiver: str) -> bytes:
        return contract("PeerERC20").encode("transfer", receiver, VALUE)

    yield from _token(world, "erc20", world.create("PeerERC20"), mint, move)


def erc1155(world: BenchWorld) -> Figures:
    """ERC-1155: the same with a token number."""

    def mint(holders: Sequence[str]) -> bytes:
        return contract("PeerERC1155").encode("mint", holders, TOKEN_ID, EACH)

    def move(receiver: str) -> bytes:
        arguments = (world.sender.address, receiver, TOKEN_ID, VALUE, b"")
        return contract("PeerERC1155").encode("safeTransferFrom", *arguments)

    yield from _token(world, "erc1155", world.create("PeerERC1155"), mint, move)


def forwarder(world: BenchWorld) -> Figures:
    """ERC2771Forwarder in front of an ERC-20: signed moves to holders, by signers who signed before."""
    gate = world.create("PeerForwarder")
    token = world.create("PeerForwardedERC20", gate)
    signers = [fixed_key(f"account {n}") for n in range(BATCH)]
    holders = [holder(n) for n in range(BATCH)]
    world.send(token, contract("PeerForwardedERC20").encode("mint", [*holders, *(s.address for s in signers)], EACH))

    def request(signer: EthereumSigner, receiver: str, nonce: int) -> tuple[Any, ...]:
        data = contract("PeerForwardedERC20").encode("transfer", receiver, VALUE)
        return _request(world, gate, token, signer, nonce, data)

    def batch(requests: Sequence[tuple[Any, ...]]) -> int:
        return world.send(gate, contract("PeerForwarder").encode("executeBatch", requests, world.sender.address)).gas

    batch([request(signer, holders[0], 0) for signer in signers])
    with world.aside():
        execute = contract("PeerForwarder").encode("execute", request(signers[0], holders[1], 1))
        yield Measured("peer.forwarder.single", world.send(gate, execute).gas)
    with world.aside():
        gas = batch([request(signers[0], receiver, 1 + n) for n, receiver in enumerate(holders)])
        yield Measured("peer.forwarder.batch_50.one_signer", gas, BATCH)
    with world.aside():
        gas = batch([request(signer, receiver, 1) for signer, receiver in zip(signers, holders, strict=True)])
        yield Measured("peer.forwarder.batch_50.fifty_signers", gas, BATCH)


#: In the order of the table.
GROUPS: Final[tuple[Callable[[BenchWorld], Figures], ...]] = (erc20, erc1155, forwarder)


def _token(
    world: BenchWorld,
    name: str,
    token: str,
    mint: Callable[[Sequence[str]], bytes],
    move: Callable[[str], bytes],
) -> Figures:
    holders = [holder(n) for n in range(CHUNK)]
    world.send(token, mint([world.sender.address]))
    with world.aside():
        yield Measured(f"peer.{name}.transfer.new_holder", world.send(token, move(holders[0])).gas)
        yield Measured(f"peer.{name}.transfer.existing_holder", world.send(token, move(holders[0])).gas)
    with world.aside():
        yield Measured(f"peer.{name}.issue_{CHUNK}.new_holder", world.send(token, mint(holders)).gas, CHUNK)
        yield Measured(f"peer.{name}.issue_{CHUNK}.existing_holder", world.send(token, mint(holders)).gas, CHUNK)


def _request(
    world: BenchWorld, gate: str, token: str, signer: EthereumSigner, nonce: int, data: bytes
) -> tuple[Any, ...]:
    domain = {"name": "Peer", "version": "1", "chainId": world.deployment.chain_id, "verifyingContract": gate}
    message = {
        "from": signer.address,
        "to": token,
        "value": 0,
        "gas": CALL_GAS,
        "nonce": nonce,
        "deadline": FAR_EXPIRY,
        "data": data,
    }
    document = {
        "types": {
            "EIP712Domain": [{"name": n, "type": t} for n, t in DOMAIN],
            "ForwardRequest": [{"name": n, "type": t} for n, t in REQUEST],
        },
        "primaryType": "ForwardRequest",
        "domain": domain,
        "message": message,
    }
    signature = signer.sign(digest(document))
    return (signer.address, token, 0, CALL_GAS, FAR_EXPIRY, data, signature)
