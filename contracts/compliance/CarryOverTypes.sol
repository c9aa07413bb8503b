// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;
// solhint-disable no-inline-assembly

import {hashWords} from "../accounts/StructHash.sol";

/**
 * @notice One carry-over (结转, rule C-10): which vintages become which. The law's numbers are data here.
 * @param vintageMin oldest vintage that is carried over.
 * @param vintageMax newest vintage that is carried over.
 * @param vintage vintage they become.
 * @param base tonnes every firm may carry; with `ratioBps` it is what the limits were computed with, for publication.
 * @param ratioBps multiple of net sales on top of it, in 1/10000.
 * @param cutOff second of the holding snapshot.
 */
struct CarryRound {
    uint16 vintageMin;
    uint16 vintageMax;
    uint16 vintage;
    uint64 base;
    uint32 ratioBps;
    uint40 cutOff;
}

/**
 * @notice One period of application. A round has as many as the notices name.
 * @param opensAt first second of application.
 * @param closesAt last second of application.
 * @param processBy last second by which its applications are to be decided.
 * @param isForReleased open only to firms that a court's freeze kept from applying before.
 */
struct CarryBatch {
    uint40 opensAt;
    uint40 closesAt;
    uint40 processBy;
    bool isForReleased;
}

/**
 * @notice The table of limits in force in a round, and its number of batches: one storage word.
 * @param version counts the tables approved; 0: none yet.
 * @param total sum of the limits, tonnes.
 */
struct LimitTable {
    uint32 version;
    uint32 rows;
    uint32 chunks;
    uint64 total;
    uint8 batches;
}

/**
 * @notice What one account may carry over in a round: one storage word.
 * @param tonnes most it may carry; counts only while `version` is that of the table in force.
 * @param used what waits and what was carried, tonnes.
 * @param isReleased admitted to the batches for released firms.
 */
struct CarryLimit {
    uint64 tonnes;
    uint64 used;
    uint32 version;
    bool isReleased;
}

/// @notice An application that waits, by the number of its lock; quantity 0 where none does.
struct CarryApplication {
    uint16 round;
    uint8 batch;
    uint64 quantity;
}

/// @notice Order to carry units of the account's registry compartment over into the vintage of a round.
struct CarryOrder {
    uint64 chainId;
    uint64 account;
    uint16 round;
    uint64 vintage;
    uint64 quantity;
    uint64 nonce;
    uint64 expiry;
}

/// @title CarryOrders: EIP-712 hash of the carry-over order.
library CarryOrders {
    bytes32 private constant CARRY = keccak256(
        "CarryOrder(uint64 chainId,uint64 account,uint16 round,uint64 vintage,uint64 quantity,uint64 nonce,uint64 expiry)"
    );

    function hash(CarryOrder calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return hashWords(CARRY, start, 7);
    }
}
