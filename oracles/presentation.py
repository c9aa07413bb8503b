"""Statements as plain JSON for status, intake answers and logs."""

from typing import Any

from oracles.refusals import explain
from oracles.store.evidence import EvidenceRecord
from oracles.store.records import Outcome, StatementRecord

Json = dict[str, Any]


def refusal_json(outcome: Outcome | None) -> Json | None:
    """A filed refusal with number and texts."""
    return None if outcome is None else explain(outcome).to_json()


def statement_json(record: StatementRecord) -> Json:
    """One statement: what it says, where it stands, who signed."""
    message = record.statement.message
    return {
        "digest": record.digest,
        "state": record.state.value,
        "is_final": record.is_final,
        "account": message.account,
        "year": message.year,
        "unit": message.unit,
        "units": message.units,
        "version": message.version,
        "tonnes": message.tonnes,
        "report_hash": message.reportHash,
        "previous": message.previous,
        "epoch": message.epoch,
        "received_at": record.received_at,
        "changed_at": record.changed_at,
        "signatures": [
            {"signer": each.approval.signer, "counts": each.refusal is None, "refusal": refusal_json(each.refusal)}
            for each in record.signatures
        ],
        "refusal": refusal_json(record.refusal),
    }


def evidence_json(record: EvidenceRecord) -> Json:
    """One statement of evidence: what it says, where it stands, who signed."""
    message = record.statement.message
    return {
        "digest": record.digest,
        "state": record.state.value,
        "is_final": record.is_final,
        "account": message.account,
        "year": message.year,
        "month": message.month,
        "version": message.version,
        "items": message.items,
        "root": message.root,
        "previous": message.previous,
        "received_at": record.received_at,
        "changed_at": record.changed_at,
        "signer": record.statement.approval.signer,
        "refusal": refusal_json(record.refusal),
    }


def record_json(record: StatementRecord | EvidenceRecord) -> Json:
    """A statement of either kind."""
    return evidence_json(record) if isinstance(record, EvidenceRecord) else statement_json(record)


def signed_json(record: StatementRecord) -> Json:
    """The statement with its signatures, as a document that can be signed further or pushed by anybody."""
    approvals = [each.approval for each in record.signatures]
    return record.statement.model_copy(update={"approvals": approvals}).model_dump(mode="json")
