"""Accounts, rules of the years, vintages, credits, and who signs verified emissions."""

from typing import Any, Final

from registry_cli.demo.province import SECTORS
from registry_cli.years.country import PROVINCES, YEARS
from registry_cli.years.run import CREDIT_OWNER, CREDIT_UNIT, DAY, PROVINCE_ACCOUNT, Run, groups, law_day
from registry_sdk import calc, parameters
from registry_sdk.office import accreditation
from registry_sdk.reader import AccountKind, SignerClass
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import Row

VERIFIER_BODY: Final = 1
KYC: Final = b"\x5a" * 32
CREDITS: Final = 40_000_000
NEW_CREDITS: Final = 2
#: Days after the deadline in which two officers may still reverse a surrender made in error.
REVERSIBLE_DAYS: Final = 30
#: Rights of two representatives, and of one alone.
TWO, ONE = (1, 2), (7,)


def open_accounts(run: Run) -> None:
    """One account a firm, one a province, one of a credit owner."""
    openings = []
    for firm in run.firms:
        run.keys[firm.number] = tuple(EthereumSigner.create() for _ in range(firm.approvals))
        openings.append(_opening(run, firm.number, AccountKind.KEY_EMITTER, firm.sector.id, firm.province))
    for province, number in PROVINCE_ACCOUNT.items():
        run.keys[number] = (EthereumSigner.create(), EthereumSigner.create())
        openings.append(_opening(run, number, AccountKind.PROVINCE, 0, province))
    run.keys[CREDIT_OWNER] = (EthereumSigner.create(),)
    openings.append(_opening(run, CREDIT_OWNER, AccountKind.PROJECT_OWNER, 0, next(iter(PROVINCES))))
    done = 0
    for some in groups(openings):
        run.office.act("accounts", "openAccounts", list(some))
        done += len(some)
        run.step("开立账户 open accounts", done, len(openings))


def _opening(run: Run, number: int, kind: AccountKind, sector: int, province: int) -> tuple[Any, ...]:
    keys = run.keys[number]
    seats = [(key.signer, right) for key, right in zip(keys, TWO if len(keys) == 2 else ONE, strict=True)]
    return (number, int(kind), sector, province, len(keys), KYC, seats)


def issue_credits(run: Run) -> None:
    """One batch of credits for a project owner to sell."""
    project = ("credits", "registerBatch", CREDIT_UNIT, CREDITS, NEW_CREDITS, False, "CCER-01-002-V01", b"\x07" * 32)
    run.office.act(*project)
    run.office.act("credits", "issueCredits", CREDIT_UNIT, [Row(CREDIT_OWNER, CREDITS).packed])
    run.book.issue("credits", CREDIT_OWNER, CREDIT_UNIT, CREDITS)


def set_rules(run: Run) -> None:
    """Deadlines, vintages and offset share of both years, from the dated numbers of the law."""
    for year in YEARS:
        run.office.act("compliance", "setYearRules", year, year_rules(year))
        run.office.act("allowances", "openVintage", year)


def year_rules(year: int) -> tuple[Any, ...]:
    """``YearRules`` of a compliance year; all sectors have one deadline."""
    days = {law_day(year, "surrender_deadline", sector.name) for sector in SECTORS}
    last = max(days)
    deadline = int(calc.end_of_day(last).timestamp()) - 1
    basis_points = int(parameters.get("ccer_offset_cap_ratio", last).value * 10_000)
    vintages = calc.allowed_vintages(year)
    window = (min(vintages), max(vintages))
    reversible = deadline + REVERSIBLE_DAYS * DAY
    arrears = calc.arrears_vintages(year)
    return (deadline, *window, basis_points, 1 << NEW_CREDITS, 0, 0, True, reversible, *arrears)


def name_signers(run: Run) -> None:
    """Verified emissions take an accredited verifier and the firm's province (D-20, H-01)."""
    required = 1 << SignerClass.VERIFIER | 1 << SignerClass.PROVINCE
    run.office.act("emissions", "setThreshold", 2, required)
    for act in accreditation(VERIFIER_BODY, signer(run.stage.verifier.address)):
        run.office.act(*act)
    for province, key in run.provinces.items():
        run.office.act("emissions", "setSigner", signer(key.address), int(SignerClass.PROVINCE), province)


def signer(address: str) -> bytes:
    """ERC-7913 name of an Ethereum key."""
    return bytes.fromhex(address[2:])
