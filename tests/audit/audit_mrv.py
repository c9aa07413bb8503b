"""What moves verifiers, sub-units and monthly evidence, for the audit's year."""

from support.world import DAY, GROUND, World

from registry_sdk.anchors import anchored_of, trail_of
from registry_sdk.calls import evidence_call, statement_call
from registry_sdk.carrier import accepted
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.signers import EthereumSigner

SUB_UNITS = ((2, 2, 40), (1, 2, 60), (3, 3, 5))
YEAR = 2025


def act(world: World, contract: str, function: str, *args: object) -> None:
    """One officers' act with its ground."""
    world.office.act(contract, function, *args, GROUND)


def verify(w: World, plant: int, mill: int) -> None:
    """Bodies and keys that come and go, and an entity with sub-units."""
    second = EthereumSigner.create()
    body = w.name_verifier(second)
    gone = w.name_verifier(EthereumSigner.create())
    act(w, "accreditation", "suspend", gone)
    act(w, "accreditation", "reinstate", gone)
    act(w, "accreditation", "suspendByRegulator", gone)
    act(w, "accreditation", "withdraw", gone)
    act(w, "accreditation", "exit", w.name_verifier(EthereumSigner.create()))
    act(w, "accreditation", "accredit", body, 0b10, w.now, w.now + 10 * DAY, b"\x31" * 32)
    for unit, units, tonnes in SUB_UNITS:
        signers = (second, w.reporters[2], w.reporters[3])
        signed = w.statement(plant, 2026, tonnes, unit=unit, units=units, signers=signers)
        accepted(w.carrier.carry([statement_call(w.deployment, signed)]))
    act(w, "accreditation", "setSigners", body, [w.reporters[1].signer])
    act(w, "accreditation", "revokeSigner", second.signer)
    w.report(mill, 2026, 1)


def anchor(w: World, plant: int, mill: int) -> None:
    """Months in time, late and corrected, under days and an exact deadline."""
    w.office.act("evidence", "setDeadlineDays", 2027, 1, 40)
    w.office.act("evidence", "setDeadlines", 1, YEAR, 11, 12, w.now + DAY)
    w.office.act("evidence", "setDeadlines", 1, YEAR, 11, 11, 0)
    anchors, root = w.deployment.address("evidence").lower(), "0x" + "00" * 32
    for account, month, version in ((plant, 10, 1), (plant, 12, 1), (mill, 12, 1), (plant, 10, 2), (plant, 12, 2)):
        if (month, version) == (12, 2):
            w.pass_time(2 * DAY)
        trail = trail_of(anchored_of(w.node.rpc, w.deployment, account, YEAR), month) if version > 1 else ()
        message = EvidenceMessage(
            chainId=w.deployment.chain_id,
            anchors=anchors,
            account=account,
            year=YEAR,
            month=month,
            version=version,
            items=month,
            root=f"0x{100 * month + version:064x}",
            previous=f"0x{100 * month + version - 1:064x}" if version > 1 else root,
        )
        signed = SignedEvidence.sign(message, w.keys[account][0])
        accepted(w.carrier.carry([evidence_call(w.deployment, signed, trail)]))
