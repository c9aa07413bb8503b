"""Limits of a round from the chain alone: the same history gives the same table, whoever computes it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from registry_sdk import parameters as law
from registry_sdk.calc.compliance.calendar import BEIJING, end_of_day
from registry_sdk.calc.compliance.carryover import RULE_DAY, Holding, carryover_limit, net_sales
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.result import Result
from registry_sdk.carryover.history import History, read_history
from registry_sdk.carryover.limits import LimitsTable
from registry_sdk.deployment import Deployment
from registry_sdk.parameters import ParameterSet
from registry_sdk.projection.fetch import fetch_logs
from registry_sdk.reader import Reader
from registry_sdk.rpc import RpcClient
from registry_sdk.tables import Row

BPS = 10_000


@dataclass(frozen=True)
class FirmLimit:
    """One key emitter: its snapshot, and its limit with formula, figures and numbers of the law."""

    account: int
    holding: Holding
    result: Result

    @property
    def tonnes(self) -> int:
        """What it may carry over; 0 for a firm that missed a required year."""
        return int(self.result.value)

    def figures(self) -> dict[str, Any]:
        """One flat row, for tables that people read: tonnes, and whether every required year was met in time."""
        outputs = self.result.outputs
        return {
            "account": self.account,
            "eligible": outputs["eligible"],
            "sold_t": self.result.inputs["sold_t"],
            "bought_t": self.result.inputs["bought_t"],
            **asdict(self.holding),
            **{name: outputs[name] for name in ("net_sold", "formula_cap", "holding", "max_carry", "not_carried")},
            "notes": "; ".join(map(str, self.result.notes)),
        }


@dataclass(frozen=True)
class RoundLimits:
    """Limits of all key emitters, by account. ``block``: the newest one that was read."""

    round: int
    block: int
    firms: tuple[FirmLimit, ...]

    @property
    def table(self) -> LimitsTable:
        """Rows of the firms that may carry anything. Raises ValueError where none may."""
        return LimitsTable(self.round, tuple(Row(f.account, f.tonnes) for f in self.firms if f.tonnes))


def limits_of(
    rpc: RpcClient,
    deployment: Deployment,
    round_number: int,
    met_elsewhere: Mapping[int, set[int]] | None = None,
    parameters: ParameterSet | None = None,
) -> RoundLimits:
    """Compute the limits of a round that stands on chain.

    Args:
        met_elsewhere: compliance year to the accounts that met it in time before this chain kept records. Counts for
            firms without an obligation of that year on chain; where there is one, the chain decides.

    Raises:
        CalculationError: no such round, it contradicts the numbers of the law, it is too early, or a required year is
            neither on chain nor given. RpcError, RpcTransportError, LogError: from reading.
    """
    head = rpc.call("eth_getBlockByNumber", "latest", False)
    block, now = int(head["number"], 16), int(head["timestamp"], 16)
    reader = Reader(rpc, deployment, block)
    numbers = parameters or law.default()
    carried = reader.read("carryover", "roundOf", round_number)
    _require_lawful(round_number, carried, numbers)
    required = numbers.get("carryover_required_compliance_years", RULE_DAY).value
    rules = reader.read_many(("compliance", "yearRules", (year,)) for year in required)
    deadlines = {year: rule["deadline"] for year, rule in zip(required, rules, strict=True) if rule["deadline"]}
    elsewhere = met_elsewhere or {}
    if missing := [year for year in required if year not in deadlines and year not in elsewhere]:
        raise _refused(
            "met_elsewhere",
            f"链上没有 {_listed(missing)} 年度的履约记录",
            f"the chain has no record of compliance year {_listed(missing)}",
            "提供按时履约的账户名单",
            "give the accounts that met it in time",
        )
    window_end = int(end_of_day(numbers.get("carryover_net_sale_window", RULE_DAY).value[1]).timestamp())
    _require_over(max(carried["cutOff"], window_end - 1, *deadlines.values()), now)
    logs = fetch_logs(rpc, deployment, deployment.block, block)
    vintages = (carried["vintageMin"], carried["vintageMax"])
    history = read_history(deployment, logs, vintages, carried["cutOff"], deadlines)
    return RoundLimits(round_number, block, _limits(history, required, elsewhere, numbers))


def _limits(
    history: History, required: tuple[int, ...], elsewhere: Mapping[int, set[int]], numbers: ParameterSet
) -> tuple[FirmLimit, ...]:
    movements = history.movements()
    found = []
    for account in history.firms:
        sold, bought = net_sales(movements.get(account, ()), numbers)
        holding = history.holdings.get(account, Holding())
        met = [year for year in required if account in _met(history, elsewhere, account, year)]
        result = carryover_limit(
            sold_t=sold, bought_t=bought, holding=holding, years_met_on_time=met, parameters=numbers
        )
        found.append(FirmLimit(account, holding, result))
    return tuple(found)


def _met(history: History, elsewhere: Mapping[int, set[int]], account: int, year: int) -> set[int]:
    is_on_chain = account in history.reported.get(year, set())
    return history.met[year] if is_on_chain else set(elsewhere.get(year, set()))


def _require_lawful(number: int, carried: Mapping[str, Any], numbers: ParameterSet) -> None:
    """The officers' round and the dated numbers of the law say the same, or nothing is computed."""
    if not carried["vintage"]:
        raise _refused(
            "round", f"第 {number} 轮结转尚未设定", f"round {number} is not set", "先设定轮次", "set the round first"
        )
    law_of = {
        key: numbers.get(f"carryover_{key}", RULE_DAY).value
        for key in ("source_vintages", "target_vintage", "base_t", "multiplier", "holding_snapshot")
    }
    wanted = {
        "vintageMin": law_of["source_vintages"][0],
        "vintageMax": law_of["source_vintages"][1],
        "vintage": law_of["target_vintage"],
        "base": law_of["base_t"],
        "ratioBps": int(law_of["multiplier"] * BPS),
        "cutOff": int(law_of["holding_snapshot"].timestamp()),
    }
    if wrong := {name: value for name, value in wanted.items() if carried[name] != value}:
        stated = ", ".join(f"{name}={carried[name]}" for name in wrong)
        lawful = ", ".join(f"{name}={value}" for name, value in wrong.items())
        raise _refused(
            "round", f"轮次与规定不符：{stated}", f"the round contradicts the rules: {stated}", lawful, lawful
        )


def _require_over(second: int, now: int) -> None:
    if now <= second:
        moment = datetime.fromtimestamp(second, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        raise _refused(
            "round",
            "净卖出统计期、持仓截止或履约期限尚未结束",
            "the window, the snapshot or a deadline is not over yet",
            f"北京时间 {moment} 之后计算",
            f"compute after {moment} Beijing time",
        )


def _refused(field: str, zh: str, en: str, valid_zh: str, valid_en: str) -> CalculationError:
    return CalculationError("C-10", field, zh, en, valid_zh, valid_en)


def _listed(years: list[int]) -> str:
    return ", ".join(map(str, years))
