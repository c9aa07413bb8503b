"""The public register: what anybody may read, without login."""

from typing import Any

from fastapi import APIRouter

from registry_api.problems import ProblemError
from registry_api.projection import views
from registry_api.routes.deps import (
    DEFAULT_LIMIT,
    Account,
    AccountNumber,
    Cursor,
    DeskDep,
    Limit,
    ServiceDep,
    Small,
    Year,
    YearNumber,
)
from registry_sdk import rules
from registry_sdk.permissions import permissions

router = APIRouter(prefix="/v1", tags=["register 公开登记簿"])


@router.get("/deployment", summary="合约与链头 contracts and head")
def get_deployment(service: ServiceDep) -> dict[str, Any]:
    """Addresses, newest block and the time of the chain."""
    head = service.chain.head()
    return {
        "deployment": service.desk.deployment.to_json(),
        "head": {"height": head.height, "block_hash": head.block_hash, "timestamp": head.timestamp},
        "now": service.chain.now(),
        "sandbox": service.settings.sandbox,
        "projection": service.desk.indexer.block,
        "relayers": [service.relayer_key.address],
    }


@router.get("/rules", summary="规则目录 rule catalogue")
def get_rules() -> dict[str, Any]:
    """Every numbered refusal."""
    return {"items": [_rule(rule) for rule in rules.catalogue().values()]}


@router.get("/rules/{number}", summary="查询规则 one rule")
def get_rule(number: str) -> dict[str, Any]:
    """One numbered refusal."""
    try:
        return _rule(rules.rule(number))
    except KeyError:
        raise ProblemError.of("P-05", what=f"规则 rule {number}") from None


def _rule(rule: rules.Rule) -> dict[str, Any]:
    return {
        "number": rule.number,
        "error": rule.error,
        "status": rule.http,
        "title_zh": rule.zh,
        "title": rule.en,
        "remedy_zh": rule.zh_remedy,
        "remedy": rule.en_remedy,
        "source_zh": rule.source.zh,
        "source": rule.source.en,
    }


@router.get("/permissions", summary="权限表 permission table")
def get_permissions() -> dict[str, Any]:
    """Who may have which function called."""
    return {
        "items": [
            {
                "contract": row.contract,
                "function": row.function,
                "maker": row.maker.name,
                "checker": row.checker.name if row.checker else None,
                "delay": row.delay,
                "scoped": bool(row.scope),
                "rule": row.rule,
                "zh": row.zh,
                "en": row.en,
            }
            for row in permissions()
        ]
    }


@router.get("/accounts", summary="账户清单 accounts")
def get_accounts(
    desk: DeskDep,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    province: Small = None,
    sector: Small = None,
    kind: Small = None,
) -> dict[str, Any]:
    """Accounts by number."""
    page = desk.projection.page("accounts", cursor, limit, province=province, sector=sector, kind=kind)
    return {"items": [views.account_view(row) for row in page["items"]], "next": page["next"]}


@router.get("/accounts/{number}", summary="查询账户 one account")
def get_account(desk: DeskDep, number: AccountNumber) -> dict[str, Any]:
    """One account. ``next_nonce`` counts orders that are still on their way."""
    row = views.find_account(desk.projection, number)
    waiting = [s.document["message"]["nonce"] for s in desk.queue.open_of(number)]
    nonce = desk.reader.account(number).nonce
    return views.account_view(row) | {"nonce": nonce, "next_nonce": max([nonce, *(n + 1 for n in waiting)])}


@router.get("/units", summary="单位总量 totals of all units")
def get_units(desk: DeskDep) -> dict[str, Any]:
    """Issued, surrendered, cancelled and held, by asset and unit."""
    return {"items": views.unit_totals(desk.projection)}


@router.get("/plans", summary="分配总量 allocation plans")
def get_plans(desk: DeskDep) -> dict[str, Any]:
    """Caps by year and sector, with what was approved and issued."""
    return {"items": desk.projection.values("plans")}


@router.get("/entitlements", summary="核定、扣减与签发 entitlements")
def get_entitlements(desk: DeskDep, account: Account = None, year: Year = None) -> dict[str, Any]:
    """Determined allocation, deductions and net issue of each firm and year (B-06a, B-08)."""
    return {"items": desk.projection.values("entitlements", account=account, year=year)}


@router.get("/debts", summary="应扣配额余额 allowances owed to the registry")
def get_debts(desk: DeskDep, account: Account = None) -> dict[str, Any]:
    """What firms owe and the next issue settles (B-08)."""
    return {"items": desk.projection.values("debts", account=account)}


@router.get("/held-rows", summary="暂缓的分配行 rows of tables that wait for their accounts")
def get_held_rows(desk: DeskDep, account: Account = None) -> dict[str, Any]:
    """Rows whose accounts could not receive; the service claims them once they can."""
    return {"items": [row for row in desk.projection.values("held_rows", account=account) if row["is_held"]]}


@router.get("/cases", summary="异议与重新核定 objections and recalculations")
def get_cases(service: ServiceDep, desk: DeskDep, account: Account = None, year: Year = None) -> dict[str, Any]:
    """Cases with the last day for their decision, in working days, and whether it was kept (B-16, B-17)."""
    # A case's key is its identifier: the year stands in the row alone.
    rows = [row for row in desk.projection.values("cases", account=account) if year in (None, row["year"])]
    return {"items": [views.case_view(row, service.chain.now()) for row in rows]}


@router.get("/emissions", summary="经核查排放量 verified emissions")
def get_emissions(desk: DeskDep, account: Account = None, year: Year = None) -> dict[str, Any]:
    """Figures in force."""
    return {"items": desk.projection.values("figures", account=account, year=year)}


@router.get("/compliance/{year}", summary="履约情况 compliance of a year")
def get_compliance(
    desk: DeskDep, year: YearNumber, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Entities of a year with obligation, surrender, offset and status (rule C-13)."""
    views.find_year(desk.projection, year)
    page = desk.projection.page("positions", cursor, limit, year)
    live = desk.reader.read_many([("compliance", "statusOf", (row["account"], year)) for row in page["items"]])
    items = views.compliance_items(desk.projection, page["items"], live)
    return {"year": year, "items": items, "next": page["next"]}


@router.get("/certificates/{year}", summary="履约证明 certificates of compliance")
def get_certificates(
    desk: DeskDep, year: YearNumber, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, account: Account = None
) -> dict[str, Any]:
    """Certificates of a year that stand (rule C-04), with the figures they state."""
    views.find_year(desk.projection, year)
    page = desk.projection.page("certificates", cursor, limit, year, account=account)
    return {"year": year, "items": views.certificates(desk.projection, page["items"]), "next": page["next"]}


@router.get("/years/{year}", summary="履约年度规则 rules of a compliance year")
def get_year(desk: DeskDep, year: YearNumber) -> dict[str, Any]:
    """Deadline, vintages, offset cap, whether closed."""
    return views.find_year(desk.projection, year)


@router.get("/emissions-config", summary="核查签名配置 signature threshold and signers")
def get_emissions_config(desk: DeskDep) -> dict[str, Any]:
    """Threshold, required classes, epoch and the signers in force."""
    config = desk.projection.values("oracle_config")
    signers = [row for row in desk.projection.values("report_signers") if row["signer_class"]]
    return {"config": config[0] if config else None, "signers": signers}


@router.get("/bodies", summary="核查机构资质 verification bodies")
def get_bodies(desk: DeskDep) -> dict[str, Any]:
    """Standing, sectors, validity and keys of every body (rules H-01, H-05)."""
    return {"items": views.bodies(desk.projection)}


@router.get("/evidence", summary="月度存证 monthly evidence")
def get_evidence(desk: DeskDep, account: Account = None, year: Year = None) -> dict[str, Any]:
    """Months that are anchored: newest version, root, items, whether late (rule D-06)."""
    rows = desk.projection.values("evidence_months", account=account, year=year)
    return {"items": sorted(rows, key=lambda row: (row["account"], row["year"], row["month"]))}


@router.get("/events", summary="事件流 events")
def get_events(desk: DeskDep, after: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> dict[str, Any]:
    """Everything that happened, oldest first; repeat with ``next`` to follow."""
    return desk.projection.events(after, limit)
