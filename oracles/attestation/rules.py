"""The contract's rules as pure functions, in the contract's order; errors carry its names and arguments."""

from typing import Final

from oracles.attestation.facts import Facts, FigureKey, SignerFact
from oracles.store.records import Outcome
from registry_sdk.documents import SignedStatement, to_bytes
from registry_sdk.reader import AccountKind, Body, BodyStatus, SignerClass

#: Errors of bodies that are not active.
_NOT_ACTIVE: Final = {
    BodyStatus.SUSPENDED: "BodySuspended",
    BodyStatus.WITHDRAWN: "BodyWithdrawn",
    BodyStatus.EXITED: "BodyExited",
}
NO_SIGNER = SignerFact(SignerClass.NONE, 0)


def judge_binding(statement: SignedStatement, chain_id: int, oracle: str) -> Outcome | None:
    """Chain and contract; needs no read. ``oracle`` in lower case."""
    message, domain = statement.message, statement.domain
    for given in (message.chainId, domain.chain_id):
        if given != chain_id:
            return Outcome("ReportWrongChain", {"expected": chain_id, "given": given})
    for address in (message.oracle, domain.contract):
        if address != oracle:
            return Outcome("ReportWrongOracle", {"expected": oracle, "given": address})
    return None


def judge_report(statement: SignedStatement, facts: Facts) -> Outcome | None:
    """The first rule that a statement breaks, whoever signed it; None where it breaks none."""
    message = statement.message
    if bound := judge_binding(statement, facts.chain_id, facts.oracle):
        return bound
    if message.epoch != facts.epoch:
        return Outcome("StaleConfig", {"current": facts.epoch, "given": message.epoch})
    if not 1 <= message.unit <= message.units:
        return Outcome("UnitInvalid", {"unit": message.unit, "units": message.units})
    if facts.entities[message.account].kind != AccountKind.KEY_EMITTER:
        return Outcome("NotKeyEmitter", {"account": message.account})
    entity = {"account": message.account, "year": message.year}
    known = facts.summaries[message.account, message.year].units
    if message.units < known:
        return Outcome("UnitsShrunk", {**entity, "known": known, "given": message.units})
    figure, entity = facts.figures[figure_key(statement)], {**entity, "unit": message.unit}
    if message.version != figure.version + 1:
        return Outcome("WrongVersion", {**entity, "expected": figure.version + 1, "given": message.version})
    if to_bytes(message.previous)[:16] != figure.digest:
        return Outcome("WrongPrevious", {**entity, "expected": "0x" + figure.digest.hex()})
    return None


def judge_signer(signer: str, account: int, facts: Facts) -> Outcome | None:
    """The rule that keeps a signer from signing for an account, if any."""
    record = facts.signers.get(signer, NO_SIGNER)
    if record.signer_class == SignerClass.NONE:
        return Outcome("NotReportSigner", {"signer": signer})
    if record.body is not None:
        return _judge_body(record.body, facts.entities[account].sector, facts.timestamp)
    province = facts.entities[account].province
    if record.province not in (0, province):
        return Outcome("OtherProvince", {"signerProvince": record.province, "accountProvince": province})
    return None


def _judge_body(body: Body, sector: int, timestamp: int) -> Outcome | None:
    """The cause that keeps a body from verifying a sector at a time, if any."""
    this = {"body": body.number}
    if ended := _NOT_ACTIVE.get(body.status):
        return Outcome(ended, this)
    if timestamp < body.valid_from:
        return Outcome("AccreditationNotBegun", {**this, "validFrom": body.valid_from})
    if timestamp > body.valid_until:
        return Outcome("AccreditationExpired", {**this, "validUntil": body.valid_until})
    return None if body.may_verify(sector, timestamp) else Outcome("SectorOutOfScope", {**this, "sector": sector})


def figure_key(statement: SignedStatement) -> FigureKey:
    """Account, year and sub-unit of a statement."""
    message = statement.message
    return message.account, message.year, message.unit


def is_recorded(statement: SignedStatement, facts: Facts) -> bool:
    """Whether this very statement is the figure in force."""
    figure = facts.figures[figure_key(statement)]
    return figure.version == statement.message.version and figure.digest == statement.digest()[:16]
