// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {DebtCause, DebtWindow, Entitlement, TableKind} from "./AllocationTypes.sol";

/**
 * @title IEntitlements
 * @notice What each account is entitled to and what it owes (rules B-06a, B-08, B-09, B-16). A row of a table gives the
 * allocation F that is now determined, in place of the one before. With `due = debt + deducted`:
 *
 *   deducted' = min(due, F)      debt' = due - deducted'      issued' = F - deducted'
 *
 * If issued' is above what was issued the difference is issued; else the difference is taken back from what is free,
 * and what is not free is added to the debt, which the next row settles first.
 *
 * Invariants, per account: issued = determined - deducted in each year; what was issued less what was taken back is
 * the sum of `issued` and of what could not be taken back; debt + deducted is the sum of the debts recorded and of what
 * could not be taken back, less the debts cancelled. So neither the order of rows of different years nor a repetition
 * creates or loses a tonne.
 */
interface IEntitlements {
    event AllocationDetermined(
        uint64 indexed account,
        uint16 indexed year,
        uint64 determined,
        uint64 deducted,
        uint64 issued,
        uint64 debt
    );
    event UnitsEntrusted(uint64 indexed account, uint16 indexed year, uint256 indexed lockId);
    event DebtRecorded(uint64 indexed account, DebtCause cause, uint64 tonnes, uint16 reason, bytes32 paper);
    event DebtCancelled(uint64 indexed account, uint64 tonnes, uint16 reason, bytes32 paper);
    event DebtWindowSet(DebtCause indexed cause, uint40 opensAt, uint40 closesAt);
    event ProvinceAccountSet(uint8 indexed province, uint64 account);
    event DifferentiatedSet(
        uint64 indexed account,
        uint16 indexed year,
        bool isDifferentiated,
        uint16 reason,
        bytes32 paper
    );

    /// @notice The account is no key emitter of this province (and, in a table, of its sector).
    error NotOfTheTable(uint64 account, uint8 province, uint8 sector);
    /// @notice A pre-allocation comes before any other determination, once.
    error PreAllocationTooLate(uint64 account, uint16 year, TableKind stage);
    /// @notice The final allocation was determined already.
    error FinalKnown(uint64 account, uint16 year);
    /// @notice Nothing can be recalculated before the final allocation.
    error RecalculationTooEarly(uint64 account, uint16 year, TableKind stage);
    /// @notice The account stands twice in the table, or a later table determined its allocation.
    error RowSuperseded(uint64 account, uint16 year, uint32 table);
    /// @notice The firm gets nothing before final issue.
    error Differentiated(uint64 account, uint16 year);
    /// @notice Differentiated issue is decided before the final allocation.
    error DifferentiatedTooLate(uint64 account, uint16 year, TableKind stage);
    /// @notice The province has no account yet, or this is no account of a province's kind in this province.
    error ProvinceAccountInvalid(uint8 province, uint64 account);
    /// @notice Debts of this cause cannot be recorded now.
    error DebtCauseClosed(DebtCause cause, uint40 opensAt, uint40 closesAt);
    /// @notice No tonnes, or more than is owed, or more than can be recorded.
    error DebtInvalid(uint64 account, uint64 debt, uint64 tonnes);

    /// @notice Names the account that holds the allowances of differentiated firms (rules A-17, B-09).
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function setProvinceAccount(uint8 province, uint64 account) external;

    /// @notice Decides which firms get their allowances through the province's account in a year (rule B-09).
    /// @custom:access-control act of PROVINCE of `province` (first argument), checked by REGISTRY
    function setDifferentiated(
        uint8 province,
        uint16 year,
        uint64[] calldata accounts,
        bool isDifferentiated,
        Ground calldata ground
    ) external;

    /// @notice Sets when debts of a cause may be recorded; the law that allows a deduction may end.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setDebtWindow(DebtCause cause, DebtWindow calldata window) external;

    /// @notice Records a debt that the next issue settles (rule B-08).
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function recordDebt(
        uint8 province,
        uint64 account,
        DebtCause cause,
        uint64 tonnes,
        Ground calldata ground
    ) external;

    /// @notice Cancels (part of) a debt that is still open.
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function cancelDebt(uint8 province, uint64 account, uint64 tonnes, Ground calldata ground) external;

    /// @notice Entitlement of an account for a year; stage NONE where nothing was determined.
    function entitlementOf(uint64 account, uint16 year) external view returns (Entitlement memory);

    /// @notice Tonnes an account owes, to be settled from its next issue.
    function debtOf(uint64 account) external view returns (uint64);

    /// @notice Locks in the province's account that hold a differentiated firm's allowances, oldest first.
    function entrustedLocks(uint64 account, uint16 year) external view returns (uint256[] memory);

    /// @notice When debts of a cause may be recorded.
    function debtWindow(DebtCause cause) external view returns (DebtWindow memory);

    /// @notice Account of a province; 0 where none was named.
    function provinceAccountOf(uint8 province) external view returns (uint64);
}
