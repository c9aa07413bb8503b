// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice State of an account (rule A-09). Graded: RESTRICTED and FROZEN_IN still surrender.
enum AccountStatus {
    NONE,
    ACTIVE,
    RESTRICTED,
    FROZEN_IN,
    FROZEN_OUT,
    FROZEN_ALL,
    CLOSING,
    CLOSED
}

/// @notice What a participant is (rules A-01, A-02).
enum AccountKind {
    NONE,
    KEY_EMITTER,
    PROVINCE,
    FINANCIAL,
    OTHER_INSTITUTION,
    NATURAL_PERSON,
    PROJECT_OWNER,
    MARKET,
    RESERVE
}

/// @notice What an order does with an account; the status table below says which of them a status allows.
enum Action {
    TRANSFER,
    RECEIVE,
    RELOCATE,
    SURRENDER,
    OFFSET,
    CANCEL,
    ISSUE
}

/**
 * @notice One account, one storage word: what every order needs.
 * @param epoch last clearance epoch in which no class freeze hit this account.
 * @param nonce number of the next order.
 */
struct Account {
    AccountStatus status;
    AccountKind kind;
    uint8 sector;
    uint8 province;
    uint8 approvals;
    uint8 seats;
    uint32 epoch;
    uint64 nonce;
}

/// @notice A representative: ERC-7913 signer and rights (see `Rights`).
struct Seat {
    bytes signer;
    uint8 rights;
}

/**
 * @notice An account to open.
 * @param number account number, never 0, never reused.
 * @param approvals 1 or 2 representatives must sign an order.
 * @param kycHash hash of the opening papers (rule A-08); kept in the event.
 */
struct Opening {
    uint64 number;
    AccountKind kind;
    uint8 sector;
    uint8 province;
    uint8 approvals;
    bytes32 kycHash;
    Seat[] seats;
}

/// @title Rights: what a representative may do. Bits, so one person may hold several.
library Rights {
    uint8 internal constant INITIATE = 1;
    uint8 internal constant APPROVE = 2;
    uint8 internal constant SURRENDER_ONLY = 4;
    uint8 internal constant ALL = 7;
}

/// @title StatusTable: which actions a status allows (rule A-09), one bit per action.
library StatusTable {
    uint256 internal constant TRANSFER = 1 << uint256(Action.TRANSFER);
    uint256 internal constant RECEIVE = 1 << uint256(Action.RECEIVE);
    uint256 internal constant RELOCATE = 1 << uint256(Action.RELOCATE);
    uint256 internal constant SURRENDER = 1 << uint256(Action.SURRENDER);
    uint256 internal constant OFFSET = 1 << uint256(Action.OFFSET);
    uint256 internal constant CANCEL = 1 << uint256(Action.CANCEL);
    uint256 internal constant ISSUE = 1 << uint256(Action.ISSUE);

    uint256 internal constant ALL = TRANSFER | RECEIVE | RELOCATE | SURRENDER | OFFSET | CANCEL | ISSUE;
    /// @dev A restricted emitter still gets its allocation, buys what it lacks and surrenders.
    uint256 internal constant COMPLIANCE_ONLY = RECEIVE | RELOCATE | SURRENDER | OFFSET | ISSUE;

    /// @notice Actions that `status` allows.
    function allowed(AccountStatus status) internal pure returns (uint256) {
        if (status == AccountStatus.ACTIVE) return ALL;
        if (status == AccountStatus.RESTRICTED) return COMPLIANCE_ONLY;
        if (status == AccountStatus.FROZEN_IN) return ALL & ~RECEIVE;
        if (status == AccountStatus.FROZEN_OUT) return RECEIVE | ISSUE;
        if (status == AccountStatus.CLOSING) return TRANSFER | RELOCATE | SURRENDER | OFFSET | CANCEL;
        return 0;
    }
}
