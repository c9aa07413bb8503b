"""Everything that allocation can do to an account, for the history that the audit's tests read."""

from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from support.cases import file_objection
from support.world import DAY, PROVINCES, SECTOR, World

from registry_sdk.allocation import DebtCause, Share
from registry_sdk.carrier import accepted
from registry_sdk.reader import AccountKind, AccountStatus
from registry_sdk.tables import AllocationTable, Row, TableKind

VINTAGE = 2026
NEXT = 2028


def allocate_again(w: World, plant: int, mill: int) -> None:
    """Claw-back from what is free and as a debt, shares, held rows, debts and differentiated issue."""
    _claw_back(w, plant, mill)
    _shares(w)
    held = _hold(w)
    _owe(w, plant)
    _entrust(w)
    _cases(w, plant)
    w.unfreeze(held)


def _table(year: int, kind: TableKind, grants: dict[int, int], **fields: Any) -> AllocationTable:
    rows = tuple(Row(account, tonnes) for account, tonnes in grants.items())
    values = {"year": year, "sector": SECTOR, "province": PROVINCES[0], "kind": kind, "chunk_size": 2} | fields
    return AllocationTable(rows=rows, **values)


def _deliver(w: World, table: AllocationTable) -> None:
    """Approve and deliver within the plan that stands."""
    w.office.act("allocation", "approveTable", table.province, table.as_tuple())
    accepted(w.carrier.carry([table.chunk_call(w.deployment, number) for number in range(len(table.chunks))]))


def _claw_back(w: World, plant: int, mill: int) -> None:
    _deliver(w, _table(VINTAGE, TableKind.RECALCULATION, {plant: 30}, previous=33))
    _deliver(w, _table(VINTAGE, TableKind.RECALCULATION, {mill: 0}, previous=44, province=PROVINCES[1]))
    _deliver(w, _table(VINTAGE, TableKind.RECALCULATION, {mill: 12}, previous=0, province=PROVINCES[1]))


def _shares(w: World) -> None:
    market = w.open_account(AccountKind.MARKET)
    reserve = w.open_account(AccountKind.RESERVE)
    w.office.act("allowances", "openVintage", NEXT)
    w.office.act("allocation", "setPlan", NEXT, SECTOR, 2, 10_000, 9_000, 700, 300)
    w.office.act("allocation", "issueShare", NEXT, SECTOR, int(Share.AUCTION), market, 650)
    w.office.act("allocation", "issueShare", NEXT, SECTOR, int(Share.RESERVE), reserve, 300)


def _hold(w: World) -> int:
    """Three firms, of whom one is frozen when its chunk comes and one stays unknown."""
    firms = [w.open_account() for _ in range(2)]
    w.freeze(AccountStatus.FROZEN_ALL, firms[1])
    table = _table(NEXT, TableKind.PRE_ALLOCATION, {firms[0]: 50, firms[1]: 60, 999_999: 7})
    _deliver(w, table)
    w.unfreeze(firms[1])
    accepted(w.carrier.carry([table.claim_call(w.deployment, [firms[1]])]))
    w.office.act("allocation", "withdrawTable", PROVINCES[0], table.id)
    again = _table(NEXT, TableKind.FINAL, {firms[0]: 40, firms[1]: 70}, previous=110, chunk_size=1)
    w.office.act("allocation", "approveTable", PROVINCES[0], again.as_tuple())
    accepted(w.carrier.carry([again.chunk_call(w.deployment, 0)]))
    w.office.act("allocation", "withdrawTable", PROVINCES[0], again.id)
    w.freeze(AccountStatus.FROZEN_ALL, firms[0])
    return firms[0]


def _owe(w: World, plant: int) -> None:
    window = (w.now - DAY, w.now + DAY)
    w.office.act("allocation", "setDebtWindow", int(DebtCause.INSPECTION), window)
    w.office.act("allocation", "recordDebt", PROVINCES[0], plant, int(DebtCause.INSPECTION), 70)
    w.office.act("allocation", "cancelDebt", PROVINCES[0], plant, 5)
    _deliver(w, _table(NEXT, TableKind.PRE_ALLOCATION, {plant: 50}))
    _deliver(w, _table(NEXT, TableKind.FINAL, {plant: 30}, previous=50))


def _entrust(w: World) -> None:
    """A differentiated firm: nothing at first, then through the province's account, more, and less again."""
    firm, province = w.open_account(), w.open_account(AccountKind.PROVINCE)
    w.office.act("allocation", "setProvinceAccount", PROVINCES[0], province)
    w.office.act("allocation", "setDifferentiated", PROVINCES[0], NEXT, [firm], True)
    steps = (
        (TableKind.PRE_ALLOCATION, 20, 0),
        (TableKind.FINAL, 100, 0),
        (TableKind.RECALCULATION, 130, 100),
        (TableKind.RECALCULATION, 60, 130),
    )
    for kind, tonnes, before in steps:
        _deliver(w, _table(NEXT, kind, {firm: tonnes}, previous=before))


def _cases(w: World, plant: int) -> None:
    """An objection that is upheld, one refused, one open; a recalculation carried out and one without change."""
    ids = [file_objection(w, plant, NEXT, statement=f"0x{n:064x}") for n in (1, 2, 3)]
    w.office.act("cases", "decideObjections", PROVINCES[0], [ids[0]], True)
    w.office.act("cases", "decideObjections", PROVINCES[0], [ids[1]], False)
    table = _table(NEXT, TableKind.RECALCULATION, {plant: 45}, previous=30)
    for version, carried in ((2, table.id), (3, bytes(32))):
        w.office.act("cases", "openRecalculation", PROVINCES[0], plant, NEXT, version)
        id_ = keccak(encode(["uint64", "uint16", "uint16"], [plant, NEXT, version]))
        if version == 2:
            _deliver(w, table)
        w.office.act("cases", "closeRecalculation", PROVINCES[0], id_, carried)
