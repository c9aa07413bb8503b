"""``docs/permissions.md``: who may have which function called, from ``contracts/access/permissions.json``."""

from collections.abc import Iterator
from itertools import groupby

from registry_cli.docs.markdown import page, pair, table
from registry_cli.docs.open_functions import OPENINGS
from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.permissions import SIGNED_ACTS, VERIFIER, Permission, Role, permissions, roles

_INTRO = """\
凡有特权的函数只能经 `DualControl` 到达：经办人签署事项，须复核的由**另一名**人员复核，转交的人没有任何权力。
下表即 `contracts/access/permissions.json`，部署、接口与本页都读同一文件。延时为复核与执行之间的秒数；
“本省”指事项的第一个参数写明省份，人员的省级岗位须为该省。
另有两个不属于人员的岗位：{acts} `SIGNED_ACTS` 只由 `DualControl` 持有，
{verifier} `VERIFIER` 由获认可的签名验证合约持有。

Every privileged function is reached through `DualControl` only: an officer signs an act, where the table asks for a
checker a **different** officer approves it, and whoever relays it has no say. The table is
`contracts/access/permissions.json`, the one file that deployment, API and this page read. The delay runs between
approval and execution; "own province": the act names a province and the officer must hold that province's role.
Two roles are not for persons: {acts} `SIGNED_ACTS`, held by `DualControl` alone, and {verifier} `VERIFIER`, held by the
signature verifier contracts that governance accepts."""

_SIGNED = """\
## 不设岗位的函数 / Functions without a role

下列函数不凭岗位：凭账户代表的签名、k/n 机构签名、批准过的根哈希，或只限登记簿自身的合约。
No officer's role opens these: they are valid by the account's signatures, by k of n institutions, by an approved root,
or are open to the registry's own contracts alone."""


def permissions_page() -> str:
    """The page."""
    return page(
        "权限表 / Permission table",
        _INTRO.format(acts=SIGNED_ACTS, verifier=VERIFIER),
        "## 岗位 / Roles",
        table(["岗位 Role", "编号 Id", "说明 Meaning", "规则 Rule"], map(_role, roles().values())),
        *_contracts(),
        _SIGNED,
        table(["合约 Contract", "函数 Function", "凭什么 Valid by"], _open_functions()),
    )


def _role(role: Role) -> list[str]:
    return [f"`{role.name}`", str(role.id), pair(role.zh, role.en), role.rule]


def _contracts() -> Iterator[str]:
    order = list(CONTRACTS)
    rows = sorted(permissions(), key=lambda row: order.index(row.contract))
    head = ["函数 Function", "事项 Act", "经办 Maker", "复核 Checker", "延时 Delay", "范围 Scope", "规则 Rule"]
    for name, group in groupby(rows, key=lambda row: row.contract):
        yield f"## {CONTRACTS[name]} (`{name}`)"
        yield table(head, map(_row, group))


def _row(row: Permission) -> list[str]:
    return [
        f"`{row.function}`<br>`0x{row.selector.hex()}`",
        pair(row.zh, row.en),
        f"`{row.maker.name}`",
        f"`{row.checker.name}`" if row.checker else "一人即可<br>one officer",
        f"{row.delay} s" if row.delay else "0",
        "本省<br>own province" if row.scope else "全国<br>national",
        row.rule,
    ]


def _open_functions() -> Iterator[list[str]]:
    """Every other function that changes something.

    Raises:
        ValueError: functions that neither table knows, or that are not in the ABI.
    """
    left = {(name, function) for name in CONTRACTS for function in _changing(name)}
    left -= {(row.contract, row.function) for row in permissions()}
    for opening in OPENINGS:
        covered = {(name, function) for name in opening.contracts for function in opening.functions}
        if missing := covered - left:
            raise ValueError(f"open_functions names what is not open: {sorted(missing)}")
        left -= covered
        functions = "<br>".join(f"`{function}`" for function in opening.functions)
        yield [", ".join(f"`{name}`" for name in opening.contracts), functions, pair(opening.zh, opening.en)]
    if left:
        raise ValueError(f"say in open_functions who may call: {sorted(left)}")


def _changing(name: str) -> Iterator[str]:
    for function in contract(CONTRACTS[name]).functions.values():
        if function.abi["stateMutability"] not in ("view", "pure"):
            yield function.name
