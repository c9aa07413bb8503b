"""The firm's evidence at one home folder: months, statements and the document vault, opened from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sqlalchemy import Engine

from oracles.evidence.keys import create_keys, keys_in_use, load_keys, save_keys
from oracles.evidence.months import MonthStore, Version
from oracles.evidence.vault import Vault
from oracles.refusals import refuse
from oracles.settings import OracleSettings
from oracles.store import State, open_store
from oracles.store.evidence import EvidenceStore


class VersionState(StrEnum):
    """Where a version stands.

    * open: items may be added;
    * sealed: its items are fixed, nobody has signed;
    * signed: a representative has, it is on its way;
    * anchored: its root is on chain;
    * superseded: so is the root of a later version.
    """

    OPEN = "open"
    SEALED = "sealed"
    SIGNED = "signed"
    ANCHORED = "anchored"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class EvidenceOffice:
    """Months and statements of one home folder."""

    settings: OracleSettings
    engine: Engine

    @classmethod
    def open(cls, settings: OracleSettings) -> Self:
        """Open or make the home folder."""
        settings.prepare_home()
        return cls(settings, open_store(settings.database))

    @property
    def months(self) -> MonthStore:
        return MonthStore(self.engine)

    @property
    def statements(self) -> EvidenceStore:
        return EvidenceStore(self.engine)

    @contextmanager
    def vault(self) -> Iterator[Vault]:
        """The document vault; its keys are made at the first use and do not change meanwhile.

        Raises:
            OracleError: VaultKeysUnusable, VaultBusy.
        """
        path, password = self.settings.vault_keys, self._password()
        with keys_in_use(path):
            folder = self.settings.documents_folder
            if path.exists() or any(folder.glob("??/*.key")):
                keys = load_keys(path, password)
            else:
                keys = create_keys(path, password)
            yield Vault(folder, keys)

    def rotate(self) -> int:
        """Encrypt from now on by a new key and forget the old ones; how many documents were wrapped anew.

        Interrupted at any moment it is finished by the next run.

        Raises:
            OracleError: VaultKeysUnusable, VaultBusy.
        """
        path, password = self.settings.vault_keys, self._password()
        with keys_in_use(path, alone=True):
            keys = load_keys(path, password)
            if len(keys.keys) == 1:
                keys = keys.with_new_key()
                save_keys(path, keys, password)
            changed = Vault(self.settings.documents_folder, keys).rewrap()
            save_keys(path, keys.newest_only(), password)
        return changed

    def state_of(self, version: Version) -> VersionState:
        """Where a version stands, as far as this home folder knows."""
        if version.root is None:
            return VersionState.OPEN
        filed = [(r.statement.message, r.state) for r in self.statements.of_month(version.month)]
        if any(state == State.RECORDED and message.version > version.version for message, state in filed):
            return VersionState.SUPERSEDED
        content = (version.version, "0x" + version.root.hex())
        states = {state for message, state in filed if (message.version, message.root) == content}
        if State.RECORDED in states:
            return VersionState.ANCHORED
        return VersionState.SIGNED if states else VersionState.SEALED

    def _password(self) -> str:
        password = self.settings.vault_password
        if password is None:
            detail = "ORACLE_VAULT_PASSWORD_FILE is missing"
            raise refuse("VaultKeysUnusable", detail_zh="缺少 ORACLE_VAULT_PASSWORD_FILE", detail=detail)
        return password.get_secret_value()
