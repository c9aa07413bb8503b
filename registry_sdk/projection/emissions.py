"""Fold: configuration of the emissions oracle, statement signers, verified figures."""

from typing import Final

from registry_sdk.projection.accreditation import standing
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import NOBODY
from registry_sdk.projection.state import Handlers, State
from registry_sdk.reader import AccountKind, SignerClass

NO_HASH: Final = "0x" + "0" * 64
#: The contract keeps, and a correction must name, the first 16 bytes of a digest.
HALF: Final = 34


def _threshold(state: State, log: Log) -> None:
    f = log.fields
    row = state.oracle_config.edit()
    if f["epoch"] != row.epoch + 1:
        state.odd("oracle-epoch", (), "配置期号不连续 configuration epochs have a gap", log)
    row.epoch, row.threshold, row.required_classes = f["epoch"], f["threshold"], f["requiredClasses"]


def _sink(state: State, log: Log) -> None:
    state.oracle_config.edit().sink = log.fields["sink"]


def _signer(state: State, log: Log) -> None:
    f = log.fields
    row = state.report_signers.edit(f["signerAddress"])
    row.signer, row.signer_class, row.province = f["signer"], f["class"], f["province"]


def _recorded(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"], f["unit"])
    settle(state, log)
    row, summary = state.figures.edit(*key), state.summaries.edit(*key[:2])
    if f["version"] != row.version + 1 or f["previous"][:HALF] != (row.digest or NO_HASH)[:HALF]:
        state.odd("figure-chain", key, "核查数据版本不连续 the figure does not follow the one before", log)
    if not 1 <= f["unit"] <= f["units"] or f["units"] < summary.units:
        state.odd("figure-units", key, "分单元数不符 the sub-units do not fit those before", log)
    if state.accounts.see(f["account"]).kind != AccountKind.KEY_EMITTER:
        state.odd("figure-account", key, "账户非重点排放单位 not a key emitter", log)
    _check_signers(state, log)
    summary.total += f["tonnes"] - row.tonnes
    summary.reported += row.version == 0
    summary.units = f["units"]
    row.tonnes, row.version, row.recorded_at = f["tonnes"], f["version"], log.timestamp
    row.digest, row.report_hash = f["digest"], f["reportHash"]
    row.verifier, row.province, row.centre = (f[f"signers.{name}"] for name in ("verifier", "province", "centre"))
    row.body = f["signers.body"]
    if summary.reported == summary.units:
        state.recorded = (*key[:2], summary.total)


def _check_signers(state: State, log: Log) -> None:
    """k classes signed, the required ones among them, each by somebody who might at that moment."""
    f, config = log.fields, state.oracle_config.see()
    account = state.accounts.see(f["account"])
    signed = 0
    for signer_class in (SignerClass.VERIFIER, SignerClass.PROVINCE, SignerClass.CENTRE):
        address = f[f"signers.{signer_class.name.lower()}"]
        if address == NOBODY:
            continue
        signed |= 1 << signer_class
        if signer_class == SignerClass.VERIFIER:
            may_sign = f["signers.body"] == standing(state, address, account.sector, log.timestamp) != 0
        else:
            named = state.report_signers.see(address)
            may_sign = named.signer_class == signer_class and named.province in (0, account.province)
        if not may_sign:
            state.odd("figure-signer", (f["account"], f["year"], address), "签名人不合格 may not sign this", log)
    if signed.bit_count() < config.threshold or signed & config.required_classes != config.required_classes:
        state.odd("figure-threshold", (f["account"], f["year"]), "签名类别不足 too few classes signed", log)


def settle(state: State, log: Log | None = None) -> None:
    """A complete figure must have become an obligation by now."""
    if state.recorded:
        state.odd("obligation", state.recorded[:2], "核查数据未转为义务 the figure became no obligation", log)
    state.recorded = None


HANDLERS: Final[Handlers] = {
    ("emissions", "ThresholdSet"): _threshold,
    ("emissions", "SinkSet"): _sink,
    ("emissions", "ReportSignerSet"): _signer,
    ("emissions", "EmissionsRecorded"): _recorded,
}
