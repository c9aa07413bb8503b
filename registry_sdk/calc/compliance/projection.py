"""7.1: projected obligation of a running year from monthly evidence."""

from collections.abc import Mapping
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

MONTHS = 12


def project_emissions(
    *, year: int, evidence: Mapping[str, Number], through_month: int = MONTHS, parameters: ParameterSet | None = None
) -> Result:
    """Emissions of ``year`` from evidence by month ("2026-03" -> tonnes).

    A month of the year without evidence takes the same month of the year before, else the mean of all months given.
    Outputs: projected (exact), obligation, months_present, filled, missing (months up to ``through_month`` that are
    due but not there). Raises CalculationError when no evidence is given or a month is not written YYYY-MM.
    """
    trace = Trace(parameters)
    wanted = [f"{year}-{month:02d}" for month in range(1, MONTHS + 1)]
    before = {f"{year}-{month:02d}": f"{year - 1}-{month:02d}" for month in range(1, MONTHS + 1)}
    strange = [month for month in evidence if month not in before and month not in before.values()]
    if strange or not evidence:
        raise CalculationError(
            "D-06", "evidence", f"月份 {strange or '(无)'} 不可用", f"months {strange or '(none)'} cannot be used",
            f"{year - 1}-01 至 {year}-12，至少一个月", f"{year - 1}-01 to {year}-12, at least one",
        )  # fmt: skip
    amounts = {month: exact(value, month, "D-06") for month, value in evidence.items()}
    mean = sum(amounts.values(), Fraction(0)) / len(amounts)
    filled = [month for month in wanted if month not in amounts]
    projected = sum((amounts.get(month, amounts.get(before[month], mean)) for month in wanted), Fraction(0))
    missing = [month for month in filled if int(month[5:]) <= through_month]
    outputs = {
        "projected": projected,
        "obligation": trace.whole(projected, "obligation"),
        "months_present": len(wanted) - len(filled),
        "filled": tuple(filled),
        "missing": tuple(missing),
    }
    return trace.result(
        "forecast.projection",
        Text("年度排放预测", "projected emissions of the year"),
        outputs["obligation"],
        "tCO2e",
        Text(
            "已存证月份 + 缺月取上年同月，否则取均值", "months present + same month of the year before, else the mean"
        ),
        {"year": year, "through_month": through_month},
        outputs,
        ["7.1", "D-06"],
    )
