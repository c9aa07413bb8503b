"""Where the checkout keeps what is not Python: contracts, the Solidity toolchain, built artifacts."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
CONTRACTS = ROOT / "contracts"
NODE_MODULES = ROOT / "node_modules"
ARTIFACTS = PACKAGE / "artifacts"
ANVIL = NODE_MODULES / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
