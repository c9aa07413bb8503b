"""What people ask about an account or a year, put together from rows of the projection."""

from collections.abc import Sequence
from typing import Final

from registry_api.problems import ProblemError
from registry_api.projection.query import Item, Projection
from registry_sdk.account_address import account_address
from registry_sdk.cases import CaseState, CaseSubject, decision_clock
from registry_sdk.reader import AccountKind, AccountStatus, BodyStatus, ComplianceStatus
from registry_sdk.signers import signer_address

WHOLE: Final = 10_000
#: Sectors that a scope has bits for.
SECTORS: Final = 128
#: Fields of registry_sdk.projection.rows.Changes.
CHANGES: Final = ("voluntary", "compulsory", "reclaimed", "converted_out", "converted_in")


def account_view(row: Item) -> Item:
    """One account as the public sees it."""
    return {
        "number": row["account"],
        "address": account_address(row["account"]),
        "status": AccountStatus(row["status"]).name,
        "kind": AccountKind(row["kind"]).name,
        "sector": row["sector"],
        "province": row["province"],
        "approvals": row["approvals"],
        "nonce": row["nonce"],
    }


def bodies(projection: Projection) -> list[Item]:
    """Verification bodies by number, with the sectors they may verify and their keys."""
    keys = projection.values("body_signers")
    return [
        {
            "body": row["body"],
            "status": BodyStatus(row["status"]).name,
            "sectors": [sector for sector in range(SECTORS) if row["scopes"] >> sector & 1],
            "valid_from": row["valid_from"],
            "valid_until": row["valid_until"],
            "name_hash": row["name_hash"],
            "signers": [key["signer"] for key in keys if key["body"] == row["body"]],
        }
        for row in sorted(projection.values("bodies"), key=lambda row: int(row["body"]))
    ]


def find_account(projection: Projection, number: int) -> Item:
    """Row of an account. Raises ProblemError P-05."""
    row = projection.value("accounts", number)
    if row is None:
        raise ProblemError.of("P-05", what=f"账户 account {number}")
    return row


def find_year(projection: Projection, year: int) -> Item:
    """Rules of a compliance year. Raises ProblemError P-05."""
    row = projection.value("year_rules", year)
    if row is None:
        raise ProblemError.of("P-05", what=f"履约年度 compliance year {year}")
    return row


def unit_totals(projection: Projection) -> list[Item]:
    """Totals by asset and unit, tonnes: what is held, the total in force (rule C-11), and why units left for good.

    ``in_force`` is what was issued less everything cancelled; it counts what has been surrendered.
    """
    rows = projection.values("totals")
    changes = projection.values_of("changes", [(row["asset"], row["unit"]) for row in rows])
    return [
        row
        | {"held": row["issued"] - row["surrendered"] - row["cancelled"], "in_force": row["issued"] - row["cancelled"]}
        | {name: (change or {}).get(name, 0) for name in CHANGES}
        for row, change in zip(rows, changes, strict=True)
    ]


def certificates(projection: Projection, rows: Sequence[Item]) -> list[Item]:
    """Certificates that stand, with the figures in force, which are those they state, tonnes."""
    standing = [row for row in rows if row["number"]]
    positions = projection.values_of("positions", [(row["account"], row["year"]) for row in standing])
    return [
        row | {name: (position or {}).get(name, 0) for name in ("obligation", "surrendered", "offset")}
        for row, position in zip(standing, positions, strict=True)
    ]


def locks(projection: Projection, account: int) -> list[Item]:
    """Locks of an account in force or waiting."""
    return [row for row in projection.values("locks", account=account) if row["quantity"] or row["queued"]]


def representatives(projection: Projection, account: int) -> list[Item]:
    """Signers of an account that hold rights."""
    return [row for row in projection.values("representatives", account=account) if row["rights"]]


def obligations(projection: Projection, account: int) -> list[Item]:
    """Positions of an account by year with what is owed and how many credits count (rule C-05), tonnes."""
    items = []
    for row in projection.values("positions", account=account):
        rules = projection.value("year_rules", row["year"]) or {}
        cap = row["obligation"] * rules.get("offset_cap_bps", 0) // WHOLE
        paid = row["surrendered"] + row["offset"] + row["pending"]
        items.append(row | {"owed": max(0, row["obligation"] - paid), "offset_cap": cap})
    return items


def compliance_items(projection: Projection, positions: Sequence[Item], live: Sequence[int]) -> list[Item]:
    """Entities of a year; ``live`` holds the status of each as the contract gives it now."""
    accounts = projection.values_of("accounts", [(row["account"],) for row in positions])
    return [
        {
            "account": row["account"],
            "kind": AccountKind((account or {}).get("kind", 0)).name,
            "sector": (account or {}).get("sector"),
            "province": (account or {}).get("province"),
            "obligation": row["obligation"],
            "surrendered": row["surrendered"],
            "offset": row["offset"],
            "pending": row["pending"],
            "status": ComplianceStatus(status).name,
            "frozen": ComplianceStatus(row["frozen"]).name if row["is_frozen"] else None,
        }
        for row, account, status in zip(positions, accounts, live, strict=True)
    ]


def may_read(projection: Projection, account: int, signer: bytes) -> bool:
    """Whether a key represents the account or is an officer's, as the chain records."""
    address = signer_address(signer).lower()
    seat = projection.value("representatives", account, address)
    if seat and seat["rights"]:
        return True
    return any(row["address"] == address and row["is_member"] for row in projection.values("roles"))


def case_view(row: Item, now: int) -> Item:
    """A case with its clock of working days; ``due`` is a day in Beijing, or none where the law sets no time."""
    clock = decision_clock(row["subject"], row["year"], row["opened_at"], row["decided_at"], now)
    names = {"subject": CaseSubject(row["subject"]).name, "state": CaseState(row["state"]).name}
    return row | names | {"due": clock.due.isoformat() if clock else None, "is_kept": clock.is_kept if clock else None}
