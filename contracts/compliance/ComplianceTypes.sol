// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;
// solhint-disable no-inline-assembly

import {hashWords} from "../accounts/StructHash.sol";

/**
 * @notice Dated rules of one compliance year. The law's numbers are data here, never literals in code.
 * @param deadline last second of surrender (rule C-01).
 * @param vintageMin oldest vintage that pays this year (rule C-03).
 * @param vintageMax newest vintage that pays this year (rule C-03).
 * @param offsetCapBps share of the obligation that credits may pay, in 1/10000 (rule C-05).
 * @param creditClasses credit classes that count, bit per `CreditClass` (rule C-06).
 * @param oldCreditUntil last second at which OLD credits count (rule C-06).
 * @param runningFrom 0: the year stands for itself (rule C-02). Else status compares running totals from this year on,
 * and more than the year's own obligation may be surrendered - as markets with multi-year phases do.
 * @param isReviewed the province checks each surrender before the units are retired (rule C-04).
 * @param reversibleUntil last second at which a surrender can be reversed by two officers.
 * @param arrearsMin oldest vintage that pays what is still owed after the deadline (rule C-03, arrears).
 * @param arrearsMax newest such vintage; 0: the same vintages as before the deadline.
 */
struct YearRules {
    uint40 deadline;
    uint16 vintageMin;
    uint16 vintageMax;
    uint16 offsetCapBps;
    uint8 creditClasses;
    uint40 oldCreditUntil;
    uint16 runningFrom;
    bool isReviewed;
    uint40 reversibleUntil;
    uint16 arrearsMin;
    uint16 arrearsMax;
}

/// @notice Where an entity stands in a year.
enum ComplianceStatus {
    NOT_REPORTED,
    OPEN,
    COMPLETE,
    SHORT
}

/**
 * @notice Position of one entity in one year: one storage word.
 * @param obligation verified emissions, tonnes (rule C-02).
 * @param surrendered allowances retired for it, tonnes.
 * @param offset credits retired for it, tonnes.
 * @param pending allowances locked and waiting for the province, tonnes.
 * @param frozen status at the deadline; NOT_REPORTED with `isFrozen` false until then.
 */
struct Position {
    uint64 obligation;
    uint64 surrendered;
    uint48 offset;
    uint48 pending;
    bool isReported;
    bool isFrozen;
    ComplianceStatus frozen;
}

/**
 * @notice What one account surrendered of one vintage for an obligation: what a reversal may give back to it, and how.
 * @param ordered by its signed order, its own obligation or help (rule C-07), tonnes.
 * @param entrusted by the registry out of units the account holds for the firm (rule C-09), tonnes.
 */
struct Payment {
    uint64 ordered;
    uint64 entrusted;
}

/**
 * @notice Certificate of compliance (履约证明, rule C-04).
 * @param number counts from 1 over all accounts and years; 0: none stands.
 * @param digest first half of the digest that `Certified` shows whole.
 */
struct Certificate {
    uint64 number;
    uint40 issuedAt;
    bytes16 digest;
}

/**
 * @notice Order to surrender allowances.
 * @param beneficiary whose obligation is paid: the account itself, or another firm it helps (rule C-07).
 */
struct SurrenderOrder {
    uint64 chainId;
    uint64 account;
    uint64 beneficiary;
    uint16 year;
    uint64 vintage;
    uint64 quantity;
    uint64 nonce;
    uint64 expiry;
}

/// @notice Order to use credits against the account's own obligation (rule C-06a).
struct OffsetOrder {
    uint64 chainId;
    uint64 account;
    uint16 year;
    uint64 unit;
    uint64 quantity;
    uint64 nonce;
    uint64 expiry;
}

/// @title ComplianceOrders: EIP-712 hashes of the compliance orders.
library ComplianceOrders {
    bytes32 private constant SURRENDER = keccak256(
        "SurrenderOrder(uint64 chainId,uint64 account,uint64 beneficiary,uint16 year,uint64 vintage,"
        "uint64 quantity,uint64 nonce,uint64 expiry)"
    );
    bytes32 private constant OFFSET = keccak256(
        "OffsetOrder(uint64 chainId,uint64 account,uint16 year,uint64 unit,uint64 quantity,uint64 nonce,uint64 expiry)"
    );

    function hash(SurrenderOrder calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return hashWords(SURRENDER, start, 8);
    }

    function hash(OffsetOrder calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return hashWords(OFFSET, start, 7);
    }
}
