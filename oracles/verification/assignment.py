"""Opening, drawing, moving: who verifies whom (H-03, H-04, H-05, D-09)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracles.cases import Journal
from oracles.refusals import OracleError, refuse
from oracles.verification.bodies import BodyFiles, rating
from oracles.verification.conflicts import Conflict, Question, Standing, conflicts, sentence
from oracles.verification.draw import draw, sample
from oracles.verification.files import EntityFiles, JobFiles
from oracles.verification.jobs import SIMPLIFIED, TRACKS, Job, beijing, job_name
from registry_sdk import parameters
from registry_sdk.calc.result import Text
from registry_sdk.evidence.duties import sectors

Body = dict[str, Any]


@dataclass(frozen=True)
class AssignmentDesk:
    """The province's side: it opens jobs and has them drawn; nobody chooses a body."""

    files: JobFiles
    bodies: BodyFiles
    entities: EntityFiles
    samples: Journal
    now: Callable[[], int]

    def create(
        self,
        who: str,
        account: int,
        year: int,
        *,
        sector: str,
        province: int,
        draw_block: int,
        unit: int = 1,
        project: str = "",
        names: Iterable[str] = (),
        track: str = "full",
    ) -> Job:
        """Open a job.

        Args:
            draw_block: number of a block that does not exist yet; its hash decides the draw.
            names: other names of the entity, as files of bodies and findings have them.
            track: ``full`` or ``simplified``.

        Raises:
            OracleError: the job is there already, or the entity may not have the simplified track.
        """
        if track not in TRACKS:
            raise _invalid("track", track, ", ".join(TRACKS))
        if sector not in sectors():
            raise _invalid("sector", sector, ", ".join(sectors()))
        if track == SIMPLIFIED:
            judged = self.entities.eligibility(account, year, beijing(self.now()))
            if not judged.is_eligible:
                broken = [f"{each.year} {each.code}" for each in judged.breaches]
                raise _invalid("track", f"{SIMPLIFIED} ({', '.join(broken)})", "full")
        head = {"account": account, "year": year, "unit": unit, "sector": sector, "province": province}
        head |= {"project": project, "names": sorted({str(account), *names}), "track": track, "draw_block": draw_block}
        return self.files.create(job_name(account, year, unit), account, who, head)

    def question(self, job: Job, body: Standing, team: Sequence[str] = ()) -> Question:
        """What is asked before ``body`` does ``job``."""
        return Question(
            body=body,
            facts=self.bodies.facts(body.number),
            entity=job.names,
            sector=job.sector_number,
            province=job.province,
            year=job.year,
            project=job.project,
            history=self.files.history(job.account),
            team=team,
            at=self.now(),
        )

    def assign(self, name: str, who: str, bodies: Sequence[Standing], block: int, block_hash: str) -> Job:
        """Draw a body among those without conflict; whom it excluded and why is written down.

        Args:
            bodies: every body of the register.
            block, block_hash: the job's draw block, as the chain has it.

        Raises:
            OracleError: another block than the job's, or no body is left.
        """
        # asked before the lock is taken: the questions read other journals
        asked = {body.number: self.question(self.files.get(name), body) for body in bodies}
        found = {number: conflicts(question) for number, question in asked.items()}
        table = parameters.table("verification_ratings")
        weights = {n: int(table.row(grade=rating(asked[n].facts))["weight"]) for n, why in found.items() if not why}

        def judge(job: Job) -> Body:
            if block != job.draw_block:
                raise _invalid("block", str(block), str(job.draw_block))
            excluded = {str(n): [each.to_json() for each in why] for n, why in sorted(found.items()) if why}
            if not weights:
                raise _none_left(found)
            drawn = draw(block_hash, name, job.round, weights)
            return {
                "body": drawn.body,
                "block": block,
                "block_hash": block_hash,
                "round": job.round,
                "weights": {str(n): weight for n, weight in sorted(weights.items())},
                "position": drawn.position,
                "excluded": excluded,
            }

        return self.files.act(name, "assign", who, judge)

    def redraw(self, job: Job) -> bool:
        """Whether the newest assignment follows from its own record; anybody can ask this."""
        entry = next((each for each in reversed(job.entries) if each.act == "assign"), None)
        if entry is None:
            return False
        body = entry.body
        weights = {int(number): weight for number, weight in body["weights"].items()}
        drawn = draw(body["block_hash"], job.name, body["round"], weights)
        return (drawn.body, drawn.position) == (body["body"], body["position"])

    def release(self, name: str, who: str, text: str, draw_block: int) -> Job:
        """Take a job from its body; it is open again and is drawn anew. Findings and reports stay."""
        return self.files.act(name, "release", who, lambda job: _moved(job, text, draw_block))

    def reopen(self, name: str, who: str, text: str, draw_block: int) -> Job:
        """Open a concluded job again: verified data turned out to be wrong (D-20)."""
        return self.files.act(name, "reopen", who, lambda job: _moved(job, text, draw_block))

    def conflicts_of(self, job: Job, bodies: Sequence[Standing]) -> tuple[Conflict, ...]:
        """Why the assigned body may not go on with a job; empty where it may, or where nobody is assigned."""
        body = next((each for each in bodies if each.number == job.body), None)
        return () if body is None else conflicts(self.question(job, body, job.team))

    def sweep(self, who: str, bodies: Sequence[Standing], draw_block: int) -> list[Job]:
        """Release every unfinished job whose body lost its standing or came into conflict (H-03, H-05)."""
        moved = []
        for job in list(self.files.all()):
            if job.state not in ("assigned", "reviewing"):
                continue
            if found := self.conflicts_of(job, bodies):
                moved.append(self.release(job.name, who, str(sentence(found)), draw_block))
        return moved

    def sample(self, who: str, year: int, accounts: Iterable[int], block: int, block_hash: str) -> Body:
        """Draw the sites that are visited among the simplified track; recorded once per year.

        Raises:
            OracleError: the year's sample was drawn already, from other data.
        """
        among = sorted(set(accounts))
        if not among:
            raise _invalid("accounts", "-", "1, 2, ...")
        share = parameters.get("simplified_verification_random_site_share", beijing(self.now())).value
        chosen = list(sample(block_hash, year, among, Fraction(share)))
        body = {"year": year, "block": block, "block_hash": block_hash, "share": str(share), "accounts": among}
        body |= {"chosen": chosen}
        name = f"sample-{year}"
        entry = self.samples.append(name, str(year), "draw", who, lambda known: None if known else body)
        if dict(entry.body) != body:
            raise refuse("ActNotNow", case=name, state="drawn", act="draw", valid="-")
        return body

    def sampled(self, year: int) -> frozenset[int]:
        """Accounts of the year's sample; empty before it was drawn."""
        entries = self.samples.entries(f"sample-{year}")
        return frozenset(entries[0].body["chosen"]) if entries else frozenset()

    def needs_site(self, job: Job) -> bool:
        """Whether the job needs a site visit: full track, sampled, or no longer eligible for less (D-09)."""
        if job.track != SIMPLIFIED or job.account in self.sampled(job.year):
            return True
        return not self.entities.eligibility(job.account, job.year, beijing(self.now())).is_eligible


def _moved(job: Job, text: str, draw_block: int) -> Body:
    if not text.strip():
        raise _invalid("--text", "-", "…")
    return {"text": text.strip(), "body": job.body, "draw_block": draw_block}


def _none_left(found: dict[int, tuple[Conflict, ...]]) -> OracleError:
    parts = [(number, sentence(why)) for number, why in sorted(found.items())]
    text = Text(
        "；".join(f"{number}：{each.zh}" for number, each in parts) or "登记册没有机构",
        "; ".join(f"{number}: {each.en}" for number, each in parts) or "the register has no body",
    )
    return refuse("NoEligibleBody", detail_zh=text.zh, detail=text.en)


def _invalid(where: str, given: str, valid: str) -> OracleError:
    return refuse(
        "InputInvalid",
        where=where,
        detail_zh=f"{given} 不可用",
        detail=f"{given} cannot be used",
        valid_zh=f"可用：{valid}。",
        valid=f"{valid}.",
    )
