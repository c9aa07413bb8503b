// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Roles: the officers' roles. Names and texts stand in `permissions.json`.
library Roles {
    /// @dev Held by DualControl alone: may call every function that is open to signed acts.
    uint64 internal constant SIGNED_ACTS = 1;
    /// @dev Held by contracts that check signatures of keys without an address of their own (ERC-7913).
    uint64 internal constant VERIFIER = 2;
    uint64 internal constant REGISTRY = 10;
    uint64 internal constant MINISTRY = 20;
    uint64 internal constant SUPERVISOR = 30;
    /// @dev Scoped: the role of one province is `PROVINCE | (province << 32)`.
    uint64 internal constant PROVINCE = 40;
    uint64 internal constant CCER_REGISTRAR = 50;
    uint64 internal constant GOVERNANCE = 60;
    uint64 internal constant MARKET_REGULATOR = 70;

    /// @notice The role an officer must hold when the act names `province` (rule A-01b: a province acts for itself).
    function scoped(uint64 role, uint8 province) internal pure returns (uint64) {
        return role == PROVINCE ? role | (uint64(province) << 32) : role;
    }
}
