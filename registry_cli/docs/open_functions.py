"""State-changing functions that the officers' table does not open, and what makes a call of them valid.

The page refuses to be written while a function of an ABI stands in neither table.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Opening:
    """What makes calls of these functions valid. ``contracts`` are the names of ``codec.CONTRACTS``."""

    contracts: tuple[str, ...]
    functions: tuple[str, ...]
    zh: str
    en: str


_LEDGERS: Final = ("allowances", "credits")
_MANAGED: Final = (
    "control",
    "accounts",
    "allowances",
    "credits",
    "accreditation",
    "evidence",
    "emissions",
    "allocation",
    "cases",
    "compliance",
    "carryover",
)

OPENINGS: Final = (
    Opening(
        _LEDGERS,
        ("transfer", "relocate", "cancel"),
        "账户代表签名的指令；任何人可转交",
        "order signed by the account's representatives; anybody may carry it",
    ),
    Opening(
        ("compliance",),
        ("surrender", "offset"),
        "账户代表签名的指令；任何人可转交",
        "order signed by the account's representatives; anybody may carry it",
    ),
    Opening(
        ("carryover",),
        ("carryOver",),
        "账户代表签名的指令；任何人可转交",
        "order signed by the account's representatives; anybody may carry it",
    ),
    Opening(
        ("evidence",),
        ("anchor",),
        "账户一名有发起权的代表的签名；任何人可转交",
        "signature of one representative who may initiate; anybody may carry it",
    ),
    Opening(
        ("emissions",),
        ("submit",),
        "达到门限的、不同类别机构的签名；任何人可转交",
        "signatures of k institutions of different classes; anybody may carry it",
    ),
    Opening(
        ("allocation",),
        ("issueChunk",),
        "与两人批准的根哈希相符的证明；任何人可转交，每块一次",
        "proof against the root that two officers approved; anybody may carry it, each chunk once",
    ),
    Opening(
        ("cases",),
        ("file",),
        "账户代表签名的异议；任何人可转交",
        "objection signed by a representative of the account; anybody may carry it",
    ),
    Opening(
        ("allocation",),
        ("claimRows",),
        "任何人；行须因账户不能接收而暂缓，且现在可以接收",
        "anybody, for rows that were held because their accounts could not receive, once they can",
    ),
    Opening(
        ("control",),
        ("propose", "approve", "reject"),
        "具备岗位的人员的签名；任何人可转交",
        "signature of an officer with the role; anybody may carry it",
    ),
    Opening(
        ("control",),
        ("execute",),
        "已复核且延时已满的事项；任何人可转交",
        "approved act whose delay is over; anybody may carry it",
    ),
    Opening(
        ("control",), ("seal",), "部署者，部署时仅一次", "the deployer, once, during deployment; afterwards nobody"
    ),
    Opening(
        ("compliance",),
        ("freezeStatuses",),
        "任何人；年度须已关闭，结果由合约自算",
        "anybody, in a closed year; the contract computes the result itself",
    ),
    Opening(
        ("compliance",),
        ("certify",),
        "任何人；须已足额清缴，内容由合约自填",
        "anybody, once the obligation is met; the contract states its own figures",
    ),
    Opening(
        ("carryover",),
        ("loadLimits",),
        "任何人；行须属于两人批准的上限表",
        "anybody; the rows must belong to the table two officers approved",
    ),
    Opening(_LEDGERS, ("releaseExpired",), "任何人；锁定须已到期", "anybody, for a lock past its expiry"),
    Opening(("relay",), ("relay",), "任何人；只转交，不持有任何权力", "anybody; it carries and holds no power"),
    Opening(
        _LEDGERS,
        ("issue", "retire", "retireLocked", "restore", "lock", "unlock", "moveByModule", "moveLocked", "reclaim"),
        "持有相应账本权利的模块合约",
        "module contracts that hold the ledger right",
    ),
    Opening(
        ("allowances",),
        ("convertLocked",),
        "持有结转权利的模块合约",
        "module contracts that hold the right to convert",
    ),
    Opening(
        ("accounts",),
        ("authorize",),
        "登记簿的模块合约，并附账户代表签名",
        "module contracts, with the signatures of the account's representatives",
    ),
    Opening(_LEDGERS, ("syncControl",), "仅账户登记合约", "the account registry alone"),
    Opening(("compliance",), ("recordObligation",), "仅排放合约", "the emissions contract alone"),
    Opening(_MANAGED, ("setAuthority",), "仅授权合约自身", "the authority itself alone"),
    Opening(
        ("authority",),
        (
            "labelRole",
            "multicall",
            "setGrantDelay",
            "setRoleAdmin",
            "setRoleGuardian",
            "setTargetAdminDelay",
            "setTargetClosed",
            "updateAuthority",
        ),
        "仅管理者，即 DualControl，且其权限表不开放它们",
        "the administrator, that is DualControl, whose table does not open them",
    ),
    Opening(
        ("authority",),
        ("schedule", "execute", "cancel", "consumeScheduledOp", "renounceRole"),
        "任何人，但只及于调用者自己的岗位；人员密钥不是调用者，登记簿不使用",
        "anybody, for roles of the caller itself; unused, every restricted function is open to DualControl alone",
    ),
)
