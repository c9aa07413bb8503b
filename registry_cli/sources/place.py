"""Where the source commands work, and how their mistakes end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import typer
from sqlalchemy import Engine

from oracles.accounting import RefusedError
from oracles.refusals import OracleError
from oracles.store import open_store
from registry_cli.oracle_options import REFUSED, settings_of
from registry_cli.output import fail
from registry_sdk.keystore import KeystoreError
from registry_sdk.parameters import ParameterError


@contextmanager
def opened(home: Path | None) -> Iterator[Engine]:
    """The oracle's database; numbered refusals end the command with code 2."""
    settings = settings_of(home=home)
    with told():
        settings.prepare_home()
        yield open_store(settings.database)


@contextmanager
def told() -> Iterator[None]:
    """Refusals and unreadable files as a message and exit code 2."""
    try:
        yield
    except (OracleError, KeystoreError, RefusedError) as error:
        fail(str(error), REFUSED)
    except ParameterError as error:
        fail(f"{error.zh} / {error.en}", REFUSED)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", REFUSED)


def day(text: str) -> date:
    """An ISO date of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("日期如 2025-03-31 / a date such as 2025-03-31") from None


def number(text: str) -> Decimal:
    """A decimal of the command line."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter("十进制数 / a decimal number") from None
    if not found.is_finite():
        raise typer.BadParameter("十进制数 / a decimal number")
    return found


@dataclass(frozen=True)
class YearMonth:
    """A calendar month."""

    year: int
    month: int


def year_month(text: str) -> YearMonth:
    """YYYY-MM of the command line."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter("月份如 2025-03 / a month such as 2025-03") from None
    return YearMonth(first.year, first.month)
