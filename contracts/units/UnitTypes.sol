// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice The two compartments of an account (rule A-10).
enum Compartment {
    REGISTRY,
    TRADING
}

/// @notice Why a quantity is locked (rule A-11).
enum LockKind {
    NONE,
    SURRENDER_PENDING,
    CARRYOVER_PENDING,
    CANCEL_PENDING,
    ORDER,
    PLEDGE,
    REPO,
    JUDICIAL,
    ADMIN,
    ENTRUSTED
}

/**
 * @notice What one account holds of one unit: one storage word.
 * @param registry free in the registry compartment, tonnes.
 * @param trading free in the trading compartment, tonnes.
 * @param locked sum of the active locks, tonnes. Held = registry + trading + locked.
 * @param epoch clearance epoch in which the account was last seen fully active; 0: never.
 */
struct Holding {
    uint64 registry;
    uint64 trading;
    uint64 locked;
    uint32 epoch;
}

/// @notice Totals of one unit. Held by all = issued - surrendered - cancelled.
struct Totals {
    uint64 issued;
    uint64 surrendered;
    uint64 cancelled;
}

/**
 * @notice A lock on a quantity of one unit (rules A-11, A-12).
 * @param quantity locked now, tonnes.
 * @param queued still waiting for units that another lock holds (轮候冻结), tonnes.
 * @param beneficiary account for whose sake it stands (pledgee, buyer, firm behind ENTRUSTED units), 0 for an authority.
 * @param expiry second after which anybody may release it; 0: stands until released.
 */
struct Lock {
    uint64 account;
    uint64 quantity;
    uint64 queued;
    uint64 beneficiary;
    uint64 unit;
    LockKind kind;
    Compartment compartment;
    uint64 expiry;
}

/// @title ModuleRights: what a module may do in a ledger, as bits; lock kinds follow from bit 8 on.
library ModuleRights {
    uint256 internal constant ISSUE = 1;
    uint256 internal constant RETIRE = 2;
    uint256 internal constant MOVE = 4;
    uint256 internal constant RESTORE = 8;
    uint256 internal constant RECLAIM = 16;
    uint256 internal constant CONVERT = 32;

    /// @notice Right to place, use and release locks of `kind`.
    function lockRight(LockKind kind) internal pure returns (uint256) {
        return 1 << (8 + uint256(kind));
    }
}
