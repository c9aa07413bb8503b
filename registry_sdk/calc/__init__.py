"""The law's arithmetic: pure calculators, exact numbers, results that explain themselves.

Every function takes keyword arguments in tonnes, MWh, GJ, yuan and an optional ``parameters`` (a ParameterSet); it
returns a ``Result`` or raises ``CalculationError``, which carries the rule number and what would be valid.
"""

from registry_sdk.calc.cases import CASES, evaluate
from registry_sdk.calc.compliance.calendar import (
    BEIJING,
    add_working_days,
    beijing_day,
    deadlines,
    end_of_day,
    is_trading_day,
    is_working_day,
    surrender_deadline,
)
from registry_sdk.calc.compliance.carryover import Holding, Movement, apply_carryover, carryover_limit, net_sales
from registry_sdk.calc.compliance.forecast import Signals, forecast
from registry_sdk.calc.compliance.offsets import Credit, accept_offsets, check_credit, offset_cap
from registry_sdk.calc.compliance.penalties import false_data_deduction, sanction, shortfall_fine
from registry_sdk.calc.compliance.projection import project_emissions
from registry_sdk.calc.compliance.schedule import (
    Due,
    schedule,
    scheduled_years,
    was_kept,
    working_day_clock,
    working_days_left,
)
from registry_sdk.calc.compliance.status import Offset, Surrender, compliance_status, obligation_of
from registry_sdk.calc.compliance.vintages import allowed_vintages, arrears_vintages, check_vintage
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.industry.alpha import allocate_with_balance
from registry_sdk.calc.industry.balance import balance_value
from registry_sdk.calc.industry.sector import IndustryMember, allocate_sector
from registry_sdk.calc.issue.adjustments import adjust, differentiated_issue
from registry_sdk.calc.issue.borrowing import borrow
from registry_sdk.calc.issue.plan import Plan, apply_plan, check_plans
from registry_sdk.calc.issue.preallocation import preallocate, recalculate, settle
from registry_sdk.calc.market.price import Trade, fine_window, lot_allowed, mean_price, price_band
from registry_sdk.calc.power.classes import classify, merged_class
from registry_sdk.calc.power.entity import allocate_entity, gap_cap
from registry_sdk.calc.power.unit import PowerUnit, allocate_unit
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.special import carbide_replacement

__all__ = [
    "BEIJING",
    "CASES",
    "CalculationError",
    "Credit",
    "Due",
    "Holding",
    "IndustryMember",
    "Movement",
    "Offset",
    "Plan",
    "PowerUnit",
    "Result",
    "Signals",
    "Surrender",
    "Text",
    "Trade",
    "accept_offsets",
    "add_working_days",
    "adjust",
    "allocate_entity",
    "allocate_sector",
    "allocate_unit",
    "allocate_with_balance",
    "allowed_vintages",
    "apply_carryover",
    "apply_plan",
    "arrears_vintages",
    "balance_value",
    "beijing_day",
    "borrow",
    "carbide_replacement",
    "carryover_limit",
    "check_credit",
    "check_plans",
    "check_vintage",
    "classify",
    "compliance_status",
    "deadlines",
    "differentiated_issue",
    "end_of_day",
    "evaluate",
    "false_data_deduction",
    "fine_window",
    "forecast",
    "gap_cap",
    "is_trading_day",
    "is_working_day",
    "lot_allowed",
    "mean_price",
    "merged_class",
    "net_sales",
    "obligation_of",
    "offset_cap",
    "preallocate",
    "price_band",
    "project_emissions",
    "recalculate",
    "sanction",
    "schedule",
    "scheduled_years",
    "settle",
    "shortfall_fine",
    "surrender_deadline",
    "was_kept",
    "working_day_clock",
    "working_days_left",
]
