// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;
// solhint-disable no-inline-assembly

import {Account, AccountStatus} from "./AccountTypes.sol";

/**
 * @title AccountWord
 * @notice One read and one write of an account's storage word, for the check that every order goes through.
 * @dev Layout of `Account`: status in bits 0-7, kind 8-15, sector 16-23, province 24-31, approvals 32-39, seats 40-47,
 * epoch 48-79, nonce 80-143; a test compares the two.
 */
library AccountWord {
    uint256 private constant EPOCH = uint256(type(uint32).max) << 48;

    function load(Account storage account) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(account.slot)
        }
    }

    function store(Account storage account, uint256 word) internal {
        assembly ("memory-safe") {
            sstore(account.slot, word)
        }
    }

    function status(uint256 word) internal pure returns (AccountStatus) {
        return AccountStatus(uint8(word));
    }

    function sector(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 16);
    }

    function province(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 24);
    }

    function approvals(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 32);
    }

    function epoch(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 48);
    }

    function nonce(uint256 word) internal pure returns (uint64) {
        return uint64(word >> 80);
    }

    function withEpoch(uint256 word, uint32 value) internal pure returns (uint256) {
        return (word & ~EPOCH) | (uint256(value) << 48);
    }

    /// @dev The word with the next order number; 2^64 orders of one account are out of reach.
    function withNextNonce(uint256 word) internal pure returns (uint256) {
        unchecked {
            return word + (1 << 80);
        }
    }
}
