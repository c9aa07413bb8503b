"""The commands of `registry oracle source`."""

import hashlib
import signal
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.table import Table
from rich.text import Text as Plain

from oracles.desk import unix_now
from oracles.locking import HomeLockedError, locked_home
from oracles.logs import configure_logs
from oracles.sources import (
    Certificate,
    Device,
    Message,
    Meter,
    MonthOfDevice,
    Registers,
    Series,
    SourceDesk,
    line,
    month_span,
)
from oracles.sources.filing import FileDesk
from oracles.sources.mqtt import Listener
from oracles.store import open_store
from registry_cli.oracle_options import REFUSED, AsJson, Home, settings_of
from registry_cli.output import emit, fail
from registry_cli.sources import place
from registry_cli.sources.files import cems, file, items
from registry_cli.sources.place import YearMonth, opened
from registry_sdk import keystore, p256_file
from registry_sdk.readings import Reading, ReadingError, device_key
from registry_sdk.signers import P256Signer, Signer

app = typer.Typer(
    no_args_is_help=True, help="数据来源：计量器具、设备、读数、文件 / sources: meters, devices, readings, files"
)

app.command()(cems)
app.command()(items)
app.command()(file)

PAGE = 200
BATCH = 500
NO_VERIFIER = "0x" + "00" * 20


@app.command()
def meter(
    number: Annotated[str, typer.Argument(help="计量器具编号 / number of the meter")],
    entity: Annotated[str, typer.Option(help="单位编号 / reporting entity")],
    kind: Annotated[str, typer.Option(help="belt_scale, liquid_meter, gas_meter, other")],
    accuracy: Annotated[Decimal | None, typer.Option(parser=place.number, help="准确度等级 / accuracy class")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """登记计量器具 / Register a meter (D-16)."""
    with opened(home) as engine:
        Registers(engine).add_meter(Meter(number, entity, kind, accuracy), unix_now())
    _done(number, as_json)


@app.command()
def certificate(
    meter: Annotated[str, typer.Argument(help="计量器具编号 / number of the meter")],
    number: Annotated[str, typer.Argument(help="证书编号 / number of the certificate")],
    paper: Annotated[Path, typer.Argument(help="证书文件，登记其哈希 / the paper; its hash is registered")],
    first: Annotated[date, typer.Option("--from", parser=place.day, help="有效期起 / first day")],
    last: Annotated[date, typer.Option("--until", parser=place.day, help="有效期止 / last day")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """登记检定或校准证书 / Register a certificate of verification or calibration (D-16)."""
    with opened(home) as engine:
        with paper.open("rb") as file:
            document = "0x" + hashlib.file_digest(file, "sha256").hexdigest()
        Registers(engine).add_certificate(Certificate(meter, number, first, last, document), unix_now())
    _done(number, as_json)


@app.command()
def device(
    number: Annotated[str, typer.Argument(help="设备编号 / number of the device")],
    entity: Annotated[str, typer.Option(help="单位编号 / reporting entity")],
    meter: Annotated[str, typer.Option(help="所读计量器具 / meter that it reads")],
    key: Annotated[str, typer.Option(help="地址或 P-256 公钥 / address, P-256 key x|y or signer name, 0x text")],
    kind: Annotated[str, typer.Option(help="数据项，如 fuel_amount / quantity")],
    unit: Annotated[str, typer.Option(help="单位，如 t / unit")],
    low: Annotated[Decimal, typer.Option(parser=place.number, help="量程下限 / smallest plausible value")],
    high: Annotated[Decimal, typer.Option(parser=place.number, help="量程上限 / largest plausible value")],
    subunit: Annotated[str, typer.Option(help="机组、生产线 / unit or line of the plant")] = "1",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """登记设备及其公钥 / Register a device with its public key."""
    text = key.lower()
    if len(text) == 2 + 2 * 84:  # the name of a P-256 signer: the verifier's address comes first
        text = "0x" + device_key(bytes.fromhex(text[2:])).hex()
    with opened(home) as engine:
        made = Device(number, entity, meter, text, kind, unit, low, high, subunit)
        Registers(engine).add_device(made, unix_now())
    _done(number, as_json)


@app.command()
def retire(
    number: Annotated[str, typer.Argument(help="设备编号 / number of the device")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """停用设备，此后读数被拒 / Retire a device: its readings are refused from now on."""
    with opened(home) as engine:
        Registers(engine).retire_device(number, unix_now())
    _done(number, as_json)


@app.command("import")
def import_readings(
    file: Annotated[Path, typer.Argument(help="签名读数，每行一个 JSON / signed readings, one JSON a line")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """导入签名读数文件 / Take in a file of signed readings. Exit code 2: some were refused; they are on file."""
    outcomes: dict[str, int] = {}
    wrong = 0
    with opened(home) as engine, file.open("rb") as lines:
        desk, batch = SourceDesk(engine), list[Message]()

        def flush() -> int:
            receipts = desk.take(batch, "file", unix_now())
            batch.clear()
            for code in (each for r in receipts for each in (r.code, *(flag.error for flag in r.flags))):
                outcomes[code] = outcomes.get(code, 0) + 1
            return sum(r.refusal is not None and r.code != "Replayed" for r in receipts)

        while text := lines.readline(BATCH * 1024):
            if text.strip():
                batch.append(Message(text.rstrip(b"\r\n")))
            if len(batch) >= BATCH:
                wrong += flush()
        wrong += flush()
    emit({"ok": not wrong, "outcomes": outcomes}, as_json, lambda body: _counts("读数 / readings", body["outcomes"]))
    if wrong:
        raise typer.Exit(REFUSED)


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="未签读数，每行一个 JSON / unsigned readings, one JSON a line")],
    key: Annotated[Path, typer.Option(help="设备密钥文件 / key file of the device")],
    password_file: Annotated[Path, typer.Option(help="口令文件 / file with its password")],
    out: Annotated[Path, typer.Option(help="写入 / file to write")],
    as_json: AsJson = False,
) -> None:
    """以设备密钥签署读数（试装用） / Sign readings with a device's key, for trying a device out."""
    with place.told():
        signer = _key(key, password_file.read_text().rstrip("\r\n"))
        signed = []
        for number, text in enumerate(file.read_bytes().splitlines(), start=1):
            try:
                signed.append(line(Reading(**orjson.loads(text)).signed(signer)))
            except (ReadingError, TypeError, orjson.JSONDecodeError) as error:
                fail(f"第 {number} 行 / line {number}: {error}", REFUSED)
        out.write_bytes(b"".join(signed))
    emit({"ok": True, "readings": len(signed)}, as_json, lambda b: f"已签署 / signed: {b['readings']}")


@app.command("list")
def list_sources(
    what: Annotated[
        Literal["meters", "devices", "files", "refusals", "counts"],
        typer.Argument(help="计量器具、设备、文件、拒收、计数 / meters, devices, files, refusals, counts"),
    ],
    entity: Annotated[str | None, typer.Option(help="只列此单位 / only this entity")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """列出登记簿、被拒读数或计数 / List registers, refused messages, or how many came to what."""
    with opened(home) as engine:
        rows = _LISTS[what](SourceDesk(engine), entity)
    emit({"items": rows}, as_json, lambda body: _listing(what, body["items"]))


@app.command()
def month(
    entity: Annotated[str, typer.Argument(help="单位编号 / reporting entity")],
    when: Annotated[YearMonth, typer.Argument(parser=place.year_month, help="YYYY-MM")],
    out: Annotated[
        Path | None, typer.Option(help="写入目录：清单与签名读数 / folder for the list and its readings")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """一个月的读数汇总为存证数据项 / A month's readings as items of monthly evidence (D-06).

    The folder of --out is what ``registry oracle evidence add FOLDER/items.json`` takes.
    """
    with opened(home) as engine:
        series = Series(engine)
        months = list(series.months(entity, when.year, when.month))
        if out is not None:
            _write_month(series, months, out)
    found = [
        each.item()
        | {"subunit": each.device.subunit, "readings": each.readings, "excluded": each.excluded, "flags": each.flagged}
        for each in months
    ]
    emit({"items": found}, as_json, lambda body: _listing("items", body["items"]))


def _write_month(series: Series, months: list[MonthOfDevice], out: Path) -> None:
    """The list of items with each device's signed readings beside it."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for each in months:
        name = f"{each.device.id}-{each.year}-{each.month:02}.jsonl".replace(":", "_")
        with (out / name).open("wb") as paper:
            for stored in series.of(each.device, *month_span(each.year, each.month)):
                paper.write(line(stored.signed))
        item = each.item()
        del item["document"]
        rows.append(item | {"file": name})
    (out / "items.json").write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@app.command()
def export(
    number: Annotated[str, typer.Argument(help="设备编号 / number of the device")],
    when: Annotated[YearMonth, typer.Argument(parser=place.year_month, help="YYYY-MM")],
    out: Annotated[Path, typer.Option(help="写入 / file to write")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """导出一个月的签名读数：月度存证的文件 / Export a month's signed readings: the document of its evidence item."""
    paper, count = hashlib.sha256(), 0
    with opened(home) as engine:
        known = {each.id: each for each in Registers(engine).devices()}
        if number not in known:
            fail(f"没有设备 / no such device: {number}", REFUSED)
        with out.open("wb") as file:
            for stored in Series(engine).of(known[number], *month_span(when.year, when.month)):
                text = line(stored.signed)
                paper.update(text)
                file.write(text)
                count += 1
    body = {"ok": True, "readings": count, "document": "0x" + paper.hexdigest()}
    emit(body, as_json, lambda b: f"{b['readings']} 条读数 / readings, SHA-256 {b['document']}")


@app.command()
def listen(home: Home = None, as_json: AsJson = False) -> None:
    """订阅 MQTT 读数，直到停止 / Store readings from the MQTT broker until stopped (settings ORACLE_MQTT_...)."""
    settings = settings_of(home=home)
    configure_logs()
    try:
        with place.told(), locked_home(settings.prepare_home(), "listen.lock"):
            listener = Listener(settings, SourceDesk(open_store(settings.database)))
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: listener.stop())
            where = f"{settings.mqtt_host}:{settings.mqtt_port}"
            emit({"broker": where, "topic": settings.mqtt_topic}, as_json, lambda b: f"{b['broker']} {b['topic']}")
            listener.run()
    except HomeLockedError as error:
        fail(str(error))


def _key(path: Path, password: str) -> Signer:
    if path.suffix == ".pem":
        return P256Signer(NO_VERIFIER, p256_file.load(path, password))
    return keystore.load(path, password)


def _meters(desk: SourceDesk, entity: str | None) -> list[dict[str, Any]]:
    papers: dict[str, list[dict[str, Any]]] = {}
    for each in desk.registers.certificates():
        days = {"first": each.first.isoformat(), "last": each.last.isoformat()}
        papers.setdefault(each.meter, []).append({"number": each.number, **days, "document": each.document})
    return [
        {"id": each.id, "entity": each.entity, "kind": each.kind, "certificates": papers.get(each.id, [])}
        | {"accuracy": None if each.accuracy is None else f"{each.accuracy:f}"}
        for each in desk.registers.meters(entity)
    ]


def _devices(desk: SourceDesk, entity: str | None) -> list[dict[str, Any]]:
    names = ("id", "entity", "subunit", "meter", "kind", "unit", "key", "retired_at")
    return [
        {name: getattr(each, name) for name in names} | {"low": f"{each.low:f}", "high": f"{each.high:f}"}
        for each in desk.registers.devices(entity)
    ]


def _refusals(desk: SourceDesk, _entity: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := desk.refusals(found[-1]["id"] if found else 0, PAGE):
        found += page
    return found


def _count_rows(desk: SourceDesk, _entity: str | None) -> list[dict[str, Any]]:
    return [{"code": code, "via": via, "number": number} for code, via, number in desk.counts()]


def _files(desk: SourceDesk, entity: str | None) -> list[dict[str, Any]]:
    return FileDesk(desk.engine).files(entity)


_LISTS = {"meters": _meters, "devices": _devices, "files": _files, "refusals": _refusals, "counts": _count_rows}
_COLUMNS = {
    "meters": ("id", "entity", "kind", "accuracy", "certificates"),
    "devices": ("id", "entity", "subunit", "meter", "kind", "unit", "low", "high", "key"),
    "files": ("received_at", "kind", "entity", "name", "via", "sha256"),
    "refusals": ("rule", "device", "detail", "via", "times", "last_at"),
    "counts": ("code", "via", "number"),
    "items": ("kind", "value", "unit", "meter", "calibrated_until", "readings", "flags", "document"),
}
_HEADS = {
    "received_at": "收到 / received", "name": "名称 / name", "sha256": "SHA-256",
    "id": "编号 / id", "entity": "单位 / entity", "kind": "种类 / kind", "accuracy": "准确度 / class",
    "certificates": "证书 / certificates", "subunit": "机组 / unit", "meter": "计量器具 / meter", "unit": "单位 / unit",
    "low": "下限 / low", "high": "上限 / high", "key": "公钥 / key", "rule": "规则 / rule", "device": "设备 / device",
    "detail": "原因 / reason", "via": "途径 / via", "times": "次数 / times", "last_at": "最近 / last",
    "code": "结果 / outcome", "number": "个数 / number", "value": "数值 / value", "document": "文件 / document",
    "calibrated_until": "校准至 / calibrated until", "readings": "读数 / readings", "flags": "标记 / flags",
}  # fmt: skip


def _listing(what: str, rows: list[dict[str, Any]]) -> Table:
    table = Table()
    for name in _COLUMNS[what]:
        table.add_column(_HEADS[name], overflow="fold")
    for each in rows:
        if "detail_zh" in each:
            each = each | {"detail": f"{each['detail_zh']}\n{each['detail']}"}
        table.add_row(*(Plain(_cell(each[name])) for name in _COLUMNS[what]))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"{each['number']}: {each['first']} – {each['last']}" for each in value)
    if isinstance(value, dict):
        return "\n".join(f"{key} {number}" for key, number in value.items())
    return "" if value is None else str(value)


def _counts(title: str, counts: dict[str, int]) -> Table:
    table = Table("结果 / outcome", "个数 / number", title=title)
    for code, number in sorted(counts.items()):
        table.add_row(code, str(number))
    return table


def _done(number: str, as_json: bool) -> None:
    emit({"ok": True, "id": number}, as_json, lambda body: f"已登记 / registered: {body['id']}")
