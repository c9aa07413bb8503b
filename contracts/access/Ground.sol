// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @notice Why a privileged act was done: a reason code and the hash of the paper that orders it.
 * @param reason code of the reason catalogue; 0 is refused.
 * @param paper hash of the document on file (court order, notice, approval).
 */
struct Ground {
    uint16 reason;
    bytes32 paper;
}

/// @notice An act against a holder needs a reason code and a document hash.
error GroundMissing();

/// @dev Refuses an act without a reason or without a paper.
function requireGround(Ground calldata ground) pure {
    if (ground.reason == 0 || ground.paper == bytes32(0)) revert GroundMissing();
}
