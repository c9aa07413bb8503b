"""Monthly evidence (D-06): items, the tree over a month's items, and proofs that anybody can verify."""

from registry_sdk.evidence.errors import EvidenceError
from registry_sdk.evidence.items import Item, Month, decimal_text
from registry_sdk.evidence.proofs import ItemProof, leaf_entry, verify_item

__all__ = ["EvidenceError", "Item", "ItemProof", "Month", "decimal_text", "leaf_entry", "verify_item"]
