// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title OrderRelay
 * @notice Carries many signed orders, acts and reports in one transaction. It holds no role and no unit: what it
 * carries is valid by its signatures or not at all, so anyone may use it or run another one.
 * @dev One refused call does not stop the others; the reason is in the event.
 */
contract OrderRelay {
    struct Call {
        address target;
        bytes data;
    }

    event CallRefused(uint256 indexed index, address indexed target, bytes reason);

    /// @notice Makes the calls in their order and returns how many were accepted.
    function relay(Call[] calldata calls) external returns (uint256 accepted) {
        for (uint256 i = 0; i < calls.length; ++i) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory reason) = calls[i].target.call(calls[i].data);
            if (success) ++accepted;
            else emit CallRefused(i, calls[i].target, reason);
        }
    }
}
