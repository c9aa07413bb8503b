// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {AccountStatus, Action, StatusTable} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {SignedOrders} from "../accounts/SignedOrders.sol";
import {AccountAddress} from "./AccountAddress.sol";
import {HoldingWord} from "./HoldingWord.sol";
import {ILedgerControl} from "./ILedgerControl.sol";
import {IUnitLedger} from "./IUnitLedger.sol";
import {CancelOrder, RelocateOrder, TransferOrder, UnitOrders} from "./UnitOrders.sol";
import {UnitLocks} from "./UnitLocks.sol";
import {Compartment, Holding, Lock, LockKind, ModuleRights} from "./UnitTypes.sol";

/// @title UnitLedger
/// @dev Documented in the interface.
abstract contract UnitLedger is UnitLocks, SignedOrders {
    using AccountAddress for uint64;
    using HoldingWord for Holding;
    using HoldingWord for uint256;
    using UnitOrders for TransferOrder;
    using UnitOrders for RelocateOrder;
    using UnitOrders for CancelOrder;

    uint256 private constant AUTHORITY_LOCKS = (1 << uint256(LockKind.JUDICIAL)) | (1 << uint256(LockKind.ADMIN));

    constructor(address authority_, IAccountRegistry accounts) AccessManaged(authority_) SignedOrders(accounts) {}

    /* SIGNED ORDERS */

    /// @inheritdoc IUnitLedger
    function transfer(TransferOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.TRANSFER, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        uint32 epoch = _requireRunning();

        _spend(o.account, o.unit, o.quantity);
        _receive(o.account, o.to, o.unit, o.quantity, epoch);
    }

    /// @inheritdoc IUnitLedger
    function relocate(RelocateOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.RELOCATE, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        _requireRunning();

        Compartment from = o.to == Compartment.REGISTRY ? Compartment.TRADING : Compartment.REGISTRY;
        _take(o.account, o.unit, o.quantity, from);
        _give(o.account, o.unit, o.quantity, o.to);

        emit UnitsRelocated(o.account, o.unit, o.quantity, o.to);
    }

    /// @inheritdoc IUnitLedger
    function cancel(CancelOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.CANCEL, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        _requireRunning();

        _spend(o.account, o.unit, o.quantity);
        _totals[o.unit].cancelled += o.quantity;

        emit TransferSingle(msg.sender, o.account.toAddress(), address(0), o.unit, o.quantity);
        emit UnitsCancelled(o.account, o.unit, o.quantity, o.reason, o.statement);
    }

    /* MODULES */

    /// @inheritdoc IUnitLedger
    function moveByModule(uint64 from, uint64 to, uint64 unit, uint64 quantity) external {
        uint32 epoch = _requireModule(ModuleRights.MOVE);

        _spendCleared(from, unit, quantity, epoch);
        _receive(from, to, unit, quantity, epoch);
    }

    /// @inheritdoc IUnitLedger
    function issue(uint64 unit, uint256[] calldata rows) external returns (uint64 total) {
        return _issue(unit, rows, _requireModule(ModuleRights.ISSUE));
    }

    /// @inheritdoc IUnitLedger
    function retire(uint64 account, uint64 unit, uint64 quantity) external {
        _requireModule(ModuleRights.RETIRE);

        _spend(account, unit, quantity);
        _countSurrender(account, unit, quantity);
    }

    /// @inheritdoc IUnitLedger
    function retireLocked(uint256 lockId, uint64 quantity) external {
        Lock memory entry = _locks[lockId];
        _requireModule(ModuleRights.RETIRE | ModuleRights.lockRight(entry.kind));

        _useLock(lockId, quantity, Ground(0, 0));
        _countSurrender(entry.account, entry.unit, quantity);
    }

    /// @inheritdoc IUnitLedger
    function restore(uint64 account, uint64 unit, uint64 quantity) external {
        _requireModule(ModuleRights.RESTORE);
        AccountStatus status = ACCOUNTS.accountOf(account).status;
        if (status == AccountStatus.NONE || status == AccountStatus.CLOSED) revert AccountBlocked(account);

        _totals[unit].surrendered -= quantity;
        _give(account, unit, quantity, Compartment.REGISTRY);

        emit TransferSingle(msg.sender, address(0), account.toAddress(), unit, quantity);
    }

    /// @inheritdoc IUnitLedger
    function reclaim(uint64 account, uint64 unit, uint64 quantity) external returns (uint64 taken) {
        _requireModule(ModuleRights.RECLAIM);
        uint64 free = _holdings[account][unit].registry;
        taken = quantity < free ? quantity : free;
        if (taken == 0) return 0;

        _spend(account, unit, taken);
        _totals[unit].cancelled += taken;

        emit TransferSingle(msg.sender, account.toAddress(), address(0), unit, taken);
        emit UnitsReclaimed(account, unit, taken);
    }

    /// @inheritdoc IUnitLedger
    function moveLocked(uint256 lockId, uint64 to, uint64 quantity) external {
        Lock memory entry = _locks[lockId];
        uint32 epoch = _requireModule(ModuleRights.MOVE | ModuleRights.lockRight(entry.kind));

        _useLock(lockId, quantity, Ground(0, 0));
        _receive(entry.account, to, entry.unit, quantity, epoch);
    }

    /// @inheritdoc IUnitLedger
    function lock(
        uint64 account,
        uint64 unit,
        uint64 quantity,
        LockKind kind,
        Compartment compartment,
        uint64 beneficiary,
        uint64 expiry
    ) external returns (uint256 lockId) {
        _requireModule(ModuleRights.lockRight(kind));
        Lock memory wanted = Lock(account, quantity, 0, beneficiary, unit, kind, compartment, expiry);
        lockId = _placeLock(wanted, Ground(0, 0));
    }

    /// @inheritdoc IUnitLedger
    function unlock(uint256 lockId, uint64 quantity) external {
        _requireRight(ModuleRights.lockRight(_locks[lockId].kind));
        _release(lockId, quantity, Ground(0, 0));
    }

    /// @inheritdoc IUnitLedger
    function setModuleRights(address module, uint256 rights) external restricted {
        _setModule(module, rights);
        emit ModuleRightsSet(module, rights);
    }

    /* OFFICERS' ACTS */

    /// @inheritdoc IUnitLedger
    function placeLock(
        uint64 account,
        uint64 unit,
        uint64 quantity,
        LockKind kind,
        Compartment compartment,
        uint64 expiry,
        Ground calldata ground
    ) external restricted returns (uint256 lockId) {
        requireGround(ground);
        _requireAuthorityLock(kind);
        uint64 free = _serveQueueFromFree(account, unit, compartment);
        uint64 active = free < quantity ? free : quantity;
        Lock memory wanted = Lock(account, active, quantity - active, 0, unit, kind, compartment, expiry);
        lockId = _placeLock(wanted, ground);
    }

    /// @inheritdoc IUnitLedger
    function releaseLock(uint256 lockId, Ground calldata ground) external restricted {
        requireGround(ground);
        _requireAuthorityLock(_locks[lockId].kind);
        _releaseAll(lockId, ground);
    }

    /// @inheritdoc IUnitLedger
    function forceTransfer(
        uint64 from,
        uint64 to,
        uint64 unit,
        uint64 quantity,
        uint256 lockId,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        _requireRunning();
        if (from == to) revert SameAccount(from);
        if (ACCOUNTS.allowedActions(to) & StatusTable.RECEIVE == 0) revert AccountBlocked(to);

        _takeForced(from, unit, quantity, lockId, ground);
        _give(to, unit, quantity, Compartment.REGISTRY);

        emit TransferSingle(msg.sender, from.toAddress(), to.toAddress(), unit, quantity);
        emit UnitsForced(from, to, unit, quantity, ground.reason, ground.paper);
    }

    /// @inheritdoc IUnitLedger
    function forceCancel(uint64 account, uint64 unit, uint64 quantity, Ground calldata ground) external restricted {
        requireGround(ground);
        _requireRunning();

        _spend(account, unit, quantity);
        _totals[unit].cancelled += quantity;

        emit TransferSingle(msg.sender, account.toAddress(), address(0), unit, quantity);
        emit UnitsForced(account, 0, unit, quantity, ground.reason, ground.paper);
    }

    /* CONTROL */

    /// @inheritdoc ILedgerControl
    function syncControl(bool isStopped, uint32 epoch) external {
        if (msg.sender != address(ACCOUNTS)) revert ModuleLacksRight(msg.sender, 0);
        _setControl(isStopped, epoch);
        emit ControlSynced(isStopped, epoch);
    }

    /* MOVEMENTS */

    /// @dev Reverts unless the unit may be issued; called once per issue.
    function _requireIssuable(uint64 unit, uint64 issuedAfter) internal view virtual;

    /// @dev Rows are `account << 64 | quantity`.
    function _issue(uint64 unit, uint256[] calldata rows, uint32 epoch) internal returns (uint64 total) {
        for (uint256 i = 0; i < rows.length; ++i) {
            uint64 account = uint64(rows[i] >> 64);
            uint64 quantity = uint64(rows[i]);
            total += quantity;
            _add(account, unit, quantity, epoch, StatusTable.ISSUE);
            emit TransferSingle(msg.sender, address(0), account.toAddress(), unit, quantity);
        }
        uint64 issued = _totals[unit].issued + total;
        _requireIssuable(unit, issued);
        _totals[unit].issued = issued;
    }

    function _countSurrender(uint64 account, uint64 unit, uint64 quantity) private {
        _totals[unit].surrendered += quantity;
        emit TransferSingle(msg.sender, account.toAddress(), address(0), unit, quantity);
    }

    function _spend(uint64 account, uint64 unit, uint64 quantity) private {
        Holding storage holding = _holdings[account][unit];
        holding.store(_less(holding.load(), account, unit, quantity));
    }

    function _spendCleared(uint64 account, uint64 unit, uint64 quantity, uint32 epoch) private {
        Holding storage holding = _holdings[account][unit];
        uint256 word = _cleared(holding.load(), account, epoch, StatusTable.TRANSFER);
        holding.store(_less(word, account, unit, quantity));
    }

    function _less(uint256 word, uint64 account, uint64 unit, uint64 quantity) private pure returns (uint256) {
        uint64 free = word.registry();
        if (free < quantity) revert OverBalance(account, unit, free, quantity);
        return word.withRegistry(free - quantity);
    }

    function _receive(uint64 from, uint64 to, uint64 unit, uint64 quantity, uint32 epoch) private {
        if (from == to) revert SameAccount(from);
        _add(to, unit, quantity, epoch, StatusTable.RECEIVE);

        emit TransferSingle(msg.sender, from.toAddress(), to.toAddress(), unit, quantity);
    }

    /// @dev Adds to the registry compartment of an account that may do `needed`.
    function _add(uint64 account, uint64 unit, uint64 quantity, uint32 epoch, uint256 needed) private {
        Holding storage holding = _holdings[account][unit];
        uint256 word = _cleared(holding.load(), account, epoch, needed);
        holding.store(word.withRegistry(word.registry() + quantity));
    }

    /// @dev Where the word does not carry the current epoch, asks the account registry; the epoch is kept beside the
    /// balance only while the account is fully active, so any other state is asked again each time.
    function _cleared(uint256 word, uint64 account, uint32 epoch, uint256 needed) private view returns (uint256) {
        if (word.epoch() == epoch) return word;
        uint256 allowed = ACCOUNTS.allowedActions(account);
        if (allowed & needed == 0) revert AccountBlocked(account);
        return word.withEpoch(allowed == StatusTable.ALL ? epoch : 0);
    }

    function _requireAuthorityLock(LockKind kind) private pure {
        if ((AUTHORITY_LOCKS >> uint256(kind)) & 1 == 0) revert LockKindNotAllowed(kind);
    }
}
