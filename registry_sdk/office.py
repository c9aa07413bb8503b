"""Officers at work: acts built, signed by a maker and a checker, and carried. For demo, replays, benchmarks and tests,
where one process holds several officers' keys; in production each officer signs at a desk of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.acts import ActBuilder
from registry_sdk.calls import Call, act_call, decision_call
from registry_sdk.carrier import Carrier, accepted
from registry_sdk.deployer import Officer
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ActMessage, Ground, SignedAct, SignedDecision
from registry_sdk.permissions import PROVINCE, Role
from registry_sdk.signers import EthereumSigner, Signer

ROLE_SEATS: Final = {
    "REGISTRY": 2,
    "MINISTRY": 2,
    "SUPERVISOR": 2,
    "CCER_REGISTRAR": 2,
    "GOVERNANCE": 2,
    "MARKET_REGULATOR": 1,
}
FAR_EXPIRY: Final = 2**40
#: End and scopes of a training body: it may verify everything, as long as the contract can count.
ALWAYS: Final = 2**40 - 1
ALL_SECTORS: Final = 2**128 - 1
TRAINING_GROUND: Final = Ground(reason=1, paper="0x" + "11" * 32)


def accreditation(body: int, *signers: bytes, scopes: int = ALL_SECTORS, until: int = ALWAYS) -> list[tuple[Any, ...]]:
    """The acts that accredit a verification body from the beginning of time and give it keys.

    Args:
        signers: ERC-7913 names of its keys.
        scopes: bit per sector.
        until: last second of validity.
    """
    return [
        ("accreditation", "accredit", body, scopes, 0, until, bytes.fromhex(TRAINING_GROUND.paper[2:])),
        ("accreditation", "setSigners", body, list(signers)),
    ]


@dataclass(frozen=True)
class Staff:
    """Officers' keys: role name (PROVINCE with its number) to signers."""

    seats: dict[str, tuple[Signer, ...]]

    @classmethod
    def create(cls, provinces: Iterable[int]) -> "Staff":
        """Fresh keys: two officers a role, one a province."""
        seats: dict[str, tuple[Signer, ...]] = {
            role: tuple(EthereumSigner.create() for _ in range(count)) for role, count in ROLE_SEATS.items()
        }
        seats |= {f"{PROVINCE}:{province}": (EthereumSigner.create(),) for province in provinces}
        return cls(seats)

    def officers(self) -> list[Officer]:
        """The officers as the deployer takes them."""
        result: list[Officer] = []
        for name, signers in self.seats.items():
            role, _, province = name.partition(":")
            result.extend(Officer(s.signer, role, int(province or 0)) for s in signers)
        return result

    def of(self, role: Role, province: int, seat: int) -> Signer:
        """Signer of a role; ``seat`` 0 is the maker's, 1 the checker's."""
        signers = self.seats[f"{PROVINCE}:{province}" if role.name == PROVINCE else role.name]
        return signers[min(seat, len(signers) - 1)]

    def sign(self, builder: ActBuilder, act: ActMessage) -> tuple[SignedAct, SignedDecision | None]:
        """The maker's proposal and, where the permission table asks for it, the checker's approval."""
        row, args = builder.describe(act)
        province = int(list(args.values())[row.scope - 1]) if row.scope else 0
        proposal = builder.propose(act, self.of(row.maker, province, 0))
        if row.checker is None:
            return proposal, None
        return proposal, builder.decide(act, True, self.of(row.checker, province, 1))


@dataclass
class Office:
    """Carries acts that are signed by the staff on the spot."""

    deployment: Deployment
    staff: Staff
    carrier: Carrier
    ground: Ground = TRAINING_GROUND

    def calls(self, contract: str, function: str, *args: Any, ground: Ground | None = None) -> list[Call]:
        """The calls of one act: proposal and, where the table asks for it, approval."""
        builder = ActBuilder(self.deployment)
        act = builder.build(contract, function, list(args), ground or self.ground, FAR_EXPIRY)
        proposal, decision = self.staff.sign(builder, act)
        result = [act_call(self.deployment, proposal)]
        if decision is not None:
            result.append(decision_call(self.deployment, decision))
        return result

    def act(self, contract: str, function: str, *args: Any, ground: Ground | None = None) -> None:
        """Do one act.

        Raises:
            Refused: the chain's refusal.
        """
        accepted(self.carrier.carry(self.calls(contract, function, *args, ground=ground)))

    def acts(self, many: Sequence[tuple[Any, ...]]) -> None:
        """Do many acts, each ``(contract, function, *args)``, in as few transactions as they fit into."""
        accepted(self.carrier.carry([call for one in many for call in self.calls(*one)]))
