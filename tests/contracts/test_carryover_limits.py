"""Limits of the carry-over, computed from a chain that lived through window, deadlines and cut-off (rule C-10)."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.world import World, start_world

from registry_sdk import parameters as law
from registry_sdk.calc.compliance.carryover import Holding
from registry_sdk.calc.errors import CalculationError
from registry_sdk.carryover import FirmLimit, RoundLimits, limits_of
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner

ROUND = 2025
MOVE, ORDER, PLEDGE, REPO, JUDICIAL = 4, 4, 5, 6, 7


def _second(text: str) -> int:
    """Unix second of a Beijing time."""
    return int(datetime.fromisoformat(f"{text}+08:00").timestamp())


CUT_OFF = _second("2025-12-31T23:59:00")
MIDNIGHT = _second("2026-01-01T00:00:00")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """Firms that live through the window, two deadlines and the cut-off; each test looks at some of them."""
    world = start_world(tmp_path_factory.mktemp("node"), start=_second("2023-12-28T00:00:00"))
    market = EthereumSigner.create()
    kinds = (ORDER, PLEDGE, REPO)
    world.govern("allowances", "setModuleRights", market.address, MOVE | sum(1 << (8 + kind) for kind in kinds))
    world.name_reporters()
    for year in (2023, 2024):
        world.year_rules(year, deadline=_second(f"{year + 1}-12-31T23:59:59"))
    seller, buyer, court, late, shy, fresh = firms = [world.open_account() for _ in range(6)]
    bank = world.open_account(AccountKind.FINANCIAL)
    world.issue(2023, dict.fromkeys(firms, 100_000))
    world.do("transfer", seller, to=bank, unit=2023, quantity=7_000)  # before the window
    _until(world, _second("2024-01-01T00:00:00"))
    world.do("transfer", seller, to=bank, unit=2023, quantity=1_000)  # in its first second
    _report_and_pay(world, 2023, [seller, buyer, court, shy])
    world.report(late, 2023, 10)
    _until(world, _second("2025-01-01T00:00:00"))
    world.do("surrender", late, year=2023, vintage=2023, quantity=10)
    world.issue(2024, dict.fromkeys(firms, 1_000))
    _report_and_pay(world, 2024, [seller, buyer, court, late, fresh])
    world.do("transfer", seller, to=buyer, unit=2023, quantity=20_000)
    world.do("transfer", buyer, to=seller, unit=2023, quantity=5_000)
    world.office.act("allowances", "forceTransfer", seller, court, 2023, 3_000, 0)
    _sell_locked(world, market, fresh, bank, dict(zip(kinds, (300, 4_000, 50_000), strict=True)))
    assert world.call_as(market, "allowances", "moveByModule", fresh, bank, 2023, 20)
    world.do("relocate", court, unit=2023, quantity=40_000, to=1)
    world.office.act("allowances", "placeLock", court, 2023, 60_000, JUDICIAL, 0, 0)
    world.year_rules(2025, deadline=_second("2026-12-31T23:59:59"), isReviewed=True)
    world.report(buyer, 2025, 500)
    world.do("surrender", buyer, year=2025, vintage=2024, quantity=500)
    world.carry_round(ROUND, {}, vintageMin=2019, vintageMax=2024, cutOff=CUT_OFF)
    _until(world, CUT_OFF)
    world.do("transfer", seller, to=bank, unit=2023, quantity=9)  # in the cut-off's own second
    world.do("transfer", seller, to=bank, unit=2023, quantity=100)  # after the snapshot, inside the window
    _until(world, MIDNIGHT)
    early = _refused(world, ROUND)
    world.do("transfer", seller, to=bank, unit=2023, quantity=50_000)  # after the window
    yield SimpleNamespace(
        world=world, early=early, seller=seller, buyer=buyer, court=court, late=late, shy=shy, fresh=fresh, bank=bank
    )
    world.node.kill()


def _until(world: World, second: int) -> None:
    """The next block is of this second."""
    world.pass_time(second - world.now - 2)


def _report_and_pay(world: World, year: int, firms: list[int]) -> None:
    for firm in firms:
        world.report(firm, year, 10)
        world.do("surrender", firm, year=year, vintage=year, quantity=10)


def _sell_locked(world: World, market: EthereumSigner, seller: int, buyer: int, tonnes: dict[int, int]) -> None:
    for kind, quantity in tonnes.items():
        assert world.call_as(market, "allowances", "lock", seller, 2023, quantity, kind, 0, buyer, 0)
        number = world.reader.read("allowances", "lockCount")
        assert world.call_as(market, "allowances", "moveLocked", number, buyer, quantity)


def _limits(town: SimpleNamespace, met: dict[int, set[int]] | None = None) -> RoundLimits:
    return limits_of(town.world.node.rpc, town.world.deployment, ROUND, met)


def _limit(town: SimpleNamespace, account: int, met: dict[int, set[int]] | None = None) -> FirmLimit:
    (found,) = (firm for firm in _limits(town, met).firms if firm.account == account)
    return found


def test_limits_of__net_seller__counts_the_window_to_the_second(town: SimpleNamespace) -> None:
    firm = _limit(town, town.seller)
    assert firm.result.inputs["sold_t"] == 1_000 + 20_000 + 9 + 100
    assert firm.result.inputs["bought_t"] == 5_000
    held = 100_000 - 7_000 - 1_000 - 10 - 20_000 + 5_000 - 3_000 - 9 + 1_000 - 10
    assert firm.holding == Holding(held, 0, 0, 0, 0)
    assert firm.tonnes == 10_000 + 16_109 * 3 // 2 == 34_163


def test_limits_of__net_buyer_with_a_surrender_under_way__base_amount_and_pending_taken_off(
    town: SimpleNamespace,
) -> None:
    firm = _limit(town, town.buyer)
    assert firm.holding == Holding(100_000 - 10 + 15_000 + 1_000 - 10, 0, 0, 500, 0)
    assert (firm.result["net_sold"], firm.result["holding"], firm.tonnes) == (0, 115_480, 10_000)


def test_limits_of__court_took_and_froze__forced_units_are_held_but_no_purchase(town: SimpleNamespace) -> None:
    firm = _limit(town, town.court)
    assert firm.holding == Holding(100_000 - 10 + 3_000 - 100_000 + 990, 40_000, 60_000, 0, 0)
    assert (firm.result.inputs["bought_t"], firm.result["holding"]) == (0, 103_980)


def test_limits_of__module_moves__free_and_order_units_are_sales_repo_and_pledge_none(town: SimpleNamespace) -> None:
    firm = _limit(town, town.fresh, {2023: {town.fresh}})
    assert firm.result.inputs["sold_t"] == 300 + 20
    assert firm.holding.total() == 100_000 - 300 - 4_000 - 50_000 - 20 + 990


def test_limits_of__a_required_year_missed_or_not_reported__nothing_to_carry(town: SimpleNamespace) -> None:
    given = {2023: {town.late, town.seller}, 2024: {town.shy}}
    found = {firm.account: firm for firm in _limits(town, given).firms}
    assert not found[town.late].result["eligible"], "the chain knows that it paid late"
    assert not found[town.fresh].result["eligible"], "nobody says that it met 2023"
    assert found[town.shy].result["eligible"], "it had no obligation on chain; the list names it"
    assert town.bank not in found
    assert not _limit(town, town.shy).result["eligible"]


def test_limits_of__again__same_table_that_the_contract_takes(town: SimpleNamespace) -> None:
    first, second = _limits(town), _limits(town)
    assert first.firms == second.firms
    assert [row.account for row in first.table.rows] == sorted([town.seller, town.buyer, town.court])
    town.world.carry_limits(ROUND, {row.account: row.tonnes for row in first.table.rows})
    assert town.world.reader.read("carryover", "rootOf", ROUND) == first.table.tree.root
    assert _limits(town).table == first.table


def test_limits_of__before_the_window_is_over__refused_with_the_moment(town: SimpleNamespace) -> None:
    assert (town.early.rule, town.early.valid_en) == ("C-10", "compute after 2025-12-31 23:59:59 Beijing time")


def test_limits_of__unknown_round_or_contradiction__refused_with_what_is_valid(town: SimpleNamespace) -> None:
    assert _refused(town.world, 7).en == "round 7 is not set"
    town.world.carry_round(2031, {})
    assert _refused(town.world, 2031).valid_en == f"vintageMin=2019, vintageMax=2024, vintage=2025, cutOff={CUT_OFF}"


def test_limits_of__required_year_that_nobody_knows__refused_until_it_is_given(
    town: SimpleNamespace, tmp_path: Path
) -> None:
    years = {"value": [2022, 2024], "from": "2026-01-01", "to": None, "source": ["design"], "confidence": "L"}
    file = tmp_path / "law.json"
    file.write_text(json.dumps({"parameters": {"carryover_required_compliance_years": {"values": [years]}}}))
    numbers = law.load([file])
    refused = _refused(town.world, ROUND, numbers)
    assert (refused.field, refused.en) == ("met_elsewhere", "the chain has no record of compliance year 2022")
    found = limits_of(town.world.node.rpc, town.world.deployment, ROUND, {2022: {town.late}}, numbers)
    assert [row.account for row in found.table.rows] == [town.late]


def _refused(world: World, number: int, numbers: law.ParameterSet | None = None) -> CalculationError:
    with pytest.raises(CalculationError) as caught:
        limits_of(world.node.rpc, world.deployment, number, None, numbers)
    return caught.value
