// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {Account, AccountKind, StatusTable} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {IAllowanceToken} from "../units/IAllowanceToken.sol";
import {Compartment, Lock, LockKind} from "../units/UnitTypes.sol";
import {DebtCause, DebtWindow, Entitlement, TableKind, TableState} from "./AllocationTypes.sol";
import {IEntitlements} from "./IEntitlements.sol";

/// @title Entitlements
/// @dev Documented in the interface. What a row does is here, where rows come from is in `AllocationPlan`.
abstract contract Entitlements is IEntitlements, AccessManaged {
    using SafeCast for uint256;

    IAccountRegistry public immutable ACCOUNTS;
    IAllowanceToken public immutable ALLOWANCES;

    mapping(uint64 account => mapping(uint16 year => Entitlement record)) internal _entitlements;
    mapping(uint64 account => uint64 tonnes) private _debts;
    mapping(uint64 account => mapping(uint16 year => uint256[] lockIds)) private _entrusted;
    mapping(DebtCause cause => DebtWindow window) private _debtWindows;
    mapping(uint8 province => uint64 account) private _provinceAccounts;

    /// @dev What a row changed: tonnes to issue, tonnes taken back, tonnes that were determined before.
    struct Change {
        uint64 more;
        uint64 taken;
        uint64 replaced;
    }

    constructor(IAccountRegistry accounts, IAllowanceToken allowances) {
        ACCOUNTS = accounts;
        ALLOWANCES = allowances;
    }

    /* PROVINCES AND DIFFERENTIATED FIRMS */

    /// @inheritdoc IEntitlements
    function setProvinceAccount(uint8 province, uint64 account) external restricted {
        Account memory a = ACCOUNTS.accountOf(account);
        if (a.kind != AccountKind.PROVINCE || a.province != province) revert ProvinceAccountInvalid(province, account);
        _provinceAccounts[province] = account;
        emit ProvinceAccountSet(province, account);
    }

    /// @inheritdoc IEntitlements
    function setDifferentiated(
        uint8 province,
        uint16 year,
        uint64[] calldata accounts,
        bool isDifferentiated,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        if (_provinceAccounts[province] == 0) revert ProvinceAccountInvalid(province, 0);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _requireFirm(accounts[i], province);
            Entitlement storage e = _entitlements[accounts[i]][year];
            if (e.stage > TableKind.PRE_ALLOCATION) revert DifferentiatedTooLate(accounts[i], year, e.stage);
            e.isDifferentiated = isDifferentiated;
            emit DifferentiatedSet(accounts[i], year, isDifferentiated, ground.reason, ground.paper);
        }
    }

    /* DEBTS */

    /// @inheritdoc IEntitlements
    function setDebtWindow(DebtCause cause, DebtWindow calldata window) external restricted {
        if (cause == DebtCause.NONE || window.opensAt > window.closesAt) {
            revert DebtCauseClosed(cause, window.opensAt, window.closesAt);
        }
        _debtWindows[cause] = window;
        emit DebtWindowSet(cause, window.opensAt, window.closesAt);
    }

    /// @inheritdoc IEntitlements
    function recordDebt(
        uint8 province,
        uint64 account,
        DebtCause cause,
        uint64 tonnes,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        _requireFirm(account, province);
        DebtWindow memory window = _debtWindows[cause];
        if (block.timestamp < window.opensAt || block.timestamp > window.closesAt) {
            revert DebtCauseClosed(cause, window.opensAt, window.closesAt);
        }
        uint64 debt = _debts[account];
        if (tonnes == 0 || tonnes > type(uint64).max - debt) revert DebtInvalid(account, debt, tonnes);

        _debts[account] = debt + tonnes;

        emit DebtRecorded(account, cause, tonnes, ground.reason, ground.paper);
    }

    /// @inheritdoc IEntitlements
    function cancelDebt(uint8 province, uint64 account, uint64 tonnes, Ground calldata ground) external restricted {
        requireGround(ground);
        _requireFirm(account, province);
        uint64 debt = _debts[account];
        if (tonnes == 0 || tonnes > debt) revert DebtInvalid(account, debt, tonnes);

        _debts[account] = debt - tonnes;

        emit DebtCancelled(account, tonnes, ground.reason, ground.paper);
    }

    function _requireFirm(uint64 account, uint8 province) private view {
        Account memory a = ACCOUNTS.accountOf(account);
        if (a.kind != AccountKind.KEY_EMITTER || a.province != province) revert NotOfTheTable(account, province, 0);
    }

    /* ROWS */

    /// @dev Whether a row has to wait: its units could not be received now. Refuses an account of another table.
    function _isHeldBack(TableState memory table, uint64 account, Entitlement memory e) internal view returns (bool) {
        Account memory a = ACCOUNTS.accountOf(account);
        if (a.kind == AccountKind.NONE) return true;
        if (a.kind != AccountKind.KEY_EMITTER || a.province != table.province || a.sector != table.sector) {
            revert NotOfTheTable(account, table.province, table.sector);
        }
        if (e.isDifferentiated) {
            if (table.kind == TableKind.PRE_ALLOCATION) return true;
            a = ACCOUNTS.accountOf(_provinceAccounts[table.province]);
        }
        return StatusTable.allowed(a.status) & StatusTable.ISSUE == 0;
    }

    /// @dev Names why a differentiated firm's row of a pre-allocation stays held whatever its account can receive.
    function _requireEarlyIssue(TableState memory table, uint64 account, Entitlement memory e) internal pure {
        if (e.isDifferentiated && table.kind == TableKind.PRE_ALLOCATION) revert Differentiated(account, table.year);
    }

    /// @dev Puts `tonnes` in place of what was determined before. What is to be issued to a differentiated firm is
    /// entrusted to the province here; what is to be issued to the firm itself the caller issues for the whole chunk.
    function _determine(
        TableState memory table,
        uint64 account,
        uint64 tonnes,
        Entitlement memory e
    ) internal returns (Change memory change) {
        _requireInOrder(table, account, e);
        change.replaced = e.determined;
        uint64 before = e.issued;
        uint256 debt = _settle(e, tonnes, _debts[account]);
        if (e.issued >= before) {
            change.more = e.issued - before;
        } else {
            change.taken = _takeBack(account, table.year, before - e.issued);
            debt += before - e.issued - change.taken;
        }
        _store(table, account, e, debt.toUint64());

        if (e.isDifferentiated && change.more != 0) {
            _entrust(_provinceAccounts[table.province], account, table.year, change.more);
        }
    }

    /// @dev Debts come off the new allocation first. Returns what of them is left.
    function _settle(Entitlement memory e, uint64 tonnes, uint64 debt) private pure returns (uint256 left) {
        uint256 due = uint256(debt) + e.deducted;
        e.determined = tonnes;
        e.deducted = due < tonnes ? uint64(due) : tonnes;
        e.issued = tonnes - e.deducted;
        return due - e.deducted;
    }

    function _store(TableState memory table, uint64 account, Entitlement memory e, uint64 debt) private {
        e.table = table.number;
        e.stage = table.kind;
        _entitlements[account][table.year] = e;
        if (debt != _debts[account]) _debts[account] = debt;
        emit AllocationDetermined(account, table.year, e.determined, e.deducted, e.issued, debt);
    }

    function _requireInOrder(TableState memory table, uint64 account, Entitlement memory e) private pure {
        if (e.table >= table.number) revert RowSuperseded(account, table.year, e.table);
        if (table.kind == TableKind.PRE_ALLOCATION) {
            if (e.stage != TableKind.NONE) revert PreAllocationTooLate(account, table.year, e.stage);
        } else if (table.kind == TableKind.FINAL) {
            if (e.stage > TableKind.PRE_ALLOCATION) revert FinalKnown(account, table.year);
        } else if (e.stage < TableKind.FINAL) {
            revert RecalculationTooEarly(account, table.year, e.stage);
        }
    }

    /// @dev Takes back what is there: first what the province still holds for the firm, then what the firm has free.
    function _takeBack(uint64 account, uint16 year, uint64 owed) private returns (uint64 taken) {
        uint256[] storage locks = _entrusted[account][year];
        for (uint256 i = locks.length; i != 0 && taken < owed; --i) {
            uint256 lockId = locks[i - 1];
            Lock memory entry = ALLOWANCES.lockOf(lockId);
            // Units that a court's lock waits for would go to it, and others be taken in their place.
            if (entry.quantity == 0 || ALLOWANCES.isAwaited(lockId)) continue;
            uint64 part = entry.quantity < owed - taken ? entry.quantity : owed - taken;
            ALLOWANCES.unlock(lockId, part);
            taken += ALLOWANCES.reclaim(entry.account, year, part);
        }
        if (taken < owed) taken += ALLOWANCES.reclaim(account, year, owed - taken);
    }

    function _entrust(uint64 holder, uint64 account, uint16 year, uint64 quantity) private {
        uint256[] memory rows = new uint256[](1);
        rows[0] = (uint256(holder) << 64) | quantity;
        ALLOWANCES.issue(year, rows);
        uint256 lockId = ALLOWANCES.lock(holder, year, quantity, LockKind.ENTRUSTED, Compartment.REGISTRY, account, 0);
        _entrusted[account][year].push(lockId);
        emit UnitsEntrusted(account, year, lockId);
    }

    /* READS */

    /// @inheritdoc IEntitlements
    function entitlementOf(uint64 account, uint16 year) external view returns (Entitlement memory) {
        return _entitlements[account][year];
    }

    /// @inheritdoc IEntitlements
    function debtOf(uint64 account) external view returns (uint64) {
        return _debts[account];
    }

    /// @inheritdoc IEntitlements
    function entrustedLocks(uint64 account, uint16 year) external view returns (uint256[] memory) {
        return _entrusted[account][year];
    }

    /// @inheritdoc IEntitlements
    function debtWindow(DebtCause cause) external view returns (DebtWindow memory) {
        return _debtWindows[cause];
    }

    /// @inheritdoc IEntitlements
    function provinceAccountOf(uint8 province) external view returns (uint64) {
        return _provinceAccounts[province];
    }
}
