"""A plan in the making: numbers the acts, keeps the versions of reports, opens accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry_cli.replay.items import (
    ACT_GAS,
    ACT_SIZE,
    OPENING_GAS,
    OPENING_SIZE,
    Act,
    Item,
    Report,
    Stage,
)
from registry_cli.replay.people import MARKET_ACCOUNT, MARKET_PROVINCE, People
from registry_cli.replay.records import Record
from registry_sdk.office import accreditation
from registry_sdk.reader import AccountKind, Right, SignerClass

OPENINGS_PER_ACT: Final = 50
ALL_RIGHTS: Final = Right.INITIATE | Right.APPROVE | Right.SURRENDER_ONLY
VERIFIER_BODY: Final = 1
SIGNING_CLASSES: Final = (SignerClass.VERIFIER, SignerClass.PROVINCE)


@dataclass(frozen=True)
class Plan:
    """What will be sent, in order of time.

    Attributes:
        units: allowances vintages and credit batches, as (asset, unit).
        accounts: account number by operator; the market's is not among them.
    """

    stages: tuple[Stage, ...]
    units: tuple[tuple[str, int], ...]
    accounts: dict[str, int]

    @property
    def size(self) -> int:
        """Number of items."""
        return sum(len(stage.items) for stage in self.stages)


@dataclass
class Draft:
    """Collects stages.

    Args:
        people: who signs.
    """

    people: People
    accounts: dict[str, int] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    _reports: dict[tuple[int, int], Report] = field(default_factory=dict)
    _salt: int = 0

    def stage(self, time: int, title: str, items: Iterable[Item]) -> None:
        """Append a stage; one without items is left out."""
        if found := tuple(items):
            self.stages.append(Stage(time, title, found))

    def act(self, contract: str, function: str, *args: Any, gas: int = 0, size: int = 0) -> Act:
        """The next act; ``gas`` and ``size`` are added to what every act needs."""
        self._salt += 1
        return Act(self._salt, contract, function, args, ACT_GAS + gas, ACT_SIZE + size)

    def founding(self) -> list[Item]:
        """Threshold and signers of statements, and the account that stands in for the market."""
        required = sum(1 << signer_class for signer_class in SIGNING_CLASSES)
        acts = [
            self.act("emissions", "setThreshold", len(SIGNING_CLASSES), required),
            *(self.act(*one) for one in accreditation(VERIFIER_BODY, self.people.verifier.signer)),
        ]
        for province in self.people.provinces.values():
            signer = self.people.statement_signer(province).signer
            acts.append(self.act("emissions", "setSigner", signer, int(SignerClass.PROVINCE), province))
        market = self._opening(MARKET_ACCOUNT, AccountKind.MARKET, 0, MARKET_PROVINCE, b"\x01" * 32)
        return [*acts, self._open([market])]

    def open_operators(self, rows: Iterable[Record], sector: int) -> list[Item]:
        """Accounts of the operators that have none yet."""
        openings = []
        for row in rows:
            if row.operator not in self.accounts:
                number = self.people.account(row.registry, row.number)
                self.accounts[row.operator] = number
                province = self.people.province(row.registry)
                openings.append(self._opening(number, AccountKind.KEY_EMITTER, sector, province, row.fingerprint))
        return [self._open(openings[i : i + OPENINGS_PER_ACT]) for i in range(0, len(openings), OPENINGS_PER_ACT)]

    def report(self, row: Record, year: int, tonnes: int) -> Report:
        """The next report of an operator and year: the first, or a correction that names the one before."""
        account = self.accounts[row.operator]
        previous = self._reports.get((account, year))
        version = previous.version + 1 if previous else 1
        province = self.people.province(row.registry)
        report = Report(province, account, year, version, tonnes, row.fingerprint, previous)
        self._reports[account, year] = report
        return report

    def _open(self, openings: Sequence[tuple[Any, ...]]) -> Act:
        count = len(openings)
        return self.act("accounts", "openAccounts", list(openings), gas=OPENING_GAS * count, size=OPENING_SIZE * count)

    def _opening(self, number: int, kind: AccountKind, sector: int, province: int, kyc: bytes) -> tuple[Any, ...]:
        seat = (self.people.representative(number).signer, int(ALL_RIGHTS))
        return (number, int(kind), sector, province, 1, kyc, [seat])
