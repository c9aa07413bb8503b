"""``docs/settings.md``: environment variables of the service and of the oracle, from their settings classes."""

from collections.abc import Iterator
from typing import Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from oracles.settings import OracleSettings
from registry_api.settings import Settings
from registry_cli.docs.markdown import cell, page, table

#: Chinese texts; the English ones stand beside the fields.
ZH: Final = {
    "home": "数据目录",
    "database_url": "SQLAlchemy 数据库地址；不设则用数据目录中的 SQLite 文件",
    "chain_id": "链标识",
    "chain_url": "外部 JSON-RPC 端点；不设则运行内置链",
    "genesis_time": "内置链首个区块的 Unix 时间",
    "sandbox": "训练区：允许推进链上时钟",
    "sandbox_start": "新训练区时钟起始的 Unix 时间；不设则用本机时间",
    "allowed_senders": "可经网关发送交易的地址，或 *",
    "allowed_deployers": "可部署合约的地址，或 *；同时可发送交易",
    "snapshot_every": "内置链两次快照之间的区块数",
    "host": "监听地址",
    "port": "监听端口；0 由系统选择",
    "relayer_password": "转交密钥文件的口令",
    "relayer_password_file": "存放该口令的文件",
    "inbox": "收取声明文件的目录；不设则为数据目录下的 inbox",
    "rpc_url": "登记簿的 JSON-RPC 端点",
    "rpc_timeout": "端点应答时限，秒",
    "deployment": "合约地址清单文件",
    "live": "实际推送；不设则只说明将推送什么",
    "keystore": "发送交易的密钥文件；此外没有任何权力",
    "password": "密钥文件口令",
    "password_file": "存放该口令的文件",
    "vault": "加密文件目录；不设则为数据目录下的 documents",
    "vault_password": "文件库密钥的口令",
    "vault_password_file": "存放该口令的文件",
    "poll_seconds": "两轮之间的间隔，秒",
    "batch": "每笔交易至多几份声明",
    "max_file_bytes": "声明文件大小上限，字节",
    "inbox_grace": "无法读取的文件在此时间内视为仍在写入，秒",
    "confirmations": "声明视为登记前须再有的区块数",
    "backoff_first": "失败后首次等待，秒",
    "backoff_most": "失败后最长等待，秒",
    "max_clock_skew": "链上时钟可快于本机的秒数",
    "mqtt_host": "设备上传读数的 MQTT 服务器",
    "mqtt_port": "其端口；启用 TLS 时一般为 8883",
    "mqtt_topic": "订阅的主题",
    "mqtt_client": "服务器据以保留会话的客户端名",
    "mqtt_user": "登录用户名",
    "mqtt_password": "登录口令",
    "mqtt_password_file": "存放该口令的文件",
    "mqtt_ca": "核对服务器的证书文件；设置即启用 TLS",
    "mqtt_certificate": "本方证书，服务器要求时填",
    "mqtt_key": "本方证书的私钥",
}

_INTRO = """\
全部设置来自环境变量；列表以逗号分隔。口令可改放文件，由 `…_FILE` 指明；口令不会出现在日志、错误与本页中。

Everything is set by environment variables; lists are written with commas. A secret may lie in a file that `…_FILE`
names; secrets appear in no log, no error and not here."""


def settings_page() -> str:
    """The page."""
    head = ["变量 Variable", "默认 Default", "说明 Meaning"]
    return page(
        "设置 / Settings",
        _INTRO,
        "## 登记服务 / The service (`registry up`)",
        table(head, _rows(Settings)),
        "## 预言机进程 / The oracle (`registry oracle`)",
        table(head, _rows(OracleSettings)),
    )


def _rows(settings: type[BaseSettings]) -> Iterator[list[str]]:
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        texts = [text for text in (ZH.get(name), field.description) if text]
        yield [f"`{prefix}{name.upper()}`", _default(field), "<br>".join(map(cell, texts))]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "必填 required"
    if value is None or value == [] or isinstance(value, SecretStr):
        return "未设 not set"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
