"""What authorities do on the chain before and during the year: accounts, bodies, signers, deadlines."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry_cli.demo.actors import Actors
from registry_cli.sample.firm import Firm
from registry_cli.sample.plants import PROVINCE, YEAR
from registry_cli.sample.stage import START
from registry_sdk import parameters
from registry_sdk.reader import AccountKind, Right, SignerClass

KYC: Final = b"\x5a" * 32
ACCREDITED_FOR: Final = 3 * 365 * 86_400
"""Seconds."""
THRESHOLD: Final = 2


@dataclass(frozen=True)
class Body:
    """A verification body: number, name, sectors it is accredited for."""

    number: int
    name: str
    sectors: tuple[int, ...]

    @property
    def scopes(self) -> int:
        return sum(1 << sector for sector in self.sectors)


#: The first wrote reports of firms in the province, the second is free, the third may not verify these sectors.
CONFLICTED: Final = Body(1, "虚构核查一所 Invented body one", (1, 2, 3, 4))
FREE: Final = Body(2, "虚构核查二所 Invented body two", (1, 2, 3, 4))
NARROW: Final = Body(3, "虚构核查三所 Invented body three", (9,))
BODIES: Final = (CONFLICTED, FREE, NARROW)


def open_year(actors: Actors, firms: list[Firm], keys: dict[int, bytes], province: bytes) -> None:
    """Everything that stands before the first month is over.

    Args:
        keys: signer of each body by its number.
        province: signer of the province.
    """
    acts = [*_evidence_terms(), *_accreditation(keys), *_attestation(province), _accounts(firms)]
    for done, act in enumerate(acts, start=1):
        actors.office.act(*act)
        actors.step("登记与认可 register and accredit", done, len(acts))


def _evidence_terms() -> list[tuple[Any, ...]]:
    days = int(parameters.get("monthly_evidence_days", date(YEAR, 1, 1)).value)
    return [("evidence", "setDeadlineDays", YEAR, 1, days)]


def _accreditation(keys: dict[int, bytes]) -> list[tuple[Any, ...]]:
    acts: list[tuple[Any, ...]] = []
    for body in BODIES:
        terms = (body.number, body.scopes, START, START + ACCREDITED_FOR, hashlib.sha256(body.name.encode()).digest())
        acts += [
            ("accreditation", "accredit", *terms),
            ("accreditation", "setSigners", body.number, [keys[body.number]]),
        ]
    return acts


def _attestation(province: bytes) -> list[tuple[Any, ...]]:
    classes = 1 << SignerClass.VERIFIER | 1 << SignerClass.PROVINCE
    return [
        ("emissions", "setThreshold", THRESHOLD, classes),
        ("emissions", "setSigner", province, int(SignerClass.PROVINCE), PROVINCE),
    ]


def _accounts(firms: list[Firm]) -> tuple[Any, ...]:
    rights = int(Right.INITIATE | Right.APPROVE)
    openings = [
        (
            f.plant.number,
            int(AccountKind.KEY_EMITTER),
            f.plant.sector_number,
            PROVINCE,
            1,
            KYC,
            [(f.key.signer, rights)],
        )
        for f in firms
    ]
    return ("accounts", "openAccounts", openings)
