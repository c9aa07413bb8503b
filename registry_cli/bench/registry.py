"""Gas of the registry's own work. Every figure starts from the same prepared state and is undone afterwards."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from registry_cli.bench.measured import Measured, without_signatures
from registry_cli.bench.stage import (
    BATCH,
    CREDITS,
    HOLDERS,
    NEXT_VINTAGE,
    PROVINCE,
    SECTOR,
    SELLERS,
    STRANGER,
    YEAR,
    approve_table,
    evidence,
    opening,
    order,
    report,
)
from registry_cli.bench.world import BenchWorld, Sent
from registry_sdk.calls import order_call
from registry_sdk.carrier import relay_data
from registry_sdk.deployer import MOVE
from registry_sdk.documents import SignedOrder
from registry_sdk.reader import AccountStatus
from registry_sdk.tables import MAX_CHUNK, TableKind

SELLER, HOLDER = SELLERS[0], HOLDERS[1]
QUANTITY: Final = 25
UNSIGNED: Final = "without_signature"
Figures = Iterator[Measured]


def ledger_part(world: BenchWorld) -> Figures:
    """A transfer by a module: status, locks and balances are checked, no signature is."""
    world.govern("allowances", "setModuleRights", world.sender.address, MOVE)
    receivers = (("new_holder", STRANGER), ("existing_holder", HOLDER))
    for name, receiver in receivers:
        with world.aside():
            yield Measured(f"transfer.ledger_part.{name}", _move(world, SELLER, receiver).gas)
    with world.aside():
        _move(world, SELLER, STRANGER)
        _move(world, STRANGER, SELLER)
        yield Measured("transfer.ledger_part.emptied_holder", _move(world, SELLER, STRANGER).gas)


def signed_transfers(world: BenchWorld) -> Figures:
    """Signed transfers to accounts that hold the vintage, alone and fifty in one transaction."""
    single = [_transfer(world, SELLER, HOLDER, 1)]
    with world.aside():
        sent = world.send_call(order_call(world.deployment, single[0]))
        yield Measured("transfer.signed", sent.gas)
        yield without_signatures(world, f"transfer.signed.{UNSIGNED}", sent, single)
    with world.aside():
        yield Measured("transfer.signed.relayed", _relay(world, single).gas)
    with world.aside():
        world.office.act("accounts", "freeze", [STRANGER], int(AccountStatus.FROZEN_ALL))
        sent = world.send_call(order_call(world.deployment, single[0]))
        yield Measured("transfer.signed.after_a_freeze", sent.gas)
    with world.aside():
        orders = [_transfer(world, SELLER, holder, 1 + n) for n, holder in enumerate(HOLDERS)]
        yield Measured("transfer.signed_50.one_seller", _relay(world, orders).gas, BATCH)
    with world.aside():
        orders = [_transfer(world, a, b, 1) for a, b in zip(SELLERS, HOLDERS, strict=True)]
        yield Measured("transfer.signed_50.fifty_sellers", _relay(world, orders).gas, BATCH)


def issues(world: BenchWorld) -> Figures:
    """First chunk of an approved table; its Merkle proof and the booking of plan and table are in the figure."""
    for size in (100, MAX_CHUNK):
        with world.aside():
            table = approve_table(world, NEXT_VINTAGE, QUANTITY, size)
            sent = world.send_call(table.chunk_call(world.deployment, 0))
            yield Measured(f"issue.chunk_{size}.new_holder", sent.gas, size)
            for chunk in range(1, len(table.chunks)):
                world.send_call(table.chunk_call(world.deployment, chunk))
            changes = (("existing_holder", 2 * QUANTITY, QUANTITY), ("claw_back", QUANTITY, 2 * QUANTITY))
            for name, tonnes, before in changes:
                again = approve_table(world, NEXT_VINTAGE, tonnes, size, TableKind.RECALCULATION, before)
                sent = world.send_call(again.chunk_call(world.deployment, 0))
                yield Measured(f"issue.chunk_{size}.{name}", sent.gas, size)
                for chunk in range(1, len(again.chunks)):
                    world.send_call(again.chunk_call(world.deployment, chunk))


def surrenders(world: BenchWorld) -> Figures:
    """Surrender against a verified figure, alone and fifty in one transaction; offset with its cap check."""
    single = [_surrender(world, SELLER)]
    with world.aside():
        sent = world.send_call(order_call(world.deployment, single[0]))
        yield Measured("surrender.signed", sent.gas)
        yield without_signatures(world, f"surrender.signed.{UNSIGNED}", sent, single)
    with world.aside():
        orders = [_surrender(world, seller) for seller in SELLERS]
        sent = _relay(world, orders)
        yield Measured("surrender.signed_50", sent.gas, BATCH)
        yield without_signatures(world, f"surrender.signed_50.{UNSIGNED}", sent, orders)
    with world.aside():
        offset = [order(world, "offset", SELLER, 1, year=YEAR, unit=CREDITS, quantity=QUANTITY)]
        sent = world.send_call(order_call(world.deployment, offset[0]))
        yield Measured("offset.signed", sent.gas)
        yield without_signatures(world, f"offset.signed.{UNSIGNED}", sent, offset)


def supervision(world: BenchWorld) -> Figures:
    """Officers' acts, each signature in a transaction of its own."""
    acts: tuple[tuple[str, int, tuple[Any, ...]], ...] = (
        ("freeze.account", 1, ("accounts", "freeze", [SELLER], int(AccountStatus.FROZEN_ALL))),
        ("freeze.class", 1, ("accounts", "restrictClass", PROVINCE, 1 << SECTOR)),
        ("account.opening", 1, ("accounts", "openAccounts", [opening(STRANGER + 1)])),
        ("account.opening_50", BATCH, ("accounts", "openAccounts", [opening(STRANGER + n) for n in range(1, 51)])),
    )
    for name, items, act in acts:
        with world.aside():
            gas = sum(world.send_call(call).gas for call in world.office.calls(*act))
            yield Measured(name, gas, items)


def reports(world: BenchWorld) -> Figures:
    """A first verified figure with its obligation, signed by two and by three classes."""
    with world.aside():
        yield Measured("report.two_signers", world.send_call(report(world, HOLDER, 2)).gas)
    with world.aside():
        world.office.act("emissions", "setThreshold", 3, 0)
        yield Measured("report.three_signers", world.send_call(report(world, HOLDER, 3, epoch=2)).gas)


def evidences(world: BenchWorld) -> Figures:
    """Roots of monthly evidence: an account's first of the year, its next, and fifty accounts' in one transaction."""
    with world.aside():
        yield Measured("evidence.first", world.send_call(evidence(world, HOLDER, 1)).gas)
        yield Measured("evidence.next", world.send_call(evidence(world, HOLDER, 2)).gas)
    with world.aside():
        world.carry([evidence(world, account, 1) for account in SELLERS])
        calls = relay_data(world.deployment, [evidence(world, account, 2) for account in SELLERS])
        sent = world.send(world.deployment.address("relay"), calls)
        yield Measured("evidence.next_50", sent.gas, len(SELLERS))


#: In the order of the table. The ledger part comes last: it makes the sender a module.
GROUPS: Final[tuple[Callable[[BenchWorld], Figures], ...]] = (
    signed_transfers,
    issues,
    surrenders,
    supervision,
    reports,
    evidences,
    ledger_part,
)


def _move(world: BenchWorld, seller: int, receiver: int) -> Sent:
    data = world.deployment.contract("allowances").encode("moveByModule", seller, receiver, YEAR, QUANTITY)
    return world.send(world.deployment.address("allowances"), data)


def _transfer(world: BenchWorld, seller: int, receiver: int, nonce: int) -> SignedOrder:
    return order(world, "transfer", seller, nonce, to=receiver, unit=YEAR, quantity=QUANTITY)


def _surrender(world: BenchWorld, seller: int) -> SignedOrder:
    return order(world, "surrender", seller, 1, year=YEAR, vintage=YEAR, quantity=QUANTITY)


def _relay(world: BenchWorld, orders: Sequence[SignedOrder]) -> Sent:
    calls = [order_call(world.deployment, one) for one in orders]
    return world.send(world.deployment.address("relay"), relay_data(world.deployment, calls))
