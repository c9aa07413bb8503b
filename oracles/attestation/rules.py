"""The contract's rules as pure functions, in the contract's order; errors carry its names and arguments."""

from oracles.attestation.facts import Facts, SignerFact
from oracles.store.records import Outcome
from registry_sdk.documents import SignedStatement, to_bytes
from registry_sdk.reader import AccountKind, SignerClass

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
    if facts.entities[message.account].kind != AccountKind.KEY_EMITTER:
        return Outcome("NotKeyEmitter", {"account": message.account})
    figure = facts.figures[message.account, message.year]
    entity = {"account": message.account, "year": message.year}
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
    province = facts.entities[account].province
    if record.province not in (0, province):
        return Outcome("OtherProvince", {"signerProvince": record.province, "accountProvince": province})
    return None


def is_recorded(statement: SignedStatement, facts: Facts) -> bool:
    """Whether this very statement is the figure in force."""
    message = statement.message
    figure = facts.figures[message.account, message.year]
    return figure.version == message.version and figure.digest == statement.digest()[:16]
