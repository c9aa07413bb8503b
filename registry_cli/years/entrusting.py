"""The differentiated firm: its province surrenders out of what it was entrusted with and hands over the rest."""

from registry_cli.years.country import Part
from registry_cli.years.run import PROVINCE_ACCOUNT, Run


def pay_by_force(run: Run, year: int) -> None:
    """The registry surrenders what the firm owes (C-09); what is left goes to the firm (B-09)."""
    firm = run.parts[Part.DIFFERENTIATED]
    holder = PROVINCE_ACCOUNT[firm.province]
    for lock in run.reader.read("allocation", "entrustedLocks", firm.number, year):
        entry = run.reader.read("allowances", "lockOf", lock)
        owed = min(run.book.left(firm.number, year), entry["quantity"])
        if owed:
            run.office.act("compliance", "surrenderEntrusted", firm.province, lock, year, owed)
            run.book.surrender(holder, firm.number, year, entry["unit"], owed)
        rest = entry["quantity"] - owed
        if rest:
            run.office.act("compliance", "releaseEntrusted", firm.province, lock)
            run.book.move("allowances", holder, firm.number, entry["unit"], rest)
    run.step(f"{year} 强制履约 forced compliance", 1, 1)
