// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title AccountAddress
 * @notice The ERC-1155 face of an account number: the twelve letters "CEA-REGISTRY" followed by the number. Nobody has
 * a key for such an address and nothing would follow from having one: units move by signed orders only.
 */
library AccountAddress {
    uint160 private constant PREFIX = uint160(uint96(bytes12("CEA-REGISTRY"))) << 64;

    function toAddress(uint64 account) internal pure returns (address) {
        return address(PREFIX | uint160(account));
    }

    /// @return account the number, or 0 where the address is not an account's.
    function toNumber(address holder) internal pure returns (uint64 account) {
        uint160 value = uint160(holder);
        if (value >> 64 == PREFIX >> 64) account = uint64(value);
    }
}
