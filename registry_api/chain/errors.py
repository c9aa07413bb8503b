"""Everything the chain part refuses or fails with.

Refusals carry a number (N-01 …), a Chinese and an English text that say what would be valid.
"""

from typing import Final

from registry_sdk.rpc import RpcTransportError

REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "N-01": (
        "交易必须是规范编码的传统(EIP-155)、访问列表(类型1)或动态费用(类型2)签名交易",
        "a transaction must be a canonically encoded, signed legacy (EIP-155), type 1 or type 2 transaction",
    ),
    "N-02": ("交易链标识必须等于本链标识", "the chain id of a transaction must be the one of this chain"),
    "N-03": ("交易签名必须有效(s 取低值)", "the signature must be valid, with s in its lower half"),
    "N-04": ("发送地址必须在发送者名单内", "the sender must be on the list of allowed senders"),
    "N-05": ("创建合约的地址必须在部署者名单内", "only a listed deployer may create contracts"),
    "N-06": ("交易燃料上限不得超过16777216", "the gas limit of a transaction must not exceed 16,777,216"),
    "N-07": ("交易不得超过128 KiB", "a transaction must not be longer than 128 KiB"),
    "N-08": (
        "交易序号必须等于该地址的下一个序号",
        "the nonce must be the next one of its sender, counting transactions sent just before",
    ),
    "N-09": ("节点拒绝了该交易,请按所述原因更正后重签", "the node refused the transaction: sign a corrected one"),
    "N-10": (
        "一次最多提交2000笔交易、共32 MiB",
        "at most 2,000 transactions of 32 MiB together may be sent in one call",
    ),
    "N-11": ("仅训练区可以推进链上时间", "only a training area may advance the clock of the chain, and only forwards"),
    "N-20": (
        "仅提供名单内的读取方法和 eth_sendRawTransaction(名称须完全一致)",
        "only the listed read methods and eth_sendRawTransaction are offered, by their exact names",
    ),
    "N-21": ("请求须为 UTF-8 编码、键不重复的 JSON", "the body must be JSON in UTF-8 without repeated keys"),
    "N-22": (
        '请求须为对象: jsonrpc "2.0"、id(整数或字符串)、method、params(数组)',
        'a request must be an object of jsonrpc "2.0", id (integer or string), method and params (array)',
    ),
    "N-23": ("批量请求须含1至100个请求,且不得嵌套", "a batch must hold 1 to 100 requests, none of them a batch"),
    "N-24": ("参数须符合该方法的格式", "the parameters must have the form the method asks for"),
    "N-25": ("请求正文不得超过2 MiB", "the body must not be longer than 2 MiB"),
    "N-26": (
        "日志查询最多2000个区块、10000条结果,请缩小范围",
        "a log query may span 2,000 blocks and find 10,000 logs: ask for a smaller range",
    ),
    "N-27": ("链暂不可用,请稍后原样重发", "the chain cannot answer now: send the same request again later"),
}


class ChainError(Exception):
    """Base of all errors of this package."""


class ChainRefusedError(ChainError):
    """The caller asked for something that is not allowed.

    Attributes:
        rule: number in :data:`REFUSALS`; zh, en: what would be valid; detail: the offending value, safe to show.
    """

    def __init__(self, rule: str, detail: str = "") -> None:
        self.rule = rule
        self.zh, self.en = REFUSALS[rule]
        self.detail = detail
        super().__init__(f"{rule}: {self.en}" + (f" ({detail})" if detail else ""))


class TxRefusedError(ChainRefusedError):
    """A transaction was refused and is not on the chain. ``tx_hash`` is empty when it could not be decoded."""

    def __init__(self, rule: str, detail: str = "", tx_hash: str = "") -> None:
        super().__init__(rule, detail)
        self.tx_hash = tx_hash


class NonceRefusedError(TxRefusedError):
    """The nonce is not the next one: ``expected`` is."""

    def __init__(self, tx_hash: str, sender: str, nonce: int, expected: int) -> None:
        super().__init__("N-08", f"{sender} sent {nonce}, next is {expected}", tx_hash)
        self.sender = sender
        self.nonce = nonce
        self.expected = expected


class ChainUnavailableError(ChainError, RpcTransportError):
    """The chain cannot answer now (starting, recovering, stopped). Sending the same bytes again later is safe."""


class ChainIntegrityError(ChainError):
    """Journal, snapshot and chain contradict one another. Nothing runs on until a person has looked at it."""


class ChainLockedError(ChainError):
    """Another process already owns the chain of this home directory."""


class NodeError(ChainError):
    """The node's process could not be started or has ended."""
