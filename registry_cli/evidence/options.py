"""What the commands of evidence share: which month, and how failures end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from oracles.refusals import OracleError
from registry_cli.oracle_options import NOT_DONE, REFUSED
from registry_cli.output import fail
from registry_sdk.calc.result import Text
from registry_sdk.deployment import DeploymentError
from registry_sdk.evidence import EvidenceError, Month
from registry_sdk.keystore import KeystoreError
from registry_sdk.rpc import RpcError, RpcTransportError

Account = Annotated[int, typer.Option(help="账户号 / account number")]
OfMonth = Annotated[str, typer.Option("--month", help="月份 / month, YYYY-MM")]

STATES_ZH = {"open": "可增补", "sealed": "已封存", "signed": "已签署", "anchored": "已上链", "superseded": "已被更正"}


def month_of(account: int, text: str) -> Month:
    """The month that was typed."""
    year, dash, month = text.partition("-")
    if not (dash and year.isdecimal() and month.isdecimal() and len(year) == 4 and len(month) == 2):
        fail(f"{text}: 月份写作 write a month as 2025-03")
    return Month(account, int(year), int(month))


@contextmanager
def told() -> Iterator[None]:
    """Failures become messages and exit codes: 1 out of reach, safe to run again; 2 refused."""
    try:
        yield
    except (OracleError, EvidenceError, KeystoreError, DeploymentError) as error:
        fail(str(error), REFUSED)
    except (RpcTransportError, RpcError) as error:
        fail(f"现在无法完成，可安全重试 / cannot be done now, safe to run again: {error}", NOT_DONE)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", REFUSED)


def both(text: Text) -> str:
    """Both languages, Chinese first."""
    return f"{text.zh}\n{text.en}"
