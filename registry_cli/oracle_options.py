"""Options that the commands of `registry oracle` share, and settings from them."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from oracles.settings import OracleSettings
from registry_cli.output import fail

NOT_DONE: Final = 1
REFUSED: Final = 2

Home = Annotated[Path | None, typer.Option(help="工作目录 / home folder [ORACLE_HOME]")]
Rpc = Annotated[str | None, typer.Option(help="链接口 / JSON-RPC endpoint [ORACLE_RPC_URL]")]
Where = Annotated[Path | None, typer.Option(help="部署文件 / deployment file [ORACLE_DEPLOYMENT]")]
Key = Annotated[Path | None, typer.Option(help="推送密钥文件 / sender keystore [ORACLE_KEYSTORE]")]
Password = Annotated[Path | None, typer.Option(help="口令文件 / file with its password [ORACLE_PASSWORD_FILE]")]
Inbox = Annotated[Path | None, typer.Option(help="收件目录 / inbox folder [ORACLE_INBOX]")]
Live = Annotated[
    bool | None, typer.Option("--live/--dry-run", help="推送；默认只演练 / push; the default only rehearses")
]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")]


def settings_of(**given: Any) -> OracleSettings:
    """Settings from the environment, with what the command line gives in front."""
    try:
        return OracleSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
        fail("设置有误 / wrong setting: " + "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in mistakes))
    except OSError as error:
        fail(f"口令文件无法读取 / the password file cannot be read: {error.strerror}")
