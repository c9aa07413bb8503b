"""Fold: roles, permission table and officers' acts. Checks maker and checker again from the events alone."""

from functools import cache
from typing import Final

from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.permissions import ADMIN
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Permission
from registry_sdk.projection.state import Handlers, State

PROPOSED, APPROVED, EXECUTED, REJECTED = 1, 2, 3, 4
#: A scoped role carries its province above these bits.
ROLE_BITS: Final = (1 << 32) - 1
DELAY_MASK: Final = (1 << 32) - 1

#: What happens by an executed act only, once the deployer has handed over: event to the functions it comes from.
BY_ACT: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("accounts", "AccountOpened"): ("openAccounts",),
    ("accounts", "RepresentativeSet"): ("openAccounts", "setRepresentatives"),
    ("accounts", "ApprovalsSet"): ("setApprovals",),
    ("accounts", "AccountStatusChanged"): ("freeze", "unfreeze", "close"),
    ("accounts", "ClassRestricted"): ("restrictClass",),
    ("accounts", "ClassReleased"): ("releaseClass",),
    ("accounts", "ModuleSet"): ("setModule",),
    ("accounts", "LedgersSet"): ("setLedgers",),
    ("accounts", "RegistryStopped"): ("stop",),
    ("accounts", "RegistryResumed"): ("resume",),
    ("allowances", "VintageOpened"): ("openVintage",),
    ("allowances", "UnitsForced"): ("forceTransfer", "forceCancel"),
    ("allowances", "ModuleRightsSet"): ("setModuleRights",),
    ("credits", "BatchRegistered"): ("registerBatch",),
    ("credits", "UnitsForced"): ("forceTransfer", "forceCancel"),
    ("credits", "ModuleRightsSet"): ("setModuleRights",),
    ("allocation", "PlanSet"): ("setPlan",),
    ("allocation", "TableApproved"): ("approveTable",),
    ("allocation", "TableWithdrawn"): ("withdrawTable",),
    ("allocation", "ShareIssued"): ("issueShare",),
    ("allocation", "ProvinceAccountSet"): ("setProvinceAccount",),
    ("allocation", "DifferentiatedSet"): ("setDifferentiated",),
    ("allocation", "DebtWindowSet"): ("setDebtWindow",),
    ("allocation", "DebtRecorded"): ("recordDebt",),
    ("allocation", "DebtCancelled"): ("cancelDebt",),
    ("cases", "ObjectionDecided"): ("decideObjections",),
    ("cases", "RecalculationOpened"): ("openRecalculation",),
    ("cases", "RecalculationClosed"): ("closeRecalculation",),
    ("accreditation", "BodyAccredited"): ("accredit",),
    ("accreditation", "BodyStatusChanged"): (
        "accredit",
        "suspend",
        "suspendByRegulator",
        "reinstate",
        "withdraw",
        "exit",
    ),
    ("accreditation", "BodySignerSet"): ("setSigners", "revokeSigner"),
    ("evidence", "DeadlineDaysSet"): ("setDeadlineDays",),
    ("evidence", "DeadlineSet"): ("setDeadlines",),
    ("emissions", "SinkSet"): ("setSink",),
    ("emissions", "ThresholdSet"): ("setThreshold",),
    ("emissions", "ReportSignerSet"): ("setSigner", "suspendSigner"),
    ("compliance", "YearRulesSet"): ("setYearRules",),
    ("compliance", "SurrenderAccepted"): ("decideSurrenders",),
    ("compliance", "SurrenderRefused"): ("decideSurrenders",),
    ("compliance", "EntrustedSurrendered"): ("surrenderEntrusted",),
    ("compliance", "EntrustedReleased"): ("releaseEntrusted",),
    ("compliance", "SurrenderReversed"): ("reverseSurrender",),
    ("compliance", "YearClosed"): ("closeYear",),
    ("carryover", "RoundSet"): ("setRound",),
    ("carryover", "BatchSet"): ("setBatch",),
    ("carryover", "LimitsApproved"): ("approveLimits",),
    ("carryover", "ReleasedAdmitted"): ("admitReleased",),
    ("carryover", "CarriedOver"): ("decideApplications",),
    ("carryover", "CarryOverRefused"): ("decideApplications",),
    ("control", "PermissionSet"): ("setPermission",),
    ("authority", "RoleGranted"): ("grantRole",),
    ("authority", "TargetFunctionRoleUpdated"): ("setTargetFunctionRole",),
}
#: Nothing in the permission table opens these ways around it.
NEVER: Final = frozenset(
    {
        ("authority", "RoleAdminChanged"),
        ("authority", "RoleGuardianChanged"),
        ("authority", "TargetClosed"),
        ("authority", "TargetAdminDelayUpdated"),
        ("authority", "RoleGrantDelayChanged"),
        ("authority", "OperationScheduled"),
        ("authority", "OperationExecuted"),
    }
)


@cache
def _selectors(source: str, functions: tuple[str, ...]) -> frozenset[str]:
    abi = contract(CONTRACTS[source]).functions
    return frozenset("0x" + abi[name].selector.hex() for name in functions)


def is_by_act(state: State, log: Log, source: str, functions: tuple[str, ...]) -> bool:
    """Whether the act executed last in this transaction calls one of these functions of ``source``."""
    if state.act is None:
        return False
    transaction, target, selector = state.act
    at = state.deployment.address(source).lower()
    return transaction == log.transaction and target == at and selector in _selectors(source, functions)


def check_privileged(state: State, log: Log) -> None:
    """Finding for a privileged event that no act stands behind."""
    if not state.is_handed_over:
        return
    wanted = BY_ACT.get((log.source, log.name))
    if (wanted and not is_by_act(state, log, log.source, wanted)) or (log.source, log.name) in NEVER:
        state.odd(
            "act-behind", (log.source, log.name), "没有对应的已执行签名行为 no executed act stands behind it", log
        )


def _row(state: State, log: Log) -> Permission:
    act = state.acts.see(log.fields["id"])
    return state.permissions.see(act.target, act.selector)


def _holds(state: State, address: str, role: int) -> bool:
    return any(
        row.is_member
        for (number, holder), row in state.roles.items()
        if holder == address and number & ROLE_BITS == role
    )


def _proposed(state: State, log: Log) -> None:
    f = log.fields
    act = state.acts.edit(f["id"])
    if act.state:
        state.odd("act-once", (f["id"],), "同一行为被再次提出 the same act was proposed again", log)
    act.state, act.maker, act.target, act.selector = PROPOSED, f["maker"], f["target"], f["selector"]
    row = _row(state, log)
    if not row.maker or not _holds(state, act.maker, row.maker):
        state.odd("act-maker", (f["id"],), f"经办人无岗位 maker without the role: {act.maker}", log)
    if not row.checker and row.delay:
        act.state, act.executable_at = APPROVED, log.timestamp + row.delay


def _approved(state: State, log: Log) -> None:
    f = log.fields
    act = state.acts.edit(f["id"])
    row = _row(state, log)
    is_two = f["checker"] != act.maker and _holds(state, f["checker"], row.checker) and act.state == PROPOSED
    if not is_two:
        state.odd("act-checker", (f["id"],), f"复核人不合格 not a second officer with the role: {f['checker']}", log)
    act.state = APPROVED
    if row.delay:
        act.executable_at, act.checker = f["executableAt"], f["checker"]


def _rejected(state: State, log: Log) -> None:
    state.acts.edit(log.fields["id"]).state = REJECTED


def _executed(state: State, log: Log) -> None:
    f = log.fields
    act = state.acts.edit(f["id"])
    row = _row(state, log)
    needed = APPROVED if row.checker or row.delay else PROPOSED
    if act.state != needed or log.timestamp < act.executable_at:
        state.odd("act-approved", (f["id"],), "未经复核或未到期即执行 executed without approval or too early", log)
    act.state = EXECUTED
    state.act = (log.transaction, f["target"], f["selector"])


def _permission(state: State, log: Log) -> None:
    f = log.fields
    row = state.permissions.edit(f["target"], f["selector"])
    row.maker, row.checker, row.delay, row.scope_word = f["maker"], f["checker"], f["delay"], f["scopeWord"]


def _granted(state: State, log: Log) -> None:
    f = log.fields
    row = state.roles.edit(f["roleId"], f["account"])
    row.is_member = True
    if f["newMember"]:
        row.since, row.delay = f["since"], f["delay"]
    else:
        row.delay = f["since"] << 64 | (row.delay & DELAY_MASK) << 32 | f["delay"]


def _revoked(state: State, log: Log) -> None:
    row = state.roles.edit(log.fields["roleId"], log.fields["account"])
    row.is_member, row.since, row.delay = False, 0, 0
    admins = {holder for (role, holder), row in state.roles.items() if role == ADMIN and row.is_member}
    if admins == {state.deployment.address("control").lower()}:
        state.is_handed_over = True


def _function_role(state: State, log: Log) -> None:
    state.function_roles.edit(log.fields["target"], log.fields["selector"]).role = log.fields["roleId"]


HANDLERS: Final[Handlers] = {
    ("control", "ActProposed"): _proposed,
    ("control", "ActApproved"): _approved,
    ("control", "ActRejected"): _rejected,
    ("control", "ActExecuted"): _executed,
    ("control", "PermissionSet"): _permission,
    ("authority", "RoleGranted"): _granted,
    ("authority", "RoleRevoked"): _revoked,
    ("authority", "TargetFunctionRoleUpdated"): _function_role,
}
