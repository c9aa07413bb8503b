"""From a sealed month to a statement that a representative signs, after everything in it was looked at again."""

from dataclasses import dataclass

from oracles.evidence.facts import EvidenceFactsReader
from oracles.evidence.months import MonthStore, Version
from oracles.evidence.rules import judge_message, judge_signer
from oracles.refusals import OracleError, refuse
from registry_sdk.deployment import Deployment
from registry_sdk.documents import EvidenceMessage, SignedEvidence
from registry_sdk.evidence.duties import sector_name
from registry_sdk.evidence.proofs import ItemProof, month_root, prove_item, verify_item
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import Signer


@dataclass(frozen=True)
class EvidenceSigning:
    """A representative's desk: its own copy of the items, its own look at the chain."""

    rpc: RpcClient
    deployment: Deployment
    store: MonthStore

    def sign(self, version: Version, signer: Signer) -> SignedEvidence:
        """The statement of a sealed version, signed.

        Raises:
            OracleError: MonthNotSealed, SealBroken, SectorDiffers, or the contract's rule that would refuse it.
            RpcError, RpcTransportError: the chain cannot say.
        """
        root, items = self.check_seal(version)
        name = "0x" + signer.signer.hex()
        account = version.month.account
        facts = EvidenceFactsReader(self.rpc, self.deployment).read([version.month], [(account, name)])
        newest = facts.newest(version.month)
        message = EvidenceMessage(
            chainId=facts.chain_id,
            anchors=facts.contract,
            account=account,
            year=version.month.year,
            month=version.month.month,
            version=version.version,
            items=items,
            root="0x" + root.hex(),
            previous="0x" + (newest.root if newest else bytes(32)).hex(),
        )
        sector = sector_name(facts.firms[account].sector)
        if refused := judge_message(message, facts) or judge_signer(account, name, facts):
            raise OracleError(refused)
        if sector != version.sector:
            raise refuse("SectorDiffers", given=version.sector, expected=sector or str(facts.firms[account].sector))
        return SignedEvidence.sign(message, signer)

    def check_seal(self, version: Version) -> tuple[bytes, int]:
        """Root and number of items, computed again. Raises OracleError MonthNotSealed, SealBroken."""
        if version.root is None:
            raise refuse("MonthNotSealed", **version.names)
        root, items = month_root((filed.item for filed in self.store.items(version)), version.month)
        if (root, items) != (version.root, version.items):
            raise _broken(version, root)
        return root, items


def prove(store: MonthStore, version: Version, kind: str) -> ItemProof:
    """Proof of one item of a sealed version. Raises OracleError MonthNotSealed, ItemUnknown, SealBroken."""
    if version.items is None or version.root is None:
        raise refuse("MonthNotSealed", **version.names)
    filed, position = store.item(version, kind)
    items = (each.item for each in store.items(version))
    try:
        proof = prove_item(items, version.month, position, version.items)
    except ValueError:
        proof = None
    if proof is None or not verify_item(filed.item, proof, version.root):
        root, _ = month_root((each.item for each in store.items(version)), version.month)
        raise _broken(version, root)
    return proof


def _broken(version: Version, found: bytes) -> OracleError:
    sealed = "0x" + (version.root or b"").hex()
    return refuse("SealBroken", version=version.version, found="0x" + found.hex(), sealed=sealed)
