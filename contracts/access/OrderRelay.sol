// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title OrderRelay
 * @notice Carries many signed orders, acts and reports in one transaction. It holds no role and no unit: what it
 * carries is valid by its signatures or not at all, so anyone may use it or run another one.
 * @dev One refused call does not stop the others; the reason is in the event. Calls travel packed, one after another:
 * `address target | uint24 length of data | data`. As an ABI array each would cost some 800 gas more.
 */
contract OrderRelay {
    event CallRefused(uint256 indexed index, address indexed target, bytes reason);

    /// @notice A call failed with hardly any gas left: it may be valid, so nothing of the transaction counts.
    error GasExhausted(uint256 index);
    /// @notice The packed calls end in the middle of one.
    error CallsMalformed(uint256 position);

    /// @notice Makes the calls in their order and returns how many were accepted.
    function relay(bytes calldata packed) external returns (uint256 accepted) {
        uint256 index = 0;
        for (uint256 at = 0; at < packed.length; ++index) {
            if (packed.length < at + 23) revert CallsMalformed(at);
            address target = address(bytes20(packed[at:at + 20]));
            uint256 end = at + 23 + uint24(bytes3(packed[at + 20:at + 23]));
            if (packed.length < end) revert CallsMalformed(at);
            uint256 available = gasleft();
            // solhint-disable-next-line avoid-low-level-calls
            (bool isAccepted, bytes memory reason) = target.call(packed[at + 23:end]);
            if (isAccepted) {
                ++accepted;
            } else {
                // Each frame keeps 1/64 when its callee runs out of gas; a call of ours is five frames deep at most.
                if (gasleft() < available / 12) revert GasExhausted(index);
                emit CallRefused(index, target, reason);
            }
            at = end;
        }
    }
}
