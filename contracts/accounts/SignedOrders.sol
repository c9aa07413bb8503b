// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Action} from "./AccountTypes.sol";
import {IAccountRegistry} from "./IAccountRegistry.sol";

/// @notice The order was signed for another chain.
error WrongChain(uint64 expected, uint64 given);
/// @notice The order is past its expiry.
error OrderExpired(uint64 expiry);
/// @notice An order must move at least one tonne.
error ZeroQuantity();

/**
 * @title SignedOrders
 * @notice What every module does with a signed order before it acts: chain, expiry, then status, number, signatures and
 * rights in `AccountRegistry`.
 */
abstract contract SignedOrders is EIP712 {
    IAccountRegistry public immutable ACCOUNTS;

    constructor(IAccountRegistry accounts) EIP712("Allowance Registry", "1") {
        ACCOUNTS = accounts;
    }

    /// @notice EIP-712 domain separator of this contract's orders.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /**
     * @dev Reverts unless the representatives of `account` signed the order and it may be carried out now.
     * @param structHash EIP-712 hash of the typed order.
     */
    function _authorize(
        uint64 chainId,
        uint64 account,
        Action action,
        bytes32 structHash,
        uint64 quantity,
        uint64 nonce,
        uint64 expiry,
        bytes calldata approvals
    ) internal {
        if (chainId != block.chainid) revert WrongChain(uint64(block.chainid), chainId);
        if (block.timestamp > expiry) revert OrderExpired(expiry);
        if (quantity == 0) revert ZeroQuantity();
        ACCOUNTS.authorize(account, action, _hashTypedDataV4(structHash), nonce, approvals);
    }
}
