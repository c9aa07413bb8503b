"""Attestation: each statement and signature against the rules of the contract, before the chain.

``facts`` reads what the rules need in one go, ``rules`` and ``assemble`` are pure functions of statement and facts,
``examine`` turns what is filed into states. Nothing here sends anything.
"""

from oracles.attestation.assemble import Assembly, assemble
from oracles.attestation.examine import Examination, examine
from oracles.attestation.facts import Facts, FactsReader, SignerFact
from oracles.attestation.rules import judge_report, judge_signer
from oracles.attestation.signatures import SignatureChecker

__all__ = [
    "Assembly",
    "Examination",
    "Facts",
    "FactsReader",
    "SignatureChecker",
    "SignerFact",
    "assemble",
    "examine",
    "judge_report",
    "judge_signer",
]
