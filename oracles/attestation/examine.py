"""From filed statements and facts to states. Conflicting statements stay apart: none of them is ever merged or chosen
here; where two of them are complete, both wait for a person.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from oracles.attestation.assemble import Assembly, assemble
from oracles.attestation.facts import Facts
from oracles.attestation.rules import is_recorded, judge_report
from oracles.store.records import Outcome, State, StatementRecord
from oracles.store.statements import Change
from registry_sdk.documents import SignedStatement

#: Refusals that no later block can heal: epochs and versions only grow, digests never change back.
LASTING = frozenset({"ReportWrongChain", "ReportWrongOracle", "StaleConfig"})


@dataclass(frozen=True)
class Examination:
    """A statement's new state and, where it is complete, the statement with the signatures to submit."""

    record: StatementRecord
    change: Change
    ready: SignedStatement | None
    assembly: Assembly | None


def examine(records: Sequence[StatementRecord], facts: Facts, now: int) -> list[Examination]:
    """Examine open statements against one block.

    Args:
        records: every open statement of the entities concerned.
        now: Unix seconds, against which pauses after refusals on chain are held.
    """
    found = [_examine(record, facts, now) for record in records]
    complete = defaultdict(list)
    for each in found:
        if each.ready:
            complete[each.record.key].append(each.record.digest)
    return [_hold(each, complete[each.record.key]) for each in found]


def equivocators(records: Iterable[StatementRecord]) -> set[str]:
    """Signers that signed different statements of the same entity, year, sub-unit and version."""
    seen: dict[tuple[tuple[int, int, int, int], str], str] = {}
    double = set()
    for record in records:
        for each in record.signatures:
            if seen.setdefault((record.key, each.approval.signer), record.digest) != record.digest:
                double.add(each.approval.signer)
    return double


def _examine(record: StatementRecord, facts: Facts, now: int) -> Examination:
    statement = record.statement
    if is_recorded(statement, facts):
        return Examination(record, Change(record.digest, State.RECORDED, is_final=True), None, None)
    refusal = judge_report(statement, facts)
    if refusal:
        return Examination(record, _refused(record, refusal), None, None)
    assembly = assemble(statement.message.account, [s.approval for s in record.signatures], facts)
    signatures = assembly.refused
    if assembly.missing:
        change = Change(record.digest, State.COLLECTING, refusal=assembly.missing, signatures=signatures)
        return Examination(record, change, None, assembly)
    if record.retry_at > now:
        change = Change(record.digest, State.REFUSED, refusal=record.refusal, signatures=signatures)
        return Examination(record, change, None, assembly)
    ready = statement.model_copy(update={"approvals": list(assembly.chosen)})
    return Examination(record, Change(record.digest, State.READY, signatures=signatures), ready, assembly)


def _refused(record: StatementRecord, refusal: Outcome) -> Change:
    version_ahead = refusal.error == "WrongVersion" and refusal.args["given"] > refusal.args["expected"]
    if version_ahead:
        return Change(record.digest, State.WAITING, refusal=refusal)
    is_final = refusal.error in LASTING or refusal.error in ("WrongVersion", "WrongPrevious")
    return Change(record.digest, State.REFUSED, is_final=is_final, refusal=refusal)


def _hold(each: Examination, complete: list[str]) -> Examination:
    rivals = [digest for digest in complete if digest != each.record.digest]
    if not each.ready or not rivals:
        return each
    refusal = Outcome("Conflict", {"rivals": ", ".join(rivals)})
    return replace(each, change=replace(each.change, state=State.CONFLICT, refusal=refusal))
