"""The public register: what anybody may read, without login."""

from typing import Any

from fastapi import APIRouter

from registry_api.problems import ProblemError
from registry_api.routes.deps import DEFAULT_LIMIT, Cursor, DeskDep, Limit, ServiceDep
from registry_sdk import rules
from registry_sdk.permissions import permissions
from registry_sdk.reader import AccountKind, AccountStatus, ComplianceStatus

router = APIRouter(prefix="/v1", tags=["register 公开登记簿"])

ADDRESS_PREFIX = "0x" + b"CEA-REGISTRY".hex()


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
    province: int | None = None,
    sector: int | None = None,
    kind: int | None = None,
) -> dict[str, Any]:
    """Accounts by number."""
    page = desk.projection.page("accounts", cursor, limit, province=province, sector=sector, kind=kind)
    return {"items": [_account(row) for row in page["items"]], "next": page["next"]}


@router.get("/accounts/{number}", summary="查询账户 one account")
def get_account(desk: DeskDep, number: int) -> dict[str, Any]:
    """One account. ``next_nonce`` counts orders that are still on their way."""
    row = desk.projection.value("accounts", number)
    if row is None:
        raise ProblemError.of("P-05", what=f"账户 account {number}")
    nonce = desk.reader.account(number).nonce
    waiting = [s.document["message"]["nonce"] for s in desk.queue.open_of(number)]
    return _account(row) | {"nonce": nonce, "next_nonce": max([nonce, *(n + 1 for n in waiting)])}


def _account(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["account"],
        "address": f"{ADDRESS_PREFIX}{row['account']:016x}",
        "status": AccountStatus(row["status"]).name,
        "kind": AccountKind(row["kind"]).name,
        "sector": row["sector"],
        "province": row["province"],
        "approvals": row["approvals"],
        "nonce": row["nonce"],
    }


@router.get("/units", summary="单位总量 totals of all units")
def get_units(desk: DeskDep) -> dict[str, Any]:
    """Issued, surrendered, cancelled and held, by asset and unit."""
    rows = desk.projection.values("totals")
    return {"items": [row | {"held": row["issued"] - row["surrendered"] - row["cancelled"]} for row in rows]}


@router.get("/plans", summary="分配总量 allocation plans")
def get_plans(desk: DeskDep) -> dict[str, Any]:
    """Caps by year and sector, with what was approved and issued."""
    return {"items": desk.projection.values("plans")}


@router.get("/emissions", summary="经核查排放量 verified emissions")
def get_emissions(desk: DeskDep, account: int | None = None, year: int | None = None) -> dict[str, Any]:
    """Figures in force."""
    return {"items": desk.projection.values("figures", account=account, year=year)}


@router.get("/compliance/{year}", summary="履约情况 compliance of a year")
def get_compliance(desk: DeskDep, year: int, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> dict[str, Any]:
    """Entities of a year with obligation, surrender, offset and status (rule C-13)."""
    if desk.projection.value("year_rules", year) is None:
        raise ProblemError.of("P-05", what=f"履约年度 compliance year {year}")
    page = desk.projection.page("positions", cursor, limit, year)
    accounts = [row["account"] for row in page["items"]]
    live = desk.reader.read_many([("compliance", "statusOf", (account, year)) for account in accounts])
    items = []
    for row, status in zip(page["items"], live, strict=True):
        account = desk.projection.value("accounts", row["account"]) or {}
        items.append(
            {
                "account": row["account"],
                "kind": AccountKind(account.get("kind", 0)).name,
                "sector": account.get("sector"),
                "province": account.get("province"),
                "obligation": row["obligation"],
                "surrendered": row["surrendered"],
                "offset": row["offset"],
                "pending": row["pending"],
                "status": ComplianceStatus(status).name,
                "frozen": ComplianceStatus(row["frozen"]).name if row["is_frozen"] else None,
            }
        )
    return {"year": year, "items": items, "next": page["next"]}


@router.get("/years/{year}", summary="履约年度规则 rules of a compliance year")
def get_year(desk: DeskDep, year: int) -> dict[str, Any]:
    """Deadline, vintages, offset cap, whether closed."""
    row = desk.projection.value("year_rules", year)
    if row is None:
        raise ProblemError.of("P-05", what=f"履约年度 compliance year {year}")
    return row


@router.get("/emissions-config", summary="核查签名配置 signature threshold and signers")
def get_emissions_config(desk: DeskDep) -> dict[str, Any]:
    """Threshold, required classes, epoch and the signers in force."""
    config = desk.projection.values("oracle_config")
    signers = [row for row in desk.projection.values("report_signers") if row["signer_class"]]
    return {"config": config[0] if config else None, "signers": signers}


@router.get("/events", summary="事件流 events")
def get_events(desk: DeskDep, after: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> dict[str, Any]:
    """Everything that happened, oldest first; repeat with ``next`` to follow."""
    return desk.projection.events(after, limit)
