"""The numbers that the law sets, as dated data: ``get(key, on)``, ``for_year(key, year)``, ``table(name)``.

Module-level functions read the default set: the files of this package, with the override files named in the
environment variable REGISTRY_PARAMETERS (separated like PATH) laid over them. ``load([...])`` makes another set.
"""

import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from registry_sdk.parameters.errors import (
    DataFileError,
    NotConfiguredError,
    NotInForceError,
    ParameterError,
    UnknownParameterError,
    WrongBasisError,
)
from registry_sdk.parameters.loader import load
from registry_sdk.parameters.model import Parameter, Table
from registry_sdk.parameters.store import ParameterSet

OVERRIDES_VARIABLE = "REGISTRY_PARAMETERS"


@lru_cache(maxsize=8)
def _loaded(files: tuple[str, ...]) -> ParameterSet:
    return load(Path(name) for name in files)


def default() -> ParameterSet:
    """The default set. Raises DataFileError when an override file is not valid."""
    named = os.environ.get(OVERRIDES_VARIABLE, "")
    return _loaded(tuple(part for part in named.split(os.pathsep) if part))


def get(key: str, on: date) -> Parameter:
    """``ParameterSet.get`` on the default set."""
    return default().get(key, on)


def for_year(key: str, year: int) -> Parameter:
    """``ParameterSet.for_year`` on the default set."""
    return default().for_year(key, year)


def table(name: str) -> Table:
    """``ParameterSet.table`` on the default set."""
    return default().table(name)


__all__ = [
    "DataFileError",
    "NotConfiguredError",
    "NotInForceError",
    "Parameter",
    "ParameterError",
    "ParameterSet",
    "Table",
    "UnknownParameterError",
    "WrongBasisError",
    "default",
    "for_year",
    "get",
    "load",
    "table",
]
