"""Objections for tests."""

from typing import Any

from support.world import World

from registry_sdk.carrier import accepted
from registry_sdk.cases import Objection, SignedObjection, objection_call
from registry_sdk.documents import Domain
from registry_sdk.signers import Signer


def objection(w: World, account: int, year: int, signer: Signer | None = None, **fields: Any) -> SignedObjection:
    """A signed objection to an allocation; missing fields get valid values."""
    chain = w.deployment.chain_id
    values = {"subject": 1, "target": "0x" + "00" * 32, "statement": "0x" + "44" * 32, "chainId": chain} | fields
    domain = Domain(chain_id=chain, contract=w.deployment.address("cases").lower())
    message = Objection(account=account, year=year, **values)
    return SignedObjection.sign(domain, message, signer or w.keys[account][0])


def file_objection(w: World, account: int, year: int, **fields: Any) -> bytes:
    """File an objection; its identifier."""
    signed = objection(w, account, year, **fields)
    accepted(w.carrier.carry([objection_call(w.deployment, signed)]))
    return signed.digest()
