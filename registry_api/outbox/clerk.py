"""Work that needs nobody's signature, because the contracts let anybody do it: chunks of approved tables are issued,
rows that were held are claimed once their accounts can receive, statuses of a closed year are frozen, met obligations
are certified. The clerk compares projection and need, and queues what is missing.

Each piece has an identifier of its own, so it is queued once; the contracts refuse a repeat anyway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from eth_utils.crypto import keccak

from registry_api.outbox.queue import DONE, REFUSED, Queue, Submission
from registry_api.outbox.tables import Tables
from registry_api.projection.query import Projection
from registry_sdk.calls import Call
from registry_sdk.certificates import certify_call
from registry_sdk.deployment import Deployment
from registry_sdk.projection.status import ALLOWED, ISSUE

FREEZE_CHUNK: Final = 200
#: A refused piece is tried again after this time: what stood against it may be gone.
REPEAT_SECONDS: Final = 3_600


@dataclass(frozen=True)
class Clerk:
    """Queues the permissionless follow-up work of a deployment."""

    deployment: Deployment
    queue: Queue
    tables: Tables
    projection: Projection

    def round(self, now: int) -> int:
        """Queue what is missing; how many pieces were queued."""
        count = 0
        for submission in (*self._chunks(now), *self._claims(now), *self._freezes(now), *self._certificates(now)):
            known = self.queue.get(submission.id)
            is_due = known is not None and known.state == REFUSED and (known.settled_at or 0) + REPEAT_SECONDS < now
            if known is None or is_due:
                self.queue.accept(submission)
                count += 1
        return count

    def _chunks(self, now: int) -> Iterator[Submission]:
        for stored in self.tables.unissued():
            for number in self.tables.missing_chunks(stored):
                id_ = "0x" + keccak(bytes.fromhex(stored.id[2:]) + number.to_bytes(4)).hex()
                call = stored.table.chunk_call(self.deployment, number)
                yield Submission(id_, "chunk", None, call, {"table": stored.id, "chunk": number}, submitted_at=now)

    def _claims(self, now: int) -> Iterator[Submission]:
        """Held rows whose accounts can receive now. What still stands against one the contract says."""
        for row in self.projection.values("held_rows"):
            account = self.projection.value("accounts", row["account"])
            table = self.projection.value("tables", row["table_id"])
            if not row["is_held"] or table is None or not table["rows"] or account is None:
                continue
            if not ALLOWED.get(account["status"], 0) & ISSUE:
                continue
            id_ = "0x" + keccak(b"claim" + bytes.fromhex(row["table_id"][2:]) + row["account"].to_bytes(8)).hex()
            function = self.deployment.contract("allocation").functions["claimRows"]
            data = function.encode(bytes.fromhex(row["table_id"][2:]), [row["account"]])
            call = Call(self.deployment.address("allocation"), data)
            document = {"table": row["table_id"], "account": row["account"]}
            yield Submission(id_, "claim", None, call, document, submitted_at=now)

    def _freezes(self, now: int) -> Iterator[Submission]:
        for rules in self.projection.values("year_rules"):
            if not rules["is_closed"]:
                continue
            year = rules["year"]
            positions = self.projection.values("positions", year=year)
            # What waits for the province is passed over by the contract: it comes when the province has decided.
            open_ = [p["account"] for p in positions if not p["is_frozen"] and not p["pending"]]
            for at in range(0, len(open_), FREEZE_CHUNK):
                accounts = open_[at : at + FREEZE_CHUNK]
                data = self.deployment.contract("compliance").encode("freezeStatuses", year, accounts)
                call = Call(self.deployment.address("compliance"), data)
                document = {"year": year, "accounts": len(accounts)}
                yield Submission("0x" + keccak(data).hex(), "freeze", None, call, document, submitted_at=now)

    def _certificates(self, now: int) -> Iterator[Submission]:
        for rules in self.projection.values("year_rules"):
            if rules["running_from"]:
                # Totals that run on over years stand for no single year: the contract certifies none.
                continue
            year = rules["year"]
            standing = {row["account"] for row in self.projection.values("certificates", year=year) if row["number"]}
            for p in self.projection.values("positions", year=year):
                paid = p["surrendered"] + p["offset"]
                if not p["is_reported"] or not p["obligation"] or paid < p["obligation"] or p["account"] in standing:
                    continue
                call = certify_call(self.deployment, p["account"], year)
                id_ = self._next_id("0x" + keccak(call.data).hex())
                document = {"account": p["account"], "year": year}
                yield Submission(id_, "certify", None, call, document, submitted_at=now)

    def _next_id(self, id_: str) -> str:
        """``id_``, or the first identifier derived from it that is not carried out in the projection already.

        A certificate is voided when its figures change, and due again once they are met.
        """
        head = self.projection.head()
        while (known := self.queue.get(id_)) is not None and known.state == DONE and (known.block or 0) <= head:
            id_ = "0x" + keccak(bytes.fromhex(id_[2:])).hex()
        return id_
