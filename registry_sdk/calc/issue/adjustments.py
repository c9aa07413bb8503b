"""B-08: amounts taken off an issue, with the remainder carried on. B-09: issue through the province account."""

from registry_sdk.calc.exact import Number, tonnes
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet


def adjust(
    *,
    pre_allocation_t: Number,
    final_allocation_t: Number,
    deduction_due_t: Number,
    parameters: ParameterSet | None = None,
) -> Result:
    """Takes ``deduction_due_t`` off at pre-allocation first, then at final issue; the rest is a remainder.

    In total the firm receives max(0, final - due) and max(0, due - final) stays due. A negative ``final_issued`` is
    what the firm has to return. When the final allocation turns out below what was already taken, the difference goes
    back to the remainder (``returned_deduction``).
    """
    trace = Trace(parameters)
    pre = tonnes(pre_allocation_t, "pre_allocation_t", "B-08")
    final = tonnes(final_allocation_t, "final_allocation_t", "B-08")
    due = tonnes(deduction_due_t, "deduction_due_t", "B-08")
    at_pre = min(pre, due)
    after_pre = due - at_pre
    returned = max(0, at_pre - final)
    at_final = min(max(0, final - pre), after_pre)
    final_issued = final - pre + returned - at_final
    outputs = {
        "pre_issued": pre - at_pre,
        "deducted_at_pre": at_pre,
        "remaining_after_pre": after_pre,
        "deducted_at_final": at_final,
        "returned_deduction": returned,
        "final_issued": final_issued,
        "claw_back": max(0, -final_issued),
        "total_issued": pre - at_pre + final_issued,
        "remaining_deduction_next": after_pre - at_final + returned,
    }
    return trace.result(
        "issue.adjustment",
        Text("配额调整", "adjustment of an issue"),
        outputs["total_issued"],
        "tCO2e",
        Text(
            "预分配先扣 min(预分配, 应扣)；核定再扣；核定低于已扣的差额退回余额",
            "min(pre, due) first, the rest at final issue; what final leaves uncovered goes back to the remainder",
        ),
        {"pre_allocation_t": pre, "final_allocation_t": final, "deduction_due_t": due},
        outputs,
        ["B-08", "B-06a"],
    )


def differentiated_issue(
    *, issued_t: Number, obligation_t: Number, label: str = "", parameters: ParameterSet | None = None
) -> Result:
    """Units issued into the province account: what the registry surrenders for the firm, releases, and still lacks."""
    trace = Trace(parameters)
    issued = tonnes(issued_t, "issued_t", "B-09")
    obligation = tonnes(obligation_t, "obligation_t", "B-09")
    surrendered = min(issued, obligation)
    outputs = {"surrendered": surrendered, "released": issued - surrendered, "short": obligation - surrendered}
    return trace.result(
        "issue.differentiated",
        Text("差异化发放与强制履约", "differentiated issue and forced compliance"),
        surrendered,
        "tCO2e",
        Text("清缴 min(发放, 义务)，余量释放，不足补足", "surrender min(issued, obligation), release the rest"),
        {"firm": label or None, "issued_t": issued, "obligation_t": obligation},
        outputs,
        ["B-09", "C-09"],
    )
