"""From JSON to the arguments of a contract function, checked against its ABI: every mistake is named by its place.

People write names for what the contracts number: ``"RESTRICTED"``, ``"INITIATE+APPROVE"``, ``"2026-12-31"``.
"""

from collections.abc import Callable
from typing import Any, Final

from registry_cli.officers.vocabulary import ACCOUNTS, BITS, ENUMS, MOMENTS
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.reading import moment
from registry_sdk.codec import Function
from registry_sdk.tables import Row

GROUND: Final = "(uint16,bytes32)"


Component = dict[str, Any]
Reader = Callable[[Component, Any, str], Any]


def item_of(component: Component) -> Component:
    """The component of a list's items."""
    inner = str(component.get("internalType", "")).removesuffix("[]")
    return {**component, "type": component["type"][:-2], "internalType": inner}


def takes_ground(function: Function) -> bool:
    """Whether the function's last argument is the ground of the act, which is given apart."""
    return bool(function.input_types) and function.input_types[-1] == GROUND


def arguments(function: Function, given: Any) -> list[Any]:
    """Arguments for the ABI, without the ground.

    Args:
        given: a list in the order of the function, or an object by argument name.

    Raises:
        Mistake: which argument is wrong, and what it must be.
    """
    inputs = function.abi["inputs"]
    wanted = inputs[:-1] if takes_ground(function) else inputs
    return list(_fields(wanted, given, function.name))


def account_numbers(function: Function, values: list[Any]) -> list[int]:
    """Account numbers among the arguments: they must exist before anything is signed about them."""
    found: list[int] = []
    for component, value in zip(function.abi["inputs"], values, strict=False):
        if component["name"] in ACCOUNTS and component["type"].startswith("uint64"):
            found += value if isinstance(value, list) else [value]
    return found


def described(component: Component) -> str:
    """What an argument must be, for messages."""
    kind = str(component.get("internalType", component["type"]))
    if component["type"].startswith("tuple"):
        parts = ", ".join(f"{c['name']}: {described(c)}" for c in component["components"])
        return f"{{{parts}}}{component['type'][5:]}"
    if kind in ENUMS:
        return "|".join(each.name for each in ENUMS[kind])
    if component["name"] in BITS:
        return "+".join(BITS[component["name"]])
    return str(component["type"])


def usage(function: Function) -> str:
    """The arguments a person gives."""
    inputs = function.abi["inputs"][:-1] if takes_ground(function) else function.abi["inputs"]
    return "[" + ", ".join(f"{c['name']}: {described(c)}" for c in inputs) + "]"


def _fields(components: list[Component], given: Any, path: str) -> tuple[Any, ...]:
    names = [c["name"] for c in components]
    if isinstance(given, dict):
        if missing := [n for n in names if n not in given]:
            raise Mistake(f"{path}: 缺少 missing: {', '.join(missing)}")
        if foreign := [str(n) for n in given if n not in names]:
            raise Mistake(f"{path}: 未知字段 unknown: {', '.join(foreign)}；须为 must be: {', '.join(names)}")
        given = [given[n] for n in names]
    if not isinstance(given, list | tuple):
        raise Mistake(f"{path}: 须为数组或对象 must be a list or an object of: {', '.join(names)}")
    if len(given) != len(components):
        raise Mistake(
            f"{path}: 须有 {len(components)} 项，现为 {len(given)} 项 "
            f"needs {len(components)} items, has {len(given)}: {', '.join(names)}"
        )
    return tuple(_value(c, v, f"{path}.{c['name']}") for c, v in zip(components, given, strict=True))


def _value(component: Component, given: Any, path: str) -> Any:
    kind: str = component["type"]
    if kind.endswith("[]"):
        if not isinstance(given, list):
            raise _wrong(component, path)
        item = item_of(component)
        return [_value(item, each, f"{path}[{at}]") for at, each in enumerate(given)]
    if kind == "tuple":
        return _fields(component["components"], given, path)
    if kind.startswith("uint"):
        return _number(component, given, path)
    read: Reader = _SIMPLE.get(kind, _bytes)
    return read(component, given, path)


def _number(component: Component, given: Any, path: str) -> int:
    name, bits = component["name"], int(component["type"][4:])
    if name == "rows" and isinstance(given, dict):
        account, tonnes = _fields([{"name": n, "type": "uint64"} for n in ("account", "tonnes")], given, path)
        return Row(account, tonnes).packed
    enum = ENUMS.get(component.get("internalType", ""))
    words = {each.name: int(each) for each in enum} if enum else BITS.get(name, {})
    value = given
    if isinstance(given, str):
        chosen = given.split("+") if name in BITS else [given]
        if words and all(word.strip().upper() in words for word in chosen):
            value = sum(words[word.strip().upper()] for word in dict.fromkeys(chosen))
        elif given.isascii() and given.isdigit():
            value = int(given)
        elif name in MOMENTS:
            value = moment(given)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**bits:
        raise _wrong(component, path)
    if enum and value not in words.values():
        raise _wrong(component, path)
    return value


def _bool(component: Component, given: Any, path: str) -> bool:
    if isinstance(given, bool):
        return given
    raise _wrong(component, path)


def _text(component: Component, given: Any, path: str) -> str:
    if isinstance(given, str):
        return given
    raise _wrong(component, path)


def _address(component: Component, given: Any, path: str) -> str:
    return "0x" + _hex(component, given, path, 20).hex()


def _bytes(component: Component, given: Any, path: str) -> bytes:
    digits = component["type"].removeprefix("bytes")
    return _hex(component, given, path, int(digits) if digits else None)


def _hex(component: Component, given: Any, path: str, length: int | None) -> bytes:
    try:
        value = bytes.fromhex(given[2:]) if isinstance(given, str) and given.startswith("0x") else None
    except ValueError:
        value = None
    if value is None or (length is not None and len(value) != length):
        raise _wrong(component, path)
    return value


def _wrong(component: Component, path: str) -> Mistake:
    return Mistake(f"{path}: 须为 must be {described(component)}")


_SIMPLE: Final[dict[str, Reader]] = {
    "bool": _bool,
    "string": _text,
    "address": _address,
}
