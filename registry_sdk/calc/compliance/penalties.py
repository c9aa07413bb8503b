"""C-08: what not surrendering costs under the law of the day, and the other sanctions of the Regulation."""

from datetime import date
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace, refused
from registry_sdk.parameters import ParameterError, ParameterSet


def shortfall_fine(
    *,
    short_t: Number,
    deadline: date,
    mean_price_yuan: Number | None = None,
    decided_on: date | None = None,
    still_missing_t: Number | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """Fine range and deduction for ``short_t`` tonnes missing at the deadline.

    The law in force on the deadline rules the fine; the law in force on the day of the decision (default: the day
    ``deadline``) rules whether an equal quantity may be deducted from the next allocation. What was decided earlier
    stays. ``still_missing_t``: what is not made good on that day (default: all of it); only this can be deducted,
    because the deduction is for a refusal to make good. Outputs: law, min_yuan, max_yuan, deduction_t, still_owed_t.
    """
    trace = Trace(parameters)
    short = tonnes(short_t, "short_t", "C-08")
    missing = short if still_missing_t is None else tonnes(still_missing_t, "still_missing_t", "C-08")
    if missing > short:
        raise CalculationError(
            "C-08", "still_missing_t", f"尚欠 {missing} 大于期限时欠缴 {short}",
            f"{missing} still missing is more than the {short} missing at the deadline",
            f"不大于 {short}", f"at most {short}",
        )  # fmt: skip
    decided = deadline if decided_on is None else decided_on
    if decided < deadline:
        raise CalculationError(
            "C-08", "decided_on", f"{decided} 早于清缴期限", f"{decided} is before the deadline",
            f"不早于 {deadline}", f"from {deadline}",
        )  # fmt: skip
    law = trace.on("fine_law", deadline)
    if law == "MEASURES_2021_ART_40":
        low, high = (Fraction(bound) for bound in trace.on("fine_fixed_range_no_surrender_yuan", deadline))
        text = Text("定额罚款", "fixed range")
        if not short:
            low = high = Fraction(0)
    else:
        if short and mean_price_yuan is None:
            raise CalculationError(
                "C-08", "mean_price_yuan",
                "罚款须有清缴期限前一月均价", "the fine needs the mean price of the month before the deadline",
                "填写均价(元/吨)，或给出该窗口的成交", "the price in yuan/t, or the trades of the window",
            )  # fmt: skip
        price = Fraction(0) if not short else exact(mean_price_yuan, "mean_price_yuan", "C-08", above=0)
        low, high = (short * price * trace.on(f"fine_multiplier_{end}", deadline) for end in ("min", "max"))
        text = Text("欠缴量 × 清缴期限前一月均价 × 倍数", "missing t x mean price of the month before x multiple")
    if law == "ECOLOGICAL_CODE":
        trace.note(
            "法典罚款条款未核对，倍数为待确认值", "the Code's article on fines was not read: multiples to be confirmed"
        )
    deduct = bool(trace.on("shortfall_deduction_enabled", decided))
    if missing and not deduct:
        trace.note(
            f"{decided} 起不再作出新的等量核减决定；此前已决定的继续执行",
            f"no new equal deduction is decided on {decided}; earlier decisions are still carried out",
        )
    outputs = {
        "law": law,
        "min_yuan": trace.rounded(low, "money"),
        "max_yuan": trace.rounded(high, "money"),
        "deduction_t": missing if deduct else 0,
        "deduction_enabled": deduct,
        "still_owed_t": missing,
    }
    inputs = {
        "short_t": short, "still_missing_t": missing, "mean_price_yuan": mean_price_yuan, "deadline": deadline,
        "decided_on": decided,
    }  # fmt: skip
    title = Text("未清缴处罚", "sanction for not surrendering")
    return trace.result("compliance.fine", title, outputs["max_yuan"], "yuan", text, inputs, outputs, ["C-08", "0.1"])


def sanction(*, act: str, on: date, gain_yuan: Number | None = None, parameters: ParameterSet | None = None) -> Result:
    """Range of the fine for ``act`` (a row of the table ``penalties``) committed on ``on``.

    Acts measured by gain: multiples of the gain from the threshold on, the fixed range below it or without gain.
    Before the Regulation was in force only acts with an earlier range (``before_parameter``) can be judged.
    """
    trace = Trace(parameters)
    try:
        row = trace.law.table("penalties").row(act=act)
    except ParameterError as error:
        raise refused(error) from None
    earlier = row["before_parameter"]
    if on < row["in_force"] and earlier is None:
        raise CalculationError(
            "C-08", "on", f"{on} 条例尚未施行", f"the Regulation was not in force on {on}",
            f"不早于 {row['in_force']}", f"from {row['in_force']}",
        )  # fmt: skip
    gain = exact(0 if gain_yuan is None else gain_yuan, "gain_yuan", "C-08")
    measured = row["gain_min"] is not None and on >= row["in_force"]
    by_gain = measured and gain >= row["gain_threshold_yuan"]
    if on < row["in_force"]:
        low, high = (Fraction(bound) for bound in trace.on(earlier, on))
    else:
        columns = ("gain_min", "gain_max") if by_gain else ("fixed_min_yuan", "fixed_max_yuan")
        low, high = ((gain if by_gain else 1) * Fraction(trace.row("penalties", name, act=act)) for name in columns)
    outputs = {
        "min_yuan": trace.rounded(low, "money"),
        "max_yuan": trace.rounded(high, "money"),
        "confiscated_yuan": trace.rounded(gain if measured else Fraction(0), "money"),
        "by_gain": by_gain,
    }
    return trace.result(
        "compliance.sanction",
        Text(row["name_zh"], row["name_en"]),
        outputs["max_yuan"],
        "yuan",
        Text("违法所得倍数，或定额区间", "multiples of the gain, or the fixed range"),
        {"act": act, "on": on, "gain_yuan": gain},
        outputs,
        ["C-08"],
    )


def false_data_deduction(
    *, next_allocation_t: Number, ratio: Number, on: date, parameters: ParameterSet | None = None
) -> Result:
    """Cut of the next allocation when a firm refuses to correct falsified data; goes on under the Code (0.1).

    ``ratio`` must lie in the range in force on ``on``, the day of the decision. The cut is rounded down.
    """
    trace = Trace(parameters)
    allocation = tonnes(next_allocation_t, "next_allocation_t", "C-08")
    low, high = trace.on("false_data_deduction_ratio", on)
    share = exact(ratio, "ratio", "C-08", minimum=Fraction(low), maximum=Fraction(high))
    cut = trace.whole(allocation * share, "false_data_deduction")
    return trace.result(
        "compliance.false_data_deduction",
        Text("数据造假核减", "deduction for falsified data"),
        cut,
        "tCO2e",
        Text("floor(下一年度配额 × 比例)", "floor(next allocation x ratio)"),
        {"next_allocation_t": allocation, "ratio": share, "on": on},
        {"deduction_t": cut, "left_t": allocation - cut},
        ["C-08", "0.1"],
    )
