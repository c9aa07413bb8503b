// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;
// solhint-disable no-inline-assembly

import {Holding} from "./UnitTypes.sol";

/**
 * @title HoldingWord
 * @notice One read and one write of a holding's storage word, for the paths that run a thousand times a day.
 * @dev The compiler reads and writes packed fields one by one, about 300 gas more a movement. The layout is that of
 * `Holding`: registry in bits 0-63, trading 64-127, locked 128-191, epoch 192-223; a test compares the two.
 */
library HoldingWord {
    uint256 private constant QUANTITY = type(uint64).max;

    function load(Holding storage holding) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(holding.slot)
        }
    }

    function store(Holding storage holding, uint256 word) internal {
        assembly ("memory-safe") {
            sstore(holding.slot, word)
        }
    }

    function registry(uint256 word) internal pure returns (uint64) {
        return uint64(word);
    }

    function epoch(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 192);
    }

    function withRegistry(uint256 word, uint64 quantity) internal pure returns (uint256) {
        return (word & ~QUANTITY) | quantity;
    }

    function withEpoch(uint256 word, uint32 value) internal pure returns (uint256) {
        return (word & ~(uint256(type(uint32).max) << 192)) | (uint256(value) << 192);
    }
}
