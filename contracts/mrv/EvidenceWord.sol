// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title EvidenceWord
 * @notice One storage word for the evidence of an account and year: what each month's newest version is, whether it was
 * late, and a hash over everything that was anchored.
 * @dev Bits 0-159 head of the chain; then eight bits a month, January first: six of version, one for "first version
 * late", one for "newest version late". The head after an anchoring is the first 20 bytes of
 * `keccak256(head before | leaf)`, the leaf `keccak256(abi.encode(month, version, root))`.
 */
library EvidenceWord {
    uint16 internal constant MAX_VERSION = 63;

    uint256 private constant HEAD = type(uint160).max;
    uint256 private constant FIRST_LATE = 64;
    uint256 private constant NEWEST_LATE = 128;

    function head(uint256 word) internal pure returns (bytes20) {
        return bytes20(uint160(word));
    }

    function version(uint256 word, uint8 month) internal pure returns (uint16) {
        return uint16((word >> _shift(month)) & MAX_VERSION);
    }

    function isLate(uint256 word, uint8 month) internal pure returns (bool) {
        return (word >> _shift(month)) & FIRST_LATE != 0;
    }

    function isNewestLate(uint256 word, uint8 month) internal pure returns (bool) {
        return (word >> _shift(month)) & NEWEST_LATE != 0;
    }

    /// @notice The word after one more version of a month.
    function next(uint256 word, uint8 month, bytes32 root, bool isLateNow) internal pure returns (uint256) {
        uint256 shift = _shift(month);
        uint16 newest = version(word, month) + 1;
        uint256 flags = newest == 1 && isLateNow ? FIRST_LATE : (word >> shift) & FIRST_LATE;
        if (isLateNow) flags |= NEWEST_LATE;
        bytes20 chain = step(head(word), leaf(month, newest, root));
        return (word & ~(HEAD | (uint256(255) << shift))) | uint160(chain) | ((newest | flags) << shift);
    }

    /**
     * @notice Whether `root` is the newest of its month.
     * @param trail the head before it was anchored (20 bytes, then zeros), then the leaves of what came after.
     */
    function isNewest(uint256 word, uint8 month, bytes32 root, bytes32[] calldata trail) internal pure returns (bool) {
        uint16 newest = version(word, month);
        if (newest == 0 || trail.length == 0) return false;
        bytes20 chain = step(bytes20(trail[0]), leaf(month, newest, root));
        for (uint256 i = 1; i < trail.length; ++i) {
            chain = step(chain, trail[i]);
        }
        return chain == head(word);
    }

    function leaf(uint8 month, uint16 version_, bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode(month, version_, root));
    }

    function step(bytes20 chain, bytes32 leaf_) internal pure returns (bytes20) {
        return bytes20(keccak256(abi.encodePacked(chain, leaf_)));
    }

    function _shift(uint8 month) private pure returns (uint256) {
        return 152 + 8 * uint256(month);
    }
}
