// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {UnitLedger} from "./UnitLedger.sol";

/**
 * @title AllowanceToken
 * @notice Allowances (碳排放配额, CEA). The unit is the vintage: the year the allowance was allocated for.
 * @dev Issued by the allocation module only, which holds the right ISSUE and keeps the total within the plan.
 */
contract AllowanceToken is UnitLedger {
    event VintageOpened(uint64 indexed vintage);

    mapping(uint64 vintage => bool isOpen) public isVintage;

    constructor(address authority_, IAccountRegistry accounts) UnitLedger(authority_, accounts) {}

    /// @notice Opens a vintage for issue (rule A-17).
    /// @custom:access-control act of REGISTRY, checked by MINISTRY
    function openVintage(uint64 vintage) external restricted {
        if (vintage == 0 || isVintage[vintage]) revert UnitUnknown(vintage);
        isVintage[vintage] = true;
        _units.push(vintage);
        emit VintageOpened(vintage);
    }

    function _requireIssuable(uint64 unit, uint64) internal view override {
        if (!isVintage[unit]) revert UnitUnknown(unit);
    }
}
