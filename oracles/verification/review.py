"""The review: checklist, non-conformities and their mending, conservative data, conclusion (D-08)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from oracles.accounting import Evidence, Report
from oracles.cases import Entry
from oracles.refusals import OracleError, refuse
from oracles.sources import Registers
from oracles.verification.assignment import AssignmentDesk
from oracles.verification.conflicts import Standing, conflicts, sentence
from oracles.verification.conservative import Target, conservative, reasons
from oracles.verification.jobs import FINDING, Job, NonConformity, beijing
from registry_sdk import parameters
from registry_sdk.calc.compliance.calendar import add_working_days

Body = dict[str, Any]
RESULTS = ("met", "not_met", "not_applicable")


@dataclass(frozen=True)
class ReviewDesk:
    """The body's side of a job, the firm's answers, and the province's decisions on what is not mended."""

    assignment: AssignmentDesk
    registers: Registers
    now: Callable[[], int]

    def evidence(self, job: Job) -> Evidence:
        """How the job's figure is calculated, in the review and before every signature.

        By the register of meters (D-16), and with what was not mended treated conservatively (D-08). Where no meter is
        registered yet, the certificates that a report names are believed, which its calculation remarks.
        """
        return Evidence(meters=self.registers.for_accounting() or None, contested=reasons(job.conserved))

    def start(self, name: str, who: str, body: Standing, team: Sequence[str], report_hash: str, reported: int) -> Job:
        """Name the team and take the report in; conflicts are asked again, of the persons too.

        Args:
            body: the assigned body as the register has it now.
            report_hash, reported: hash and whole tonnes of the report as the firm handed it in.

        Raises:
            OracleError: another body, no team, or a conflict.
        """
        job = self.assignment.files.get(name)
        found = conflicts(self.assignment.question(job, body, team))

        def judge(job: Job) -> Body:
            if body.number != job.body:
                raise refuse("SignerOfOtherBody", case=name, given=body.number, expected=job.body)
            if not team:
                raise _invalid("--team", "没有人员", "nobody", "至少一名核查人员", "one person at least")
            if found:
                text = sentence(found)
                raise refuse("BodyConflicted", body=body.number, detail_zh=text.zh, detail=text.en)
            return {"team": list(team), "report": {"hash": report_hash, "tonnes": reported}}

        return self.assignment.files.act(name, "start", who, judge)

    def check(self, name: str, who: str, code: str, result: str, text: str) -> Job:
        """Record one item of the checklist: ``met``, ``not_met`` or ``not_applicable``, with what was seen."""

        def judge(job: Job) -> Body:
            known = [row["code"] for row in job.checklist(site=True)]
            if code not in known:
                valid = ", ".join(known)
                raise _invalid(code, "清单中没有", "not on the checklist", valid, valid)
            if result not in RESULTS:
                raise _invalid(result, "未知结果", "unknown result", ", ".join(RESULTS), ", ".join(RESULTS))
            return {"code": code, "result": result, "text": _said(text)}

        return self.assignment.files.act(name, "check", who, judge)

    def raise_finding(self, name: str, who: str, rule: str, text: str, target: Target | None = None) -> Job:
        """A non-conformity; the firm has the days of the law to mend it.

        Args:
            target: source id and figure that are contested; conservative data needs it.
        """
        today = beijing(self.now())
        due = today + timedelta(days=int(parameters.get("nonconformity_fix_days", today).value))

        def judge(job: Job) -> Body:
            return {
                "finding": f"NC-{len(job.findings) + 1}",
                "rule": rule,
                "text": _said(text),
                "target": None if target is None else list(target),
                "due": due.isoformat(),
            }

        return self.assignment.files.act(name, "raise", who, judge)

    def answer(
        self,
        name: str,
        who: str,
        finding: str,
        text: str,
        report: tuple[str, int] | None = None,
        document: str = "",
    ) -> Job:
        """The firm mends or explains.

        Args:
            report: hash and whole tonnes of a new version of the report; versions before it stay on file.
            document: SHA-256 of the paper that proves it.
        """

        def judge(job: Job) -> Body:
            _require(job, finding, "answer")
            body: Body = {"finding": finding, "text": _said(text), "document": document}
            return body | ({"report": {"hash": report[0], "tonnes": report[1]}} if report else {})

        return self.assignment.files.act(name, "answer", who, judge)

    def decide(self, name: str, who: str, finding: str, text: str, *, accepted: bool) -> Job:
        """Close an answered finding, or give it back to be mended; its due day stays."""
        act = "close" if accepted else "return"

        def judge(job: Job) -> Body:
            found = _require(job, finding, act)
            if who.strip() in {entry.who for entry in found.entries if entry.act == "answer"}:
                raise refuse("SamePerson", who=who.strip(), done_zh="答复", done="answered")
            return {"finding": finding, "text": _said(text)}

        return self.assignment.files.act(name, act, who, judge)

    def conserve(
        self,
        name: str,
        who: str,
        finding: str,
        report: Report,
        report_hash: str,
    ) -> Job:
        """Not mended by the due day: the contested figures are treated conservatively and the total calculated anew.

        Everything conserved in the job so far enters the calculation.

        Args:
            report, report_hash: the newest version of the report.

        Raises:
            OracleError: the due day has not passed, the report is not the newest one, or the finding contests none of
                its figures.
            RefusedError: the report cannot be calculated.
        """

        def judge(job: Job) -> Body:
            found = _require(job, finding, "conserve")
            if beijing(self.now()) <= found.due:
                raise refuse("NotDueYet", finding=finding, due=found.due)
            if report_hash != (newest := job.reports[-1]["hash"]):
                raise _invalid(report_hash, "不是最新报告", "not the newest report", newest, newest)
            if found.target is None:
                raise _invalid(
                    finding,
                    "没有指明数据",
                    "contests no single figure",
                    "以指明排放源与数据的不符合项提出",
                    "raise it with --source and --figure",
                )
            decided = conservative(report, job.conserved | {found.target: finding}, self.evidence(job))
            return {"finding": finding, "report_hash": report_hash, **decided.to_json()}

        return self.assignment.files.act(name, "conserve", who, judge)

    def conclude(self, name: str, who: str, tonnes: int, report_hash: str, text: str) -> Job:
        """The body's conclusion, by somebody who did not check.

        Raises:
            OracleError: checklist or findings are open, data-quality findings block, or the figure is not the one
                that the newest report or the conservative calculation gives.
        """
        job = self.assignment.files.get(name)
        needed = self.assignment.needs_site(job)
        findings = self.assignment.entities.findings(job.names, job.year)
        blocking = sorted(each.case for each in findings if each.blocks)

        def judge(job: Job) -> Body:
            if who.strip() in {entry.who for entry in job.checked.values()}:
                raise refuse("SamePerson", who=who.strip(), done_zh="记录核查清单", done="recorded the checklist")
            missing = [row["code"] for row in job.checklist(site=needed) if row["code"] not in job.checked]
            if missing:
                raise refuse("ChecklistOpen", missing=", ".join(missing))
            if open_ones := [each.name for each in job.unsettled] + blocking:
                raise refuse("FindingsOpen", cases=", ".join(open_ones))
            if stale := stale_conservation(job):
                raise _invalid(
                    stale, "须按最新报告重算", "must be calculated anew on the newest report", "conserve", "conserve"
                )
            if tonnes != (expected := expected_tonnes(job)):
                raise refuse("ConclusionDiffers", case=name, concluded=expected, reported=tonnes)
            return {"tonnes": tonnes, "report_hash": report_hash, "text": _said(text), "site": needed}

        return self.assignment.files.act(name, "conclude", who, judge)

    def tell(self, name: str, who: str, text: str) -> Job:
        """The province tells the firm the result; whether in the working days of the law is written down."""
        today = beijing(self.now())

        def judge(job: Job) -> Body:
            concluded = beijing(job.entries[-1].at)
            days = int(parameters.get("result_notice_working_days", concluded).value)
            due = add_working_days(concluded, days)
            return {"text": _said(text), "due": due.isoformat(), "late": today > due}

        return self.assignment.files.act(name, "tell", who, judge)


def expected_tonnes(job: Job) -> int:
    """The figure a conclusion must have: the newest conservative calculation, else the newest report."""
    decided = conservations(job)
    return int((decided[-1].body if decided else job.reports[-1])["tonnes"])


def conservations(job: Job) -> list[Entry]:
    """Conservative calculations that stand: those since the job was last opened again after a conclusion."""
    last = max((entry.number for entry in job.entries if entry.act == "reopen"), default=0)
    return [entry for entry in job.entries if entry.act == "conserve" and entry.number > last]


def stale_conservation(job: Job) -> str | None:
    """A conserved finding whose newest calculation is of an older report than the one that stands now."""
    decided = conservations(job)
    if not decided or decided[-1].body["report_hash"] == job.reports[-1]["hash"]:
        return None
    return str(decided[-1].body["finding"])


def _require(job: Job, finding: str, act: str) -> NonConformity:
    found = job.finding(finding)
    if found is None:
        names = ", ".join(each.name for each in job.findings) or "-"
        raise _invalid(finding, "没有此不符合项", "no such finding", names, names)
    FINDING.next(f"{job.name} {finding}", found.state, act)
    return found


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise _invalid("--text", "没有写明", "nothing is said", "写明所见与理由", "say what was seen and why")
    return said


def _invalid(where: str, zh: str, en: str, valid_zh: str, valid: str) -> OracleError:
    return refuse(
        "InputInvalid", where=where, detail_zh=zh, detail=en, valid_zh=f"可用：{valid_zh}。", valid=f"{valid}."
    )
