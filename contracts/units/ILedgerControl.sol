// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title ILedgerControl: what `AccountRegistry` tells and asks every unit ledger.
interface ILedgerControl {
    /// @notice Takes over the emergency stop and the clearance epoch. Account registry only.
    function syncControl(bool isStopped, uint32 epoch) external;

    /// @notice Units of every kind that an account holds, locked ones included.
    function unitsHeld(uint64 account) external view returns (uint256);
}
