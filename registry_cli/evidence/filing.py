"""Commands that file a month: add, seal, and a new key for the documents."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text as Plain

from oracles.desk import unix_now
from oracles.evidence.filing import read_items, store_documents
from oracles.evidence.months import Version
from oracles.evidence.office import EvidenceOffice
from oracles.refusals import refuse
from registry_cli.evidence.options import Account, OfMonth, month_of, told
from registry_cli.oracle_options import AsJson, Home, settings_of
from registry_cli.output import emit
from registry_sdk.evidence.duties import Duty, missing_duties, sectors

VaultPassword = Annotated[
    Path | None, typer.Option(help="文件库口令文件 / password file of the vault [ORACLE_VAULT_PASSWORD_FILE]")
]


def add(
    file: Annotated[Path, typer.Argument(help="数据项清单（JSON），文件在同目录 / list of items, documents beside it")],
    account: Account,
    month: OfMonth,
    sector: Annotated[str, typer.Option(help="行业 / sector: power, steel, cement, aluminium")],
    replace: Annotated[bool, typer.Option("--replace", help="同一数据项以本次为准 / this time's items count")] = False,
    correct: Annotated[
        bool, typer.Option("--correct", help="已封存的另起更正版本 / where it is sealed, start the next version")
    ] = False,
    home: Home = None,
    vault_password_file: VaultPassword = None,
    as_json: AsJson = False,
) -> None:
    """存入数据项及其文件 / File items and encrypt their documents; all of them or none."""
    with told():
        if sector not in sectors():
            raise refuse("EvidenceInvalid", detail=f"sector {sector}: {', '.join(sectors())}")
        wanted = month_of(account, month)
        items = read_items(file, sector)
        office = EvidenceOffice.open(settings_of(home=home, vault_password_file=vault_password_file))
        with office.vault() as vault:
            documents = store_documents(items, vault)
        plain = [item for item, _ in items]
        done = office.months.add(wanted, sector, plain, unix_now(), replace=replace, correct=correct)
        version = office.months.newest(wanted)
        missing = _missing(office, version)
    body = {**version.names, "new": done.new, "same": done.same, "replaced": done.replaced, "documents": documents}
    emit(body | {"missing": [duty.name.to_json() for duty in missing]}, as_json, _added)


def seal(
    account: Account,
    month: OfMonth,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="缺必报项仍封存 / seal although required items are missing")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """封存当月，算出根 / Fix the items of a month and give it its root."""
    with told():
        office = EvidenceOffice.open(settings_of(home=home))
        version = office.months.newest(month_of(account, month))
        missing = _missing(office, version)
        if missing and not incomplete and version.root is None:
            zh, en = ("; ".join(getattr(duty.name, tongue) for duty in missing) for tongue in ("zh", "en"))
            raise refuse("MonthIncomplete", missing_zh=zh, missing=en)
        done = office.months.seal(version, unix_now())
        root = "0x" + (done.root or b"").hex()
    emit({**done.names, "items": done.items, "root": root, "sealed_at": done.sealed_at}, as_json, _sealed)


def rotate_keys(home: Home = None, vault_password_file: VaultPassword = None, as_json: AsJson = False) -> None:
    """更换文件库密钥 / Wrap all documents by a new key; an interrupted run is finished by the next."""
    with told():
        office = EvidenceOffice.open(settings_of(home=home, vault_password_file=vault_password_file))
        changed = office.rotate()
    emit({"documents": changed}, as_json, lambda body: Plain(f"已更换 / wrapped anew: {body['documents']}"))


def _missing(office: EvidenceOffice, version: Version) -> list[Duty]:
    return missing_duties(version.sector, (filed.item.code for filed in office.months.items(version)))


def _added(body: dict[str, Any]) -> Plain:
    counts = (body["version"], body["new"], body["same"], body["replaced"], body["documents"])
    lines = [
        "第 {} 版：新增 {}，相同 {}，替换 {}，文件 {}".format(*counts),
        "version {}: {} new, {} the same, {} replaced, {} documents".format(*counts),
    ]
    lines += [f"尚缺 / still missing: {each['zh']} / {each['en']}" for each in body["missing"]]
    return Plain("\n".join(lines))


def _sealed(body: dict[str, Any]) -> Plain:
    return Plain(f"第 {body['version']} 版 {body['items']} 项已封存 / sealed: {body['root']}")
