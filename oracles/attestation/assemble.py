"""k of n: one signature a class, the required classes among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracles.attestation.facts import Facts
from oracles.attestation.rules import judge_signer
from oracles.store.records import Outcome
from registry_sdk.documents import ApprovalDoc
from registry_sdk.reader import SignerClass


@dataclass(frozen=True)
class Assembly:
    """What a set of valid signatures amounts to.

    Attributes:
        chosen: signatures to submit; empty unless the threshold is met.
        classes: classes that have signed.
        missing: why the threshold is not met, None where it is.
        refused: by signer, why a signature does not count; None where it does.
    """

    chosen: tuple[ApprovalDoc, ...]
    classes: tuple[SignerClass, ...]
    missing: Outcome | None
    refused: tuple[tuple[str, Outcome | None], ...]


def assemble(account: int, approvals: Sequence[ApprovalDoc], facts: Facts) -> Assembly:
    """Sort signatures by class, the first of each class counts.

    Args:
        approvals: signatures over one digest that verify, in the order of their arrival.
    """
    by_class: dict[SignerClass, ApprovalDoc] = {}
    refused: dict[str, Outcome | None] = {}
    for approval in approvals:
        reason = judge_signer(approval.signer, account, facts)
        if reason is None:
            signer_class = facts.signers[approval.signer].signer_class
            first = by_class.setdefault(signer_class, approval)
            if first is not approval:
                reason = Outcome("SameClass", {"class": int(signer_class)})
        refused[approval.signer] = reason
    missing = _missing(by_class, facts)
    chosen = () if missing else _choose(by_class, facts)
    return Assembly(chosen, tuple(sorted(by_class)), missing, tuple(refused.items()))


def _missing(by_class: dict[SignerClass, ApprovalDoc], facts: Facts) -> Outcome | None:
    if facts.threshold == 0 or len(by_class) < facts.threshold:
        return Outcome("BelowThreshold", {"threshold": facts.threshold, "given": len(by_class)})
    signed = sum(1 << each for each in by_class)
    if signed & facts.required != facts.required:
        return Outcome("ClassMissing", {"requiredClasses": facts.required, "signedClasses": signed})
    return None


def _choose(by_class: dict[SignerClass, ApprovalDoc], facts: Facts) -> tuple[ApprovalDoc, ...]:
    """The required classes first, others up to the threshold: every further signature only costs gas."""
    order = sorted(by_class, key=lambda each: (not facts.required >> each & 1, each))
    needed = max(facts.threshold, facts.required.bit_count())
    return tuple(by_class[each] for each in order[:needed])
