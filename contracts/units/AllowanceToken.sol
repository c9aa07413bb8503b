// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {AccountAddress} from "./AccountAddress.sol";
import {IAllowanceToken} from "./IAllowanceToken.sol";
import {UnitLedger} from "./UnitLedger.sol";
import {Lock, ModuleRights} from "./UnitTypes.sol";

/**
 * @title AllowanceToken
 * @dev Documented in the interface. Issued by the allocation module only, which holds the right ISSUE and keeps the
 * total within the plan.
 */
contract AllowanceToken is UnitLedger, IAllowanceToken {
    using AccountAddress for uint64;

    mapping(uint64 vintage => bool isOpen) public isVintage;

    constructor(address authority_, IAccountRegistry accounts) UnitLedger(authority_, accounts) {}

    /// @inheritdoc IAllowanceToken
    function openVintage(uint64 vintage) external restricted {
        if (vintage == 0 || isVintage[vintage]) revert UnitUnknown(vintage);
        isVintage[vintage] = true;
        _units.push(vintage);
        emit VintageOpened(vintage);
    }

    /// @inheritdoc IAllowanceToken
    function convertLocked(uint256 lockId, uint64 toUnit) external returns (uint64 quantity) {
        Lock memory entry = _locks[lockId];
        _requireModule(ModuleRights.CONVERT | ModuleRights.lockRight(entry.kind));
        quantity = entry.quantity;
        if (quantity == 0) revert LockUnknown(lockId, 0, 0);
        if (toUnit <= entry.unit) revert ConversionInvalid(entry.unit, toUnit);
        _requireIssuable(toUnit, 0);
        if (_isAwaited(entry.account, entry.unit, entry.compartment)) revert UnitsAwaited(entry.account, entry.unit);

        // Announced before its two movements, which say nothing of each other.
        emit UnitsConverted(lockId, entry.account, entry.unit, toUnit, quantity);
        _useLock(lockId, quantity, Ground(0, 0));
        _totals[entry.unit].cancelled += quantity;
        _totals[toUnit].issued += quantity;
        _give(entry.account, toUnit, quantity, entry.compartment);

        address holder = entry.account.toAddress();
        emit TransferSingle(msg.sender, holder, address(0), entry.unit, quantity);
        emit TransferSingle(msg.sender, address(0), holder, toUnit, quantity);
    }

    /// @inheritdoc IAllowanceToken
    function isAwaited(uint256 lockId) external view returns (bool) {
        Lock storage entry = _locks[lockId];
        return _isAwaited(entry.account, entry.unit, entry.compartment);
    }

    function _requireIssuable(uint64 unit, uint64) internal view override {
        if (!isVintage[unit]) revert UnitUnknown(unit);
    }
}
