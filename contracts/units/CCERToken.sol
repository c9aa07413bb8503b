// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {UnitLedger} from "./UnitLedger.sol";

/// @notice Class of a credit for rule C-06: recorded before 14 March 2017, or registered in the new system.
enum CreditClass {
    NONE,
    OLD,
    NEW
}

/**
 * @notice One registered reduction: one project, one monitoring period, one run of serial numbers (rule E-11).
 * @param project project number in the CCER registry.
 * @param size verified reductions, tonnes: the most that can be issued.
 * @param firstSerial number of the batch's first tonne; the last is firstSerial + size - 1.
 * @param isInsideETS the project lies inside the coverage of the allowance market: never usable for surrender.
 */
struct CreditBatch {
    uint64 project;
    uint64 size;
    uint64 firstSerial;
    CreditClass class;
    bool isInsideETS;
}

/**
 * @title CCERToken
 * @notice Certified emission reductions (核证自愿减排量, CCER). The unit is `project << 16 | monitoring period`.
 */
contract CCERToken is UnitLedger {
    event BatchRegistered(
        uint64 indexed unit,
        uint64 indexed project,
        uint64 size,
        uint64 firstSerial,
        CreditClass class,
        bool isInsideETS,
        string methodology,
        bytes32 reportHash
    );

    /// @notice The reductions of a batch are fewer than what would be issued.
    error BatchExceeded(uint64 unit, uint64 size, uint64 wanted);
    /// @notice A batch needs a project, a period, a class and a size, and is registered once.
    error BatchInvalid(uint64 unit);

    mapping(uint64 unit => CreditBatch batch) private _batches;
    uint64 private _nextSerial = 1;

    constructor(address authority_, IAccountRegistry accounts) UnitLedger(authority_, accounts) {}

    /// @notice Registers a verified reduction (rules E-04, E-05).
    /// @custom:access-control act of CCER_REGISTRAR, checked by CCER_REGISTRAR
    function registerBatch(
        uint64 unit,
        uint64 size,
        CreditClass class,
        bool isInsideETS,
        string calldata methodology,
        bytes32 reportHash
    ) external restricted {
        uint64 project = unit >> 16;
        bool isValid = project != 0 && uint16(unit) != 0 && size != 0 && class != CreditClass.NONE;
        if (!isValid || _batches[unit].size != 0) revert BatchInvalid(unit);

        _batches[unit] = CreditBatch(project, size, _nextSerial, class, isInsideETS);
        emit BatchRegistered(unit, project, size, _nextSerial, class, isInsideETS, methodology, reportHash);
        _nextSerial += size;
        _units.push(unit);
    }

    /// @notice Issues credits of a registered batch to holders. Rows are `account << 64 | quantity`.
    /// @custom:access-control act of CCER_REGISTRAR, checked by CCER_REGISTRAR
    function issueCredits(uint64 unit, uint256[] calldata rows) external restricted {
        _issue(unit, rows, _requireRunning());
    }

    /// @notice A registered batch; size 0 where there is none.
    function batchOf(uint64 unit) external view returns (CreditBatch memory) {
        return _batches[unit];
    }

    function _requireIssuable(uint64 unit, uint64 issuedAfter) internal view override {
        uint64 size = _batches[unit].size;
        if (size == 0) revert UnitUnknown(unit);
        if (issuedAfter > size) revert BatchExceeded(unit, size, issuedAfter);
    }
}
