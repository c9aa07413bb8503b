// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {AccountAddress} from "./AccountAddress.sol";
import {ILedgerControl} from "./ILedgerControl.sol";
import {IUnitLedger} from "./IUnitLedger.sol";
import {Compartment, Holding, Lock, Totals} from "./UnitTypes.sol";

/// @title LedgerState: storage, reads and the ERC-1155 face of a unit ledger.
abstract contract LedgerState is IUnitLedger, ILedgerControl, IERC1155, AccessManaged {
    using AccountAddress for address;

    uint256 private constant CONTROL_BITS = 40;

    mapping(uint64 account => mapping(uint64 unit => Holding holding)) internal _holdings;
    mapping(uint64 unit => Totals totals) internal _totals;
    mapping(uint256 lockId => Lock record) internal _locks;
    /// @dev Rights from bit 40 on; below them a copy of `_control`: one read tells a module call all it needs.
    mapping(address module => uint256 word) private _modules;
    address[] private _moduleList;
    uint64[] internal _units;
    uint256 public lockCount;
    /// @dev Bit 0: running; clearance epoch in bits 8-39: one read on every movement. A ledger that the account
    /// registry never spoke to does not run.
    uint256 private _control;

    /* READS */

    /// @inheritdoc IUnitLedger
    function holdingOf(uint64 account, uint64 unit) external view returns (Holding memory) {
        return _holdings[account][unit];
    }

    /// @inheritdoc IUnitLedger
    function totalsOf(uint64 unit) external view returns (Totals memory) {
        return _totals[unit];
    }

    /// @inheritdoc IUnitLedger
    function lockOf(uint256 lockId) external view returns (Lock memory) {
        return _locks[lockId];
    }

    /// @notice Rights of a module, see `ModuleRights`.
    function moduleRights(address module) external view returns (uint256) {
        return _modules[module] >> CONTROL_BITS;
    }

    /// @notice Every unit opened so far, oldest first.
    function units() external view returns (uint64[] memory) {
        return _units;
    }

    /// @inheritdoc ILedgerControl
    function unitsHeld(uint64 account) external view returns (uint256 held) {
        for (uint256 i = 0; i < _units.length; ++i) {
            held += _heldOf(account, _units[i]);
        }
    }

    /* ERC-1155 */

    function balanceOf(address holder, uint256 id) public view returns (uint256) {
        return id > type(uint64).max ? 0 : _heldOf(holder.toNumber(), uint64(id));
    }

    function balanceOfBatch(
        address[] calldata holders,
        uint256[] calldata ids
    ) external view returns (uint256[] memory balances) {
        balances = new uint256[](holders.length);
        for (uint256 i = 0; i < holders.length; ++i) {
            balances[i] = balanceOf(holders[i], ids[i]);
        }
    }

    /// @dev Always reverts: units move by signed orders.
    function safeTransferFrom(address, address, uint256, uint256, bytes calldata) external pure {
        revert MoveNeedsOrder();
    }

    /// @dev Always reverts: units move by signed orders.
    function safeBatchTransferFrom(
        address,
        address,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external pure {
        revert MoveNeedsOrder();
    }

    /// @dev Always reverts: nobody operates for an account but its representatives.
    function setApprovalForAll(address, bool) external pure {
        revert MoveNeedsOrder();
    }

    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC1155).interfaceId;
    }

    /* SHARED CHECKS AND STEPS */

    /// @return word of the calling module.
    function _requireRight(uint256 right) internal view returns (uint256 word) {
        word = _modules[msg.sender];
        if ((word >> CONTROL_BITS) & right != right) revert ModuleLacksRight(msg.sender, right);
    }

    /// @dev Reverts unless the caller has the right and the ledger runs.
    function _requireModule(uint256 right) internal view returns (uint32 epoch) {
        return _requireBit(_requireRight(right));
    }

    function _requireRunning() internal view returns (uint32 epoch) {
        return _requireBit(_control);
    }

    function _requireBit(uint256 word) private pure returns (uint32 epoch) {
        if (word & 1 == 0) revert Stopped();
        return uint32(word >> 8);
    }

    function _setControl(bool isStopped, uint32 epoch) internal {
        uint256 control = (uint256(epoch) << 8) | (isStopped ? 0 : 1);
        _control = control;
        for (uint256 i = 0; i < _moduleList.length; ++i) {
            uint256 word = _modules[_moduleList[i]];
            _modules[_moduleList[i]] = ((word >> CONTROL_BITS) << CONTROL_BITS) | control;
        }
    }

    /// @dev A module stays listed when it loses its rights, and is listed once.
    function _setModule(address module, uint256 rights) internal {
        bool isListed = false;
        for (uint256 i = 0; i < _moduleList.length; ++i) {
            isListed = isListed || _moduleList[i] == module;
        }
        if (!isListed) _moduleList.push(module);
        _modules[module] = (rights << CONTROL_BITS) | _control;
    }

    function _heldOf(uint64 account, uint64 unit) internal view returns (uint256) {
        Holding memory h = _holdings[account][unit];
        return uint256(h.registry) + h.trading + h.locked;
    }

    function _freeIn(uint64 account, uint64 unit, Compartment compartment) internal view returns (uint64) {
        Holding storage h = _holdings[account][unit];
        return compartment == Compartment.REGISTRY ? h.registry : h.trading;
    }

    /// @dev Takes free units out of a compartment.
    function _take(uint64 account, uint64 unit, uint64 quantity, Compartment compartment) internal {
        uint64 free = _freeIn(account, unit, compartment);
        if (free < quantity) revert OverBalance(account, unit, free, quantity);
        Holding storage h = _holdings[account][unit];
        if (compartment == Compartment.REGISTRY) h.registry = free - quantity;
        else h.trading = free - quantity;
    }

    /// @dev Puts free units into a compartment.
    function _give(uint64 account, uint64 unit, uint64 quantity, Compartment compartment) internal {
        Holding storage h = _holdings[account][unit];
        if (compartment == Compartment.REGISTRY) h.registry += quantity;
        else h.trading += quantity;
    }
}
