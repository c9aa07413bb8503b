"""How the values of a refusal are written for people: statuses and roles by name, times in Beijing time and UTC."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final

from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.permissions import SIGNED_ACTS, roles
from registry_sdk.rules.catalogue import DATA

_BEIJING: Final = timezone(timedelta(hours=8))
_PROVINCE_SHIFT: Final = 32
#: Largest integer that every JSON reader keeps exactly.
_SAFE: Final = 2**53 - 1

Words = tuple[str, str]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((DATA / "words.json").read_text())
    return data


def words(name: str, value: Any) -> Words:
    """A value as text, zh and en, by the name of its argument."""
    form = _data()["arguments"].get(name)
    if form is None or isinstance(value, str):
        text = str(plain(value))
        return text, text
    if form in _data()["words"]:
        return _word(form, int(value))
    if form in _data()["bits"]:
        return _bits(form, int(value))
    return _FORMS[form](value)


def plain(value: Any) -> Any:
    """A value as JSON can carry it exactly: bytes as 0x hex, integers above 2**53 - 1 as decimal strings."""
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _SAFE:
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _word(form: str, value: int) -> Words:
    known = _data()["words"][form]
    if not 0 <= value < len(known):
        return str(value), str(value)
    zh, en = known[value]
    return zh, en


def _bits(form: str, value: int) -> Words:
    chosen = [pair for bit, pair in enumerate(_data()["bits"][form]) if value >> bit & 1]
    if not chosen:
        return "无", "none"
    return "、".join(zh for zh, _ in chosen), ", ".join(en for _, en in chosen)


def _tonnes(value: int) -> Words:
    return str(value), f"{value:,}"


def _time(value: int) -> Words:
    try:
        moment = datetime.fromtimestamp(value, UTC)
        beijing = moment.astimezone(_BEIJING)
    except (OverflowError, ValueError, OSError):
        return f"时间戳 {value}", f"timestamp {value}"
    return f"{beijing:%Y-%m-%d %H:%M:%S}（北京时间）", f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _role(value: int) -> Words:
    if value == SIGNED_ACTS:
        return "经办与复核合约", "DualControl"
    base, province = value & (2**_PROVINCE_SHIFT - 1), value >> _PROVINCE_SHIFT
    for one in roles().values():
        if one.id == base:
            return (
                f"{one.zh}，省份 {province}" if province else one.zh,
                f"{one.name} of province {province}" if province else one.name,
            )
    return str(value), str(value)


@cache
def _functions() -> dict[bytes, str]:
    return {
        selector: function.name
        for name in CONTRACTS.values()
        for selector, function in contract(name).by_selector.items()
    }


def _selector(value: bytes) -> Words:
    name = _functions().get(bytes(value))
    text = f"{name} (0x{value.hex()})" if name else f"0x{value.hex()}"
    return text, text


_FORMS: Final[dict[str, Callable[[Any], Words]]] = {
    "tonnes": _tonnes,
    "time": _time,
    "role": _role,
    "selector": _selector,
}
