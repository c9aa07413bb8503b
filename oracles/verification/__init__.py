"""Verification (D-08, D-09, H-01 ... H-06): assignment free of conflicts, review, conservative data, conclusion.

Everything done is an entry of an append-only journal (:mod:`oracles.cases`); who may verify at all is read from the
accreditation register on the chain.
"""

from oracles.verification.conflicts import Conflict, Question, conflicts
from oracles.verification.desk import VerificationDesk
from oracles.verification.draw import Draw, draw, sample
from oracles.verification.jobs import Job, job_name

__all__ = ["Conflict", "Draw", "Job", "Question", "VerificationDesk", "conflicts", "draw", "job_name", "sample"]
