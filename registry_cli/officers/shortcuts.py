"""Acts of every day, each with its own options: they end in the same proposal as ``registry officer act``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from registry_cli.officers.desk import ActDesk, Proposer, outcome_table
from registry_cli.officers.openings import read_openings
from registry_cli.output import emit
from registry_cli.signing.command import command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import Place
from registry_cli.signing.reading import read_json
from registry_sdk.allocation import WHOLE
from registry_sdk.evidence.clock import chain_deadlines

app = typer.Typer()

Accounts = Annotated[list[int], typer.Argument(min=1, help="账户 accounts")]
Year = Annotated[int, typer.Argument(min=1, max=65_535, help="履约年度 compliance year")]
Province = Annotated[int, typer.Option(min=0, max=255, help="省份代码，0 为全部 province code, 0 for all")]
Sectors = Annotated[
    list[int], typer.Option("--sector", min=0, max=255, help="行业代码，可重复 sector, may be repeated")
]


class Status(StrEnum):
    """Statuses a supervisor may set."""

    RESTRICTED = "RESTRICTED"
    FROZEN_IN = "FROZEN_IN"
    FROZEN_OUT = "FROZEN_OUT"
    FROZEN_ALL = "FROZEN_ALL"


class Mode(StrEnum):
    """How a cap was set."""

    INTENSITY = "INTENSITY"
    ABSOLUTE = "ABSOLUTE"


class Class(StrEnum):
    """Classes of statement signers; NONE takes the recognition away."""

    NONE = "NONE"
    VERIFIER = "VERIFIER"
    PROVINCE = "PROVINCE"
    CENTRE = "CENTRE"


class NamedClass(StrEnum):
    """Classes of signers that the ministry names; verifiers stand in the accreditation register."""

    NONE = "NONE"
    PROVINCE = "PROVINCE"
    CENTRE = "CENTRE"


def _done(place: Place, officer: Proposer, contract: str, function: str, args: list[Any]) -> None:
    emit(ActDesk(place, officer).propose(contract, function, args), place.as_json, outcome_table)


@command(app, "open-accounts")
def open_accounts(
    place: Place,
    officer: Proposer,
    file: Annotated[
        Path, typer.Argument(help="JSON 或 CSV：number,kind,sector,province,approvals,kycHash,seats JSON list or CSV")
    ],
) -> None:
    """开立账户 Open the accounts of a file; seats in CSV: 0xSIGNER:INITIATE+APPROVE;0xSIGNER:SURRENDER_ONLY."""
    desk = ActDesk(place, officer)
    groups = list(read_openings(file, desk.function("accounts", "openAccounts")))
    body = desk.propose_all("accounts", "openAccounts", [[group] for group in groups])
    emit(body, place.as_json, outcome_table)


@command(app, "freeze")
def freeze(
    place: Place,
    officer: Proposer,
    accounts: Accounts,
    status: Annotated[Status, typer.Option(help="RESTRICTED 与 FROZEN_IN 仍可清缴 the first two still surrender")],
) -> None:
    """限制或冻结账户，一人即办 Restrict or freeze accounts; one supervisor is enough."""
    _done(place, officer, "accounts", "freeze", [accounts, status.value])


@command(app, "unfreeze")
def unfreeze(place: Place, officer: Proposer, accounts: Accounts) -> None:
    """解除冻结 Release accounts."""
    _done(place, officer, "accounts", "unfreeze", [accounts])


@command(app, "restrict-class")
def restrict_class(place: Place, officer: Proposer, sector: Sectors, province: Province = 0) -> None:
    """按行业与省份批量限制，仍可报告和清缴 Restrict all accounts of sectors; they still report and surrender."""
    _done(place, officer, "accounts", "restrictClass", [province, _bits(sector)])


@command(app, "release-class")
def release_class(place: Place, officer: Proposer, sector: Sectors, province: Province = 0) -> None:
    """解除类别限制 Release a class of accounts."""
    _done(place, officer, "accounts", "releaseClass", [province, _bits(sector)])


@command(app, "set-year-rules")
def set_year_rules(
    place: Place,
    officer: Proposer,
    file: Annotated[Path, typer.Argument(help="JSON 对象：year 与各项规则 object: year and the fields of its rules")],
) -> None:
    """设定履约年度规则 Set the rules of a compliance year; dates may be written as 2026-12-31."""
    document = read_json(file)
    if not isinstance(document, dict) or "year" not in document:
        raise Mistake(f"{file.name}: 须为含 year 的对象 must be an object with year and the rules of that year")
    rules = {name: value for name, value in document.items() if name != "year"}
    _done(place, officer, "compliance", "setYearRules", [document["year"], rules])


@command(app, "set-plan")
def set_plan(
    place: Place,
    officer: Proposer,
    year: Year,
    sector: Annotated[int, typer.Argument(min=0, max=255, help="行业代码 sector")],
    cap: Annotated[int, typer.Option(min=0, max=2**64 - 1, help="总量，吨 cap in tonnes")],
    mode: Annotated[Mode, typer.Option(help="强度或总量 intensity or absolute")] = Mode.INTENSITY,
    auction: Annotated[int, typer.Option(min=0, max=WHOLE, help="拍卖比例，万分之几 auction share in 1/10000")] = 0,
    reserve: Annotated[int, typer.Option(min=0, max=WHOLE, help="储备比例，万分之几 reserve share in 1/10000")] = 0,
) -> None:
    """设定年度行业总量与比例 Set cap and shares of a year and sector; the rest of the cap is free."""
    if auction + reserve > WHOLE:
        raise Mistake(f"拍卖与储备比例合计不得超过 {WHOLE} auction and reserve share together are {WHOLE} at most")
    args = [year, sector, mode.value, cap, WHOLE - auction - reserve, auction, reserve]
    _done(place, officer, "allocation", "setPlan", args)


@command(app, "set-signer")
def set_signer(
    place: Place,
    officer: Proposer,
    signer: Annotated[str, typer.Argument(help="签名人 ERC-7913 名 signer name, see registry key show")],
    class_: Annotated[NamedClass, typer.Option("--class", help="类别 class; NONE: 撤销 takes it away")],
    province: Annotated[int, typer.Option(min=0, max=255, help="省级签名人的省份 province of a province's signer")] = 0,
) -> None:
    """认可省级或国家中心签名人 Name a statement signer of a province or the centre."""
    _done(place, officer, "emissions", "setSigner", [signer, class_.value, province])


@command(app, "accredit")
def accredit(
    place: Place,
    officer: Proposer,
    body: Annotated[int, typer.Argument(min=1, max=2**32 - 1, help="核查机构编号 number of the body")],
    sector: Sectors,
    valid_from: Annotated[str, typer.Option(help="自（日期或秒） from: date or Unix seconds")],
    valid_until: Annotated[str, typer.Option(help="至（含） until, included")],
    name_hash: Annotated[str, typer.Option(help="名称与材料哈希 hash of name and papers, 0x")],
) -> None:
    """核准或延续核查机构资质 Accredit a verification body, or renew its terms."""
    _done(place, officer, "accreditation", "accredit", [body, _bits(sector), valid_from, valid_until, name_hash])


@command(app, "set-body-signers")
def set_body_signers(
    place: Place,
    officer: Proposer,
    body: Annotated[int, typer.Argument(min=0, max=2**32 - 1, help="核查机构编号，0 为移除 body, 0 takes away")],
    signers: Annotated[list[str], typer.Argument(help="签名人 ERC-7913 名 signer names, see registry key show")],
) -> None:
    """登记核查机构签名密钥 Give keys to a verification body."""
    _done(place, officer, "accreditation", "setSigners", [body, signers])


@command(app, "set-threshold")
def set_threshold(
    place: Place,
    officer: Proposer,
    threshold: Annotated[int, typer.Argument(min=1, max=255, help="签名数 signatures needed")],
    class_: Annotated[
        list[Class], typer.Option("--class", help="必须签名的类别，可重复 class that must sign, repeated")
    ],
) -> None:
    """设定核查签名门限 Set how many and which classes must sign emissions."""
    if Class.NONE in class_:
        raise Mistake("--class NONE 不能作为必须签名的类别 cannot be a class that must sign")
    _done(place, officer, "emissions", "setThreshold", [threshold, "+".join(each.value for each in class_)])


@command(app, "close-year")
def close_year(place: Place, officer: Proposer, year: Year) -> None:
    """关闭履约年度 Close a compliance year after its deadline."""
    _done(place, officer, "compliance", "closeYear", [year])


@command(app, "stop")
def stop(place: Place, officer: Proposer) -> None:
    """紧急停止，一人即办 Emergency stop; one supervisor is enough."""
    _done(place, officer, "accounts", "stop", [])


@command(app, "resume")
def resume(place: Place, officer: Proposer) -> None:
    """恢复运行 End the emergency stop."""
    _done(place, officer, "accounts", "resume", [])


def _bits(numbers: list[int]) -> int:
    return sum(1 << number for number in dict.fromkeys(numbers))


@command(app, "set-evidence-deadlines")
def set_evidence_deadlines(place: Place, officer: Proposer) -> None:
    """设定月度存证期限 Set the terms of monthly evidence that the dated numbers of the law give (D-06)."""
    desk, acts = ActDesk(place, officer), chain_deadlines()
    proposed: list[Any] = []
    for function in dict.fromkeys(name for name, _ in acts):
        many = [list(args) for name, args in acts if name == function]
        proposed += desk.propose_all("evidence", function, many)["acts"]
    emit({"acts": proposed}, place.as_json, outcome_table)
