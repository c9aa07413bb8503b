"""Sources of the oracle: signed readings of devices, CEMS files, registers of meters and devices."""

from oracles.sources.desk import Message, Receipt, SourceDesk
from oracles.sources.registers import Certificate, Device, Meter, Registers
from oracles.sources.series import MonthOfDevice, Series, StoredReading, line, month_span

__all__ = [
    "Certificate",
    "Device",
    "Message",
    "Meter",
    "MonthOfDevice",
    "Receipt",
    "Registers",
    "Series",
    "SourceDesk",
    "StoredReading",
    "line",
    "month_span",
]
