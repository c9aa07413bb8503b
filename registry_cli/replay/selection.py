"""Which rows of a file a replay is about."""

import re
from dataclasses import dataclass
from functools import cached_property

from registry_cli.replay.records import Phase, Record, Records, RecordsError


@dataclass(frozen=True)
class Selection:
    """Chosen registries and years of a file.

    Attributes:
        rows: rows asked for, by operator and year.
        lead_in: rows of the same operators and phases before the first year: running totals start with the phase, so
            they are booked too, but not compared.
    """

    records: Records
    registries: tuple[str, ...]
    first: int
    last: int

    @cached_property
    def rows(self) -> tuple[Record, ...]:
        return self._between(self.first, self.last)

    @cached_property
    def lead_in(self) -> tuple[Record, ...]:
        start = self.phase_of(self.first)
        operators = {row.operator for row in self.rows}
        before = self._between(start.first, self.first - 1) if start else ()
        return tuple(row for row in before if row.operator in operators)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        return tuple(sorted({row.phase for row in self.rows}))

    def phase_of(self, year: int) -> Phase | None:
        """The file's phase that holds a year."""
        return next((row.phase for row in self.records.rows if row.phase.first <= year <= row.phase.last), None)

    def _between(self, first: int, last: int) -> tuple[Record, ...]:
        chosen = (r for r in self.records.rows if r.registry in self.registries and first <= r.year <= last)
        return tuple(sorted(chosen, key=lambda r: (r.registry, r.number, r.year)))


def select(records: Records, registries: str | None, years: str | None) -> Selection:
    """Take over what the user asked for; None means all.

    Args:
        registries: codes with commas, ``EE,LU``.
        years: one year or a range, ``2013-2020``.

    Raises:
        RecordsError: with the registries and years that the file has.
    """
    known = records.registries
    chosen = tuple(sorted({c.strip().upper() for c in registries.split(",")})) if registries is not None else known
    if unknown := [code for code in chosen if code not in known]:
        raise RecordsError(
            f"文件中没有登记簿 the file has no registry {', '.join(unknown)!r}; 可用 valid: {','.join(known)}"
        )
    first, last = _years(years, records)
    selection = Selection(records, chosen, first, last)
    if not selection.rows:
        low, high = records.years
        raise RecordsError(
            f"没有符合条件的行 no row of {','.join(chosen)} in {first}-{last}; 文件年份 file has {low}-{high}"
        )
    return selection


def _years(text: str | None, records: Records) -> tuple[int, int]:
    low, high = records.years
    if text is None:
        return low, high
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise RecordsError(
            f"--years 须如 must look like 2013-2020 or 2013, first year first: {text!r}; 文件 file: {low}-{high}"
        )
    if last < low or first > high:
        raise RecordsError(f"年份不在文件内 years outside the file: {text!r}; 可用 valid: {low}-{high}")
    return first, last
