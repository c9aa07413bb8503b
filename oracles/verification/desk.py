"""Everything verification needs, over one database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Engine

from oracles.cases import Journal
from oracles.cases.journal import unix_now
from oracles.quality.cases import KIND as QUALITY
from oracles.quality.cases import QualityCases
from oracles.sources import Registers
from oracles.verification.assignment import AssignmentDesk
from oracles.verification.bodies import KIND as BODY
from oracles.verification.bodies import BodyFiles
from oracles.verification.files import ENTITY, SAMPLE, EntityFiles, JobFiles, Tardy
from oracles.verification.jobs import KIND
from oracles.verification.review import ReviewDesk


@dataclass(frozen=True)
class VerificationDesk:
    """The files and the acts on them: ``assignment`` opens and draws, ``review`` checks and concludes."""

    files: JobFiles
    bodies: BodyFiles
    entities: EntityFiles
    quality: QualityCases
    assignment: AssignmentDesk
    review: ReviewDesk

    @classmethod
    def open(cls, engine: Engine, now: Callable[[], int] = unix_now, tardy: Tardy | None = None) -> Self:
        """The desk over a database that :func:`oracles.store.open_store` opened; ``tardy`` asks the chain."""
        files, bodies = JobFiles(Journal(engine, KIND, now)), BodyFiles(Journal(engine, BODY, now))
        quality = QualityCases(Journal(engine, QUALITY, now))
        entities = EntityFiles(Journal(engine, ENTITY, now), files, quality, now, tardy)
        assignment = AssignmentDesk(files, bodies, entities, Journal(engine, SAMPLE, now), now)
        return cls(files, bodies, entities, quality, assignment, ReviewDesk(assignment, Registers(engine), now))
