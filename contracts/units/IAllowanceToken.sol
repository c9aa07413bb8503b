// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IUnitLedger} from "./IUnitLedger.sol";

/**
 * @title IAllowanceToken
 * @notice Allowances (碳排放配额, CEA). The unit is the vintage: the year the allowance was allocated for.
 *
 * Invariant: a conversion changes the vintage of tonnes and nothing else; over all vintages, issued less cancelled is the
 * same before and after.
 */
interface IAllowanceToken is IUnitLedger {
    event VintageOpened(uint64 indexed vintage);
    event UnitsConverted(
        uint256 indexed lockId,
        uint64 indexed account,
        uint64 indexed unit,
        uint64 toUnit,
        uint64 quantity
    );

    /// @notice Allowances are carried over into a later vintage only.
    error ConversionInvalid(uint64 unit, uint64 toUnit);
    /// @notice A court's or authority's lock waits for these units: they cannot be turned into others.
    error UnitsAwaited(uint64 account, uint64 unit);

    /// @notice Opens a vintage for issue (rule A-17).
    /// @custom:access-control act of REGISTRY, checked by MINISTRY
    function openVintage(uint64 vintage) external;

    /// @notice Turns all units of a lock into free units of a later open vintage, in the same account and compartment
    /// (rule C-10): the old ones count as cancelled, the new ones as issued. Refused while a lock waits for the old ones.
    /// @custom:access-control module with the lock kind's right and CONVERT
    /// @return quantity tonnes converted.
    function convertLocked(uint256 lockId, uint64 toUnit) external returns (uint64 quantity);

    /// @notice Whether a lock waits in the queue for units of this lock's account, unit and compartment.
    function isAwaited(uint256 lockId) external view returns (bool);

    /// @notice Whether the vintage is open.
    function isVintage(uint64 vintage) external view returns (bool);
}
