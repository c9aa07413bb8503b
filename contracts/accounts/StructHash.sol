// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;
// solhint-disable no-inline-assembly

/**
 * @dev EIP-712 hash of a struct of static fields that lies in calldata: the same bytes that `abi.encode` would make,
 * without its copy field by field.
 * WARNING: use it only where every field is read later as well, since reading is what refuses dirty high bits.
 * @param typehash EIP-712 type hash.
 * @param start calldata position of the struct.
 * @param words number of its fields.
 */
function hashWords(bytes32 typehash, uint256 start, uint256 words) pure returns (bytes32 digest) {
    assembly ("memory-safe") {
        let free := mload(0x40)
        mstore(free, typehash)
        calldatacopy(add(free, 0x20), start, mul(words, 0x20))
        digest := keccak256(free, add(mul(words, 0x20), 0x20))
    }
}
