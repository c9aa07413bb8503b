"""What the measurements start from: a year with accounts, allowances, credits, rules, signers and verified figures."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from registry_cli.bench.world import START, BenchWorld, fixed_key
from registry_sdk.allocation import ALL_FREE, CapMode
from registry_sdk.calls import Call, evidence_call, order_call, statement_call
from registry_sdk.documents import (
    ORDER_KINDS,
    Domain,
    EvidenceMessage,
    ReportMessage,
    SignedEvidence,
    SignedOrder,
    SignedStatement,
)
from registry_sdk.office import FAR_EXPIRY, accreditation
from registry_sdk.reader import AccountKind, SignerClass
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import MAX_CHUNK, AllocationTable, Row, TableKind, credit_rows

PROVINCE: Final = 11
SECTOR: Final = 1
YEAR: Final = 2025
NEXT_VINTAGE: Final = 2026
FIRST: Final = 1001
ALL_RIGHTS: Final = 7
EACH: Final = 100_000
VERIFIED: Final = 5_000
NEW_CREDITS: Final = 2
CREDITS: Final = (7 << 16) | 1
BATCH: Final = 50
#: Enough accounts for one chunk of 500 and for buyers who are not in it.
ACCOUNTS: Final = range(FIRST, FIRST + 600)
SELLERS: Final = ACCOUNTS[:BATCH]
HOLDERS: Final = ACCOUNTS[BATCH : 2 * BATCH]
STRANGER: Final = FIRST + len(ACCOUNTS)
OPENINGS_AN_ACT: Final = 100
#: Deadline and the other dates lie far ahead: the law's numbers do not change what a check costs.
LATER: Final = START + 10**7
RULES: Final = (LATER, YEAR - 1, YEAR, 500, 1 << NEW_CREDITS, LATER, 0, False, 2 * LATER, 0, 0)


def representative(account: int) -> EthereumSigner:
    """The one representative of an account."""
    return fixed_key(f"account {account}")


def opening(account: int) -> tuple[Any, ...]:
    """An account with one representative, as ``openAccounts`` takes it."""
    seats = [(representative(account).signer, ALL_RIGHTS)]
    return (account, int(AccountKind.KEY_EMITTER), SECTOR, PROVINCE, 1, b"\x01" * 32, seats)


def order(world: BenchWorld, kind: str, account: int, nonce: int, **fields: Any) -> SignedOrder:
    """An order with its signature; of allowances unless it is one of compliance."""
    spec = ORDER_KINDS[kind]
    chain = world.deployment.chain_id
    values = {"chainId": chain, "account": account, "nonce": nonce, "expiry": FAR_EXPIRY, **fields}
    if kind == "surrender":
        values["beneficiary"] = account
    domain = Domain(chain_id=chain, contract=world.deployment.address(spec.contracts[0]).lower())
    unsigned = SignedOrder(kind=kind, domain=domain, message=spec.model(**values))  # type: ignore[arg-type]
    return unsigned.approve(representative(account))


def report(world: BenchWorld, account: int, signers: int, epoch: int = 1, year: int = YEAR) -> Call:
    """The call that submits :func:`signed_report`."""
    return statement_call(world.deployment, signed_report(world, account, signers, epoch, year))


def signed_report(world: BenchWorld, account: int, signers: int, epoch: int = 1, year: int = YEAR) -> SignedStatement:
    """The first verified figure of an account, signed by one of each of the first classes."""
    message = ReportMessage(
        chainId=world.deployment.chain_id,
        oracle=world.deployment.address("emissions").lower(),
        epoch=epoch,
        account=account,
        year=year,
        version=1,
        tonnes=VERIFIED,
        reportHash="0x" + "22" * 32,
        previous="0x" + "00" * 32,
    )
    domain = Domain(chain_id=world.deployment.chain_id, contract=message.oracle)
    statement = SignedStatement(domain=domain, message=message)
    for kind in list(SignerClass)[1 : signers + 1]:
        statement = statement.approve(fixed_key(f"statement {kind.name}"))
    return statement


def evidence(world: BenchWorld, account: int, month: int) -> Call:
    """The first evidence of a month of the year, signed by the account's representative."""
    message = EvidenceMessage(
        chainId=world.deployment.chain_id,
        anchors=world.deployment.address("evidence").lower(),
        account=account,
        year=YEAR,
        month=month,
        version=1,
        items=60,
        root="0x" + "33" * 32,
        previous="0x" + "00" * 32,
    )
    return evidence_call(world.deployment, SignedEvidence.sign(message, representative(account)))


def name_signers(world: BenchWorld) -> None:
    """One signer of statements of each class; two of them make a figure."""
    act = world.office.act
    world.office.acts(accreditation(1, fixed_key(f"statement {SignerClass.VERIFIER.name}").signer))
    for kind in (SignerClass.PROVINCE, SignerClass.CENTRE):
        act("emissions", "setSigner", fixed_key(f"statement {kind.name}").signer, int(kind), 0)
    act("emissions", "setThreshold", 2, 0)
    act("evidence", "setDeadlineDays", YEAR, 1, 40)


def approve_table(
    world: BenchWorld, vintage: int, tonnes: int, chunk_size: int, kind: TableKind = TableKind.FINAL, previous: int = 0
) -> AllocationTable:
    """A table for all accounts, approved by two officers and not issued; each had ``previous`` tonnes before."""
    rows = tuple(Row(account, tonnes) for account in ACCOUNTS)
    table = AllocationTable(vintage, SECTOR, PROVINCE, kind, rows, chunk_size, previous * len(rows))
    world.office.act("allocation", "approveTable", PROVINCE, table.as_tuple())
    return table


def issue_all(world: BenchWorld, table: AllocationTable) -> None:
    """Issue every chunk, each in a transaction of its own."""
    for chunk in range(len(table.chunks)):
        world.send_call(table.chunk_call(world.deployment, chunk))


def prepare(world: BenchWorld) -> None:
    """Bring the world to the state that is measured.

    It is the everyday one: accounts hold the year's allowances, each seller has signed an order before (its next
    number is 1), and nobody was frozen since.
    """
    act = world.office.act
    for group in _groups([*ACCOUNTS, STRANGER], OPENINGS_AN_ACT):
        act("accounts", "openAccounts", [opening(account) for account in group])
    for vintage in (YEAR, NEXT_VINTAGE):
        act("allowances", "openVintage", vintage)
        act("allocation", "setPlan", vintage, SECTOR, CapMode.INTENSITY, 10 * EACH * len(ACCOUNTS), *ALL_FREE)
    issue_all(world, approve_table(world, YEAR, EACH, MAX_CHUNK))
    act("compliance", "setYearRules", YEAR, RULES)
    name_signers(world)
    world.carry([report(world, account, 2) for account in SELLERS])
    act("credits", "registerBatch", CREDITS, EACH, NEW_CREDITS, False, "CM-001", b"\x05" * 32)
    act("credits", "issueCredits", CREDITS, credit_rows([Row(SELLERS[0], 1_000)]))
    world.carry(
        [
            order_call(world.deployment, order(world, "transfer", seller, 0, to=HOLDERS[0], unit=YEAR, quantity=1))
            for seller in SELLERS
        ]
    )


def _groups(items: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (items[i : i + size] for i in range(0, len(items), size))
