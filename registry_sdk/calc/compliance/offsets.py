"""C-05 offset cap and C-06 eligibility of credits, by the day of use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet


@dataclass(frozen=True, slots=True)
class Credit:
    """Credits of one batch.

    ``recorded_on``: day of registration; before 14 March 2017 makes it an old credit. ``in_ets``: its project lies
    inside the coverage of the allowance market. ``used_for``: compliance year it was already cancelled for, or None.
    """

    recorded_on: date
    quantity_t: Number
    in_ets: bool = False
    used_for: int | None = None
    label: str = ""


def offset_cap(*, obligation_t: Number, on: date, parameters: ParameterSet | None = None) -> Result:
    """Largest quantity of credits that may pay ``obligation_t``, rounded down."""
    trace = Trace(parameters)
    obligation = tonnes(obligation_t, "obligation_t", "C-05")
    cap = trace.whole(obligation * Fraction(trace.on("ccer_offset_cap_ratio", on)), "offset_cap")
    return trace.result(
        "offsets.cap",
        Text("抵销上限", "offset cap"),
        cap,
        "tCO2e",
        Text("floor(应清缴量 × 比例)", "floor(obligation x ratio)"),
        {"obligation_t": obligation, "on": on},
        {"cap": cap},
        ["C-05"],
    )


def check_credit(credit: Credit, used_on: date, parameters: ParameterSet | None = None) -> str:
    """OLD or NEW. Raises CalculationError (C-06) saying why the credit cannot be used on ``used_on``."""
    return _eligible(credit, used_on, Trace(parameters))


def _eligible(credit: Credit, used_on: date, trace: Trace) -> str:
    if credit.in_ets:
        raise _refusal(
            "in_ets", "项目在配额管理范围内", "the project is inside ETS coverage", "范围外项目", "a project outside it"
        )
    if credit.used_for is not None:
        raise CalculationError(
            "C-06a", "used_for", f"已用于 {credit.used_for} 年度", f"already used for {credit.used_for}",
            "未使用过的减排量", "a credit not used before",
        )  # fmt: skip
    old_before = trace.on("old_ccer_cutoff_registration_date", used_on)
    last_use = trace.on("old_ccer_last_use_date", used_on)
    market_start = trace.on("new_ccer_market_start", used_on)
    if credit.recorded_on > used_on:
        raise _refusal(
            "recorded_on", "登记日晚于使用日", "recorded after the day of use", f"不晚于 {used_on}", f"by {used_on}"
        )
    if credit.recorded_on < old_before:
        if used_on > last_use:
            raise _refusal(
                "used_on", f"老减排量 {used_on} 不可使用", f"an old credit cannot be used on {used_on}",
                f"不晚于 {last_use}", f"by {last_use}",
            )  # fmt: skip
        return "OLD"
    if credit.recorded_on < market_start:
        raise _refusal(
            "recorded_on", f"{credit.recorded_on} 登记的减排量不属于新旧任一体系",
            f"recorded on {credit.recorded_on}: in neither the old nor the new system",
            f"早于 {old_before} 或不早于 {market_start}", f"before {old_before} or from {market_start}",
        )  # fmt: skip
    return "NEW"


def accept_offsets(
    *, obligation_t: Number, credits: Sequence[Credit], used_on: date, parameters: ParameterSet | None = None
) -> Result:
    """How much of ``credits`` is accepted: eligible ones in the given order, up to the cap; the rest is not.

    Outputs: cap, offered, eligible, accepted, excess, refused (label and reason), allowances_needed.
    """
    trace = Trace(parameters)
    cap = offset_cap(obligation_t=obligation_t, on=used_on, parameters=parameters)
    eligible, offered = 0, 0
    refused: list[dict[str, str]] = []
    for credit in credits:
        quantity = tonnes(credit.quantity_t, "quantity_t", "C-05")
        offered += quantity
        try:
            _eligible(credit, used_on, trace)
            eligible += quantity
        except CalculationError as error:
            refused.append({"credit": credit.label, **error.to_json()})
            trace.note(f"{credit.label} {error.zh}", f"{credit.label} {error.en}")
    accepted = min(int(cap.value), eligible)
    outputs = {
        "cap": cap.value,
        "offered": offered,
        "eligible": eligible,
        "accepted": accepted,
        "excess": eligible - accepted,
        "refused": tuple(refused),
        "allowances_needed": cap.inputs["obligation_t"] - accepted,
    }
    return trace.result(
        "offsets.accept",
        Text("抵销", "offsets"),
        accepted,
        "tCO2e",
        Text("min(上限, 合格减排量)", "min(cap, eligible credits)"),
        {"obligation_t": cap.inputs["obligation_t"], "used_on": used_on},
        outputs,
        ["C-05", "C-06", "C-06a"],
        [cap],
    )


def _refusal(field: str, zh: str, en: str, valid_zh: str, valid_en: str) -> CalculationError:
    return CalculationError("C-06", field, zh, en, valid_zh, valid_en)
