"""A plant at work: devices that send, sheets and test reports that are filed, months that are sealed and signed.

Each firm has its own home folder and its own keys; nothing here knows what another firm holds.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from oracles.accounting.model import Lab, Period
from oracles.accounting.model import Meter as ReportMeter
from oracles.annual import build_report
from oracles.evidence.months import Version
from oracles.evidence.office import EvidenceOffice
from oracles.evidence.vault import Vault
from oracles.settings import OracleSettings
from oracles.sources import Certificate, Device, Message, Meter, Registers, Series, SourceDesk, line, month_span
from oracles.sources.cems import read_cems
from oracles.sources.evidence_sheet import read_evidence
from registry_cli.sample import plants
from registry_cli.sample.plants import CEMS, HOURLY, MONTHS, TESTED, YEAR, Plant
from registry_cli.sample.sheets import LEDGER, MONITOR, cems_file, ledger, monthly_sheet, test_report
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.calc.exact import show
from registry_sdk.evidence import Item, Month, decimal_text
from registry_sdk.readings import Reading, time_text
from registry_sdk.signers import EthereumSigner

#: Seconds between the end of an hour and the arrival of its reading, and until a device sends again what was refused.
TRANSIT: Final = 30
AGAIN: Final = 3_600
LAB: Final = "CMA-2023-0417"
LAB_ITEMS: Final = ("heat_value", "carbon_content", "anode")
LAB_VALIDITY: Final = Period(first=date(2023, 1, 1), last=date(2026, 12, 31))
#: The scale whose certificate runs out before the new one begins: nobody came in September.
LAPSED_METER: Final = ("cement", "belt-coal")
LAPSED_MONTH: Final = 9
#: The hour in which somebody between scale and firm halves the coal.
TAMPERED: Final = datetime(YEAR, 3, 1, 9, tzinfo=BEIJING)


@dataclass
class Firm:
    """One firm.

    Args:
        home: its folder.
        days: days of each month in which the plant runs.
        key: of its representative.
    """

    plant: Plant
    home: Path
    days: int
    key: EthereumSigner = field(default_factory=EthereumSigner.create)
    devices: dict[str, EthereumSigner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = OracleSettings(home=self.home, vault_password=SecretStr(secrets.token_urlsafe(24)))
        self.office = EvidenceOffice.open(settings)
        self.engine, self.months = self.office.engine, self.office.months
        self.sources = SourceDesk(self.engine)
        with self.office.vault() as vault:
            self.vault: Vault = vault
        self._sent: dict[str, int] = {}

    @property
    def entity(self) -> str:
        return str(self.plant.number)

    def register(self, now: int) -> None:
        """Meters with their certificates, devices with their keys."""
        registers = Registers(self.engine)
        for number, kind in sorted({each.meter for each in self.plant.series if each.meter[0]}):
            registers.add_meter(Meter(number, self.entity, kind), now)
            for count, (first, last) in enumerate(self._certificates(number), start=1):
                paper = self._keep(f"certificate {count} of {number}: {first} to {last}".encode())
                registers.add_certificate(
                    Certificate(number, f"{number}-{count}", first, last, "0x" + paper.hex()), now
                )
        for series in self.plant.hourly:
            signer = self.devices[series.kind] = EthereumSigner.create()
            base = Decimal(series.base)
            bounds = base / 10, base * 2
            name = _device(series.kind)
            key = "0x" + signer.signer.hex()
            registers.add_device(
                Device(name, self.entity, series.meter[0], key, series.code, series.unit, *bounds), now
            )

    def send_hours(self, month: int) -> Iterator[dict[str, Any]]:
        """Send the month's hourly readings, day by day; gives what was refused."""
        for series in self.plant.hourly:
            hours = self.plant.hours(series.kind, month, self.days)
            for _, day in groupby(hours, key=lambda hour: _day(hour[0])):
                yield from self._send_day(series.kind, series.code, series.unit, list(day))

    def file_month(self, month: int, now: int) -> Version:
        """File the month's items with their documents, and seal it."""
        where = Month(self.plant.number, YEAR, month)
        self.months.add(where, self.plant.sector, self._items(month), now)
        return self.months.seal(self.months.newest(where), now)

    def report(self, months: dict[int, list[Item]], subunit: str) -> Any:
        """The annual report of a sub-unit out of its months."""
        return build_report(
            self.entity, YEAR, self.plant.plan, months, subunit=subunit, meters=self.meters(), labs=dict(self.labs())
        )

    def sealed(self) -> dict[int, list[Item]]:
        """Items of the newest version of every month."""
        return {
            month: [
                filed.item for filed in self.months.items(self.months.newest(Month(self.plant.number, YEAR, month)))
            ]
            for month in MONTHS
        }

    def meters(self) -> dict[str, ReportMeter]:
        """Meters with certificates as a report names them."""
        return {
            number: ReportMeter(
                id=number,
                kind=kind,
                certificates=tuple(Period(first=first, last=last) for first, last in self._certificates(number)),
            )
            for number, kind in {each.meter for each in self.plant.series if each.meter[0]}
        }

    def labs(self) -> Iterator[tuple[tuple[int, str], Lab]]:
        """The test report behind each tested item, by month and kind."""
        for month in MONTHS:
            for series in self.plant.series:
                if series.how == TESTED:
                    yield (month, series.kind), self._lab(series.code, month)

    def _lab(self, code: str, month: int) -> Lab:
        tested = month_end(month, self.days).astimezone(BEIJING).date() - timedelta(days=1)
        item = "anode" if code.startswith("anode") else code
        report = f"T-{self.plant.number}-{code}-{month:02}"
        return Lab.model_validate(
            {
                "id": LAB,
                "mark": "CMA",
                "items": LAB_ITEMS,
                "validity": LAB_VALIDITY,
                "report": report,
                "tested_on": tested,
            }
            | ({} if item in LAB_ITEMS else {"qualified": False})
        )

    def _items(self, month: int) -> Iterator[Item]:
        """Items of devices from their readings, the others from the month's sheet and the papers beside it."""
        yield from self._metered_items(month)
        folder = self.home / "papers" / f"{month:02}"
        folder.mkdir(parents=True)
        sheet = folder / "evidence.xlsx"
        monthly_sheet(sheet, self.plant, month, list(self._rows(folder, month)))
        read = read_evidence(sheet)
        for path in sorted(folder.iterdir()):
            self._keep(path.read_bytes())
        yield from read.items

    def _rows(self, folder: Path, month: int) -> Iterator[dict[str, Any]]:
        values = {each.kind: self.plant.value(each.kind, month, self.days) for each in self.plant.series}
        ledger(folder / LEDGER, self.plant, month, values)
        masses = self._monitored(folder / MONITOR, month)
        for series in self.plant.series:
            if series.how == HOURLY:
                continue
            document = MONITOR if series.how == CEMS else LEDGER
            if series.how == TESTED:
                lab = self._lab(series.code, month)
                document = f"{lab.report}.txt"
                test_report(folder / document, lab, series, month, values[series.kind])
            meter = series.meter[0]
            yield {
                "kind": series.code,
                "source": series.source or None,
                "value": masses[series.source] if series.how == CEMS else values[series.kind],
                "unit": series.unit,
                "document": document,
                "meter": meter or None,
                "calibrated_until": self._until(meter, month) if meter else None,
            }

    def _monitored(self, path: Path, month: int) -> dict[str, Decimal]:
        """Mass of each stack in a month, summed from the monitor's file; none where nothing is monitored."""
        if not any(each.how == CEMS for each in self.plant.series):
            return {}
        cems_file(path, self.plant, month, self.days)
        found: dict[str, Fraction] = {}
        for (stack, _), day in read_cems(path, "hourly", self.entity, YEAR).days.items():
            found[stack] = found.get(stack, Fraction(0)) + day.mass
        return {stack: Decimal(show(mass)) for stack, mass in found.items()}

    def _metered_items(self, month: int) -> Iterator[Item]:
        start, end = month_span(YEAR, month)
        read = Series(self.engine)
        for found in read.months(self.entity, YEAR, month):
            kind = next(each.kind for each in self.plant.hourly if _device(each.kind) == found.device.id)
            paper = self._keep(b"".join(line(each.signed) for each in read.of(found.device, start, end)))
            if paper != found.document:
                raise ValueError("a device's export is not what its month names")
            yield Item.from_json(found.item() | {"kind": kind})

    def _send_day(self, kind: str, code: str, unit: str, hours: Sequence[tuple[datetime, Decimal]]) -> Iterator[Any]:
        device, key = _device(kind), self.devices[kind]
        batch, again = [], []
        for end, value in hours:
            number = self._sent[device] = self._sent.get(device, 0) + 1
            signed = Reading(device, number, time_text(int(end.timestamp())), code, decimal_text(value), unit).signed(
                key
            )
            sent = signed.to_json()
            if self.plant.sector == "power" and end == TAMPERED and kind.endswith("-1"):
                again.append(sent)
                sent = sent | {"value": decimal_text(value / 2)}
            batch.append(sent)
        now = int(hours[-1][0].timestamp()) + TRANSIT
        for messages, at in ((batch, now), (again, now + AGAIN)):
            receipts = self.sources.take([Message(json.dumps(each).encode()) for each in messages], "http", at)
            yield from (receipt.to_json() for receipt in receipts if receipt.refusal)

    def _keep(self, content: bytes) -> bytes:
        return self.vault.add(BytesIO(content)).hash

    def _certificates(self, meter: str) -> Iterable[tuple[date, date]]:
        if (self.plant.sector, meter) == LAPSED_METER:
            return (date(2024, 9, 1), date(2025, 8, 31)), (date(2025, 10, 1), date(2026, 9, 30))
        return ((date(YEAR, 1, 1), date(YEAR, 12, 31)),)

    def _until(self, meter: str, month: int) -> date:
        day = month_end(month, self.days).astimezone(BEIJING).date()
        return max(last for first, last in self._certificates(meter) if first <= day)


def month_end(month: int, days: int) -> datetime:
    """End of the last hour in which the plant runs in a month."""
    return max(plants.hours_of(month, days))


def _device(kind: str) -> str:
    return kind.replace("/", ".").replace("_", "-")


def _day(end: datetime) -> date:
    return (end.astimezone(BEIJING) - timedelta(seconds=1)).date()
