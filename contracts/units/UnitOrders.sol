// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;
// solhint-disable no-inline-assembly

import {hashWords} from "../accounts/StructHash.sol";

import {Compartment} from "./UnitTypes.sol";

/// @notice Order to move units from the registry compartment of `account` to that of `to`.
struct TransferOrder {
    uint64 chainId;
    uint64 account;
    uint64 to;
    uint64 unit;
    uint64 quantity;
    uint64 nonce;
    uint64 expiry;
}

/// @notice Order to move units between the two compartments of one account (划转, rule A-10).
struct RelocateOrder {
    uint64 chainId;
    uint64 account;
    uint64 unit;
    uint64 quantity;
    Compartment to;
    uint64 nonce;
    uint64 expiry;
}

/// @notice Order to cancel units for good (rules C-11, E-06). `reason` is a code of the cancellation reasons.
struct CancelOrder {
    uint64 chainId;
    uint64 account;
    uint64 unit;
    uint64 quantity;
    uint16 reason;
    bytes32 statement;
    uint64 nonce;
    uint64 expiry;
}

/// @title UnitOrders: EIP-712 hashes of the ledgers' orders.
library UnitOrders {
    bytes32 private constant TRANSFER = keccak256(
        "TransferOrder(uint64 chainId,uint64 account,uint64 to,uint64 unit,uint64 quantity,uint64 nonce,uint64 expiry)"
    );
    bytes32 private constant RELOCATE = keccak256(
        "RelocateOrder(uint64 chainId,uint64 account,uint64 unit,uint64 quantity,uint8 to,uint64 nonce,uint64 expiry)"
    );
    bytes32 private constant CANCEL = keccak256(
        "CancelOrder(uint64 chainId,uint64 account,uint64 unit,uint64 quantity,"
        "uint16 reason,bytes32 statement,uint64 nonce,uint64 expiry)"
    );

    function hash(TransferOrder calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return hashWords(TRANSFER, start, 7);
    }

    function hash(RelocateOrder calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return hashWords(RELOCATE, start, 7);
    }

    function hash(CancelOrder calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return hashWords(CANCEL, start, 8);
    }
}
