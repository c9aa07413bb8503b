"""Fold: configuration of the emissions oracle, statement signers, verified figures."""

from typing import Final

from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.reader import AccountKind

NO_HASH: Final = "0x" + "0" * 64
#: The contract keeps, and a correction must name, the first 16 bytes of a digest.
HALF: Final = 34


def _threshold(state: State, log: Log) -> None:
    f = log.fields
    row = state.oracle_config.edit()
    if f["epoch"] != row.epoch + 1:
        state.odd("oracle-epoch", (), "配置期号不连续 configuration epochs have a gap", log)
    row.epoch, row.threshold, row.required_classes = f["epoch"], f["threshold"], f["requiredClasses"]


def _signer(state: State, log: Log) -> None:
    f = log.fields
    row = state.report_signers.edit(f["signerAddress"])
    row.signer, row.signer_class, row.province = f["signer"], f["class"], f["province"]


def _recorded(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"])
    settle(state, log)
    state.recorded = (*key, f["tonnes"])
    row = state.figures.edit(*key)
    if f["version"] != row.version + 1 or f["previous"][:HALF] != (row.digest or NO_HASH)[:HALF]:
        state.odd("figure-chain", key, "核查数据版本不连续 the figure does not follow the one before", log)
    if state.accounts.see(f["account"]).kind != AccountKind.KEY_EMITTER:
        state.odd("figure-account", key, "账户非重点排放单位 not a key emitter", log)
    row.tonnes, row.version, row.recorded_at = f["tonnes"], f["version"], log.timestamp
    row.digest, row.report_hash = f["digest"], f["reportHash"]


def settle(state: State, log: Log | None = None) -> None:
    """A figure must have become an obligation by now."""
    if state.recorded:
        state.odd("obligation", state.recorded[:2], "核查数据未转为义务 the figure became no obligation", log)
    state.recorded = None


HANDLERS: Final[Handlers] = {
    ("emissions", "ThresholdSet"): _threshold,
    ("emissions", "ReportSignerSet"): _signer,
    ("emissions", "EmissionsRecorded"): _recorded,
}
