// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {AccountKind} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {IAllowanceToken} from "../units/IAllowanceToken.sol";
import {CapMode, Entitlement, HeldRow, Plan, Share, Table, TableKind, TableState} from "./AllocationTypes.sol";
import {Entitlements} from "./Entitlements.sol";
import {IAllocationPlan} from "./IAllocationPlan.sol";

/// @title AllocationPlan
/// @dev Documented in the interfaces.
contract AllocationPlan is IAllocationPlan, Entitlements {
    using BitMaps for BitMaps.BitMap;

    uint256 private constant WHOLE = 10_000;

    mapping(uint16 year => mapping(uint8 sector => Plan plan)) private _plans;
    mapping(bytes32 tableId => TableState state) private _tables;
    mapping(bytes32 tableId => bytes32 root) private _rootOf;
    mapping(bytes32 tableId => BitMaps.BitMap chunks) private _issued;
    mapping(bytes32 tableId => mapping(uint64 account => HeldRow row)) private _held;
    mapping(uint16 year => mapping(uint8 sector => mapping(uint8 province => bytes32 tableId))) public openTable;
    uint32 public tableCount;

    /// @dev Sums over the rows of one call.
    struct Sums {
        uint64 applied;
        uint64 replaced;
        uint64 held;
        uint64 heldReplaced;
        uint64 issued;
        uint64 taken;
        uint32 heldRows;
        uint256 count;
    }

    constructor(
        address authority_,
        IAccountRegistry accounts,
        IAllowanceToken allowances
    ) AccessManaged(authority_) Entitlements(accounts, allowances) {}

    /* PLAN */

    /// @inheritdoc IAllocationPlan
    function setPlan(
        uint16 year,
        uint8 sector,
        CapMode mode,
        uint64 cap,
        uint16 freeShare,
        uint16 auctionShare,
        uint16 reserveShare
    ) external restricted {
        uint256 sum = uint256(freeShare) + auctionShare + reserveShare;
        if (sum != WHOLE) revert PlanSharesInvalid(sum);
        Plan storage plan = _plans[year][sector];
        uint64 free = plan.approved > plan.determined ? plan.approved : plan.determined;
        if (plan.issued > free) free = plan.issued;
        if (mode == CapMode.NONE) revert PlanBelowApproved(cap, free);
        _requireCovered(cap, freeShare, free);
        _requireCovered(cap, auctionShare, plan.auctioned);
        _requireCovered(cap, reserveShare, plan.reserved);

        plan.mode = mode;
        plan.cap = cap;
        plan.freeShare = freeShare;
        plan.auctionShare = auctionShare;
        plan.reserveShare = reserveShare;

        emit PlanSet(year, sector, mode, cap, freeShare, auctionShare, reserveShare);
    }

    /// @inheritdoc IAllocationPlan
    function issueShare(
        uint16 year,
        uint8 sector,
        Share share,
        uint64 account,
        uint64 tonnes,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        Plan storage plan = _requirePlan(year, sector);
        AccountKind kind = share == Share.AUCTION ? AccountKind.MARKET : AccountKind.RESERVE;
        if (share == Share.NONE || tonnes == 0 || ACCOUNTS.accountOf(account).kind != kind) {
            revert ShareInvalid(share, account, tonnes);
        }
        bool isAuction = share == Share.AUCTION;
        uint256 wanted = uint256(isAuction ? plan.auctioned : plan.reserved) + tonnes;
        uint64 cap = _shareOf(plan.cap, isAuction ? plan.auctionShare : plan.reserveShare);
        if (wanted > cap) revert PlanExceeded(year, sector, cap, _shown(wanted));

        if (isAuction) plan.auctioned = uint64(wanted);
        else plan.reserved = uint64(wanted);
        uint256[] memory rows = new uint256[](1);
        rows[0] = (uint256(account) << 64) | tonnes;
        ALLOWANCES.issue(year, rows);

        emit ShareIssued(year, sector, account, share, tonnes, ground.reason, ground.paper);
    }

    /* TABLES */

    /// @inheritdoc IAllocationPlan
    function approveTable(uint8 province, Table calldata table) external restricted returns (bytes32 tableId) {
        bool isComplete = table.kind != TableKind.NONE && table.root != 0 && table.rows != 0 && table.chunks != 0;
        if (!isComplete || table.province != province) revert TableInvalid();
        Plan storage plan = _requirePlan(table.year, table.sector);
        tableId = keccak256(abi.encode(table));
        // A withdrawn table keeps its number of chunks, so it cannot come back and be issued twice.
        if (_tables[tableId].chunks != 0) revert TableKnown(tableId);
        bytes32 open = openTable[table.year][table.sector][province];
        if (open != 0) revert TableOpen(open);
        if (table.previous > plan.determined) revert PreviousMismatch(tableId, table.previous, plan.determined);
        _promise(plan, table.year, table.sector, table.total, table.previous);

        TableState storage state = _tables[tableId];
        (state.total, state.previous) = (table.total, table.previous);
        (state.rows, state.chunks) = (table.rows, table.chunks);
        (state.year, state.sector, state.province, state.kind) = (table.year, table.sector, province, table.kind);
        state.number = ++tableCount;
        _rootOf[tableId] = table.root;
        openTable[table.year][table.sector][province] = tableId;

        emit TableApproved(tableId, table.year, table.sector, table);
    }

    /// @inheritdoc IAllocationPlan
    function withdrawTable(uint8 province, bytes32 tableId, Ground calldata ground) external restricted {
        requireGround(ground);
        TableState storage state = _requireTable(tableId);
        if (state.province != province) revert TableUnknown(tableId);
        if (state.deliveredRows == state.rows && state.heldRows == 0) revert TableDone(tableId);

        uint64 unapplied = state.total - state.applied;
        uint64 unreplaced = state.previous > state.replaced ? state.previous - state.replaced : 0;
        _promise(_plans[state.year][state.sector], state.year, state.sector, unreplaced, unapplied);
        state.total = state.applied;
        state.rows = 0;
        _close(state, tableId);

        emit TableWithdrawn(tableId, unapplied, ground.reason, ground.paper);
    }

    /// @inheritdoc IAllocationPlan
    function issueChunk(bytes32 tableId, uint32 chunk, uint256[] calldata rows, bytes32[] calldata proof) external {
        TableState memory table = _requireTable(tableId);
        if (_issued[tableId].get(chunk)) revert ChunkIssuedAlready(tableId, chunk);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(chunk, rows))));
        if (chunk >= table.chunks || !MerkleProof.verifyCalldata(proof, _rootOf[tableId], leaf)) {
            revert ChunkMismatch(tableId, chunk);
        }

        _issued[tableId].set(chunk);
        uint256[] memory issues = new uint256[](rows.length);
        Sums memory sums;
        for (uint256 i = 0; i < rows.length; ++i) {
            _deliver(tableId, table, uint64(rows[i] >> 64), uint64(rows[i]), issues, sums);
        }
        _book(tableId, table, sums, uint32(rows.length));
        _issue(table.year, issues, sums.count);

        emit ChunkIssued(tableId, chunk, sums.applied, uint32(rows.length));
    }

    /// @inheritdoc IAllocationPlan
    function claimRows(bytes32 tableId, uint64[] calldata accounts) external {
        TableState memory table = _requireTable(tableId);
        uint256[] memory issues = new uint256[](accounts.length);
        Sums memory sums;
        Plan storage plan = _plans[table.year][table.sector];
        for (uint256 i = 0; i < accounts.length; ++i) {
            HeldRow memory row = _held[tableId][accounts[i]];
            if (!row.isHeld) revert RowNotHeld(tableId, accounts[i]);
            delete _held[tableId][accounts[i]];
            table.held -= row.tonnes;
            table.heldReplaced -= row.replaced;
            --table.heldRows;
            Entitlement memory e = _entitlements[accounts[i]][table.year];
            // Another table may have come between: the plan promised what the row would replace then.
            _promise(plan, table.year, table.sector, row.replaced, e.determined);
            table.previous = table.previous + e.determined - row.replaced;
            _requireEarlyIssue(table, accounts[i], e);
            if (_isHeldBack(table, accounts[i], e)) revert RowStillHeld(tableId, accounts[i]);
            _apply(table, accounts[i], row.tonnes, e, issues, sums);
        }
        _book(tableId, table, sums, 0);
        _issue(table.year, issues, sums.count);

        emit RowsClaimed(tableId, sums.applied, uint32(accounts.length));
    }

    function _deliver(
        bytes32 tableId,
        TableState memory table,
        uint64 account,
        uint64 tonnes,
        uint256[] memory issues,
        Sums memory sums
    ) private {
        Entitlement memory e = _entitlements[account][table.year];
        if (!_isHeldBack(table, account, e)) {
            _apply(table, account, tonnes, e, issues, sums);
            return;
        }
        if (_held[tableId][account].isHeld) revert RowSuperseded(account, table.year, table.number);
        _held[tableId][account] = HeldRow(tonnes, e.determined, true);
        sums.held += tonnes;
        sums.heldReplaced += e.determined;
        ++sums.heldRows;
        emit RowHeld(tableId, account, tonnes);
    }

    function _apply(
        TableState memory table,
        uint64 account,
        uint64 tonnes,
        Entitlement memory e,
        uint256[] memory issues,
        Sums memory sums
    ) private {
        Change memory change = _determine(table, account, tonnes, e);
        sums.applied += tonnes;
        sums.replaced += change.replaced;
        sums.issued += change.more;
        sums.taken += change.taken;
        if (change.more != 0 && !e.isDifferentiated) issues[sums.count++] = (uint256(account) << 64) | change.more;
    }

    /// @dev Books the rows of a call in plan and table, and checks both.
    function _book(bytes32 tableId, TableState memory table, Sums memory sums, uint32 delivered) private {
        Plan storage plan = _plans[table.year][table.sector];
        plan.determined = plan.determined + sums.applied - sums.replaced;
        plan.issued = plan.issued + sums.issued - sums.taken;
        uint64 most = plan.determined > plan.issued ? plan.determined : plan.issued;
        uint64 cap = _shareOf(plan.cap, plan.freeShare);
        if (most > cap) revert PlanExceeded(table.year, table.sector, cap, most);

        table.applied += sums.applied;
        table.replaced += sums.replaced;
        table.held += sums.held;
        table.heldReplaced += sums.heldReplaced;
        table.heldRows += sums.heldRows;
        table.deliveredRows += delivered;
        _tables[tableId] = table;
        if (delivered != 0) _requireTotals(tableId, table);
    }

    function _requireTotals(bytes32 tableId, TableState memory table) private {
        uint256 found = uint256(table.applied) + table.held;
        bool isLast = table.deliveredRows >= table.rows;
        if (table.deliveredRows > table.rows || found > table.total || (isLast && found != table.total)) {
            revert TableTotalsWrong(tableId, table.total, found);
        }
        if (!isLast) return;
        uint256 replaced = uint256(table.replaced) + table.heldReplaced;
        if (replaced != table.previous) revert PreviousMismatch(tableId, table.previous, replaced);
        _close(table, tableId);
    }

    function _close(TableState memory table, bytes32 tableId) private {
        if (openTable[table.year][table.sector][table.province] == tableId) {
            delete openTable[table.year][table.sector][table.province];
        }
    }

    function _issue(uint16 year, uint256[] memory issues, uint256 count) private {
        if (count == 0) return;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(issues, count)
        }
        ALLOWANCES.issue(year, issues);
    }

    /* SUMS OF THE PLAN */

    /// @dev Adds to what is approved and takes off what that replaces.
    function _promise(Plan storage plan, uint16 year, uint8 sector, uint64 more, uint64 less) private {
        uint256 raised = uint256(plan.approved) + more;
        uint256 wanted = raised > less ? raised - less : 0;
        uint64 cap = _shareOf(plan.cap, plan.freeShare);
        if (wanted > cap && more > less) revert PlanExceeded(year, sector, cap, _shown(wanted));
        plan.approved = uint64(wanted);
    }

    function _requireCovered(uint64 cap, uint16 share, uint64 used) private pure {
        uint64 part = _shareOf(cap, share);
        if (part < used) revert PlanBelowApproved(part, used);
    }

    function _shareOf(uint64 cap, uint16 share) private pure returns (uint64) {
        return uint64((uint256(cap) * share) / WHOLE);
    }

    function _shown(uint256 wanted) private pure returns (uint64) {
        return wanted > type(uint64).max ? type(uint64).max : uint64(wanted);
    }

    function _requirePlan(uint16 year, uint8 sector) private view returns (Plan storage plan) {
        plan = _plans[year][sector];
        if (plan.mode == CapMode.NONE) revert PlanMissing(year, sector);
    }

    function _requireTable(bytes32 tableId) private view returns (TableState storage state) {
        state = _tables[tableId];
        if (state.rows == 0) revert TableUnknown(tableId);
    }

    /* READS */

    /// @inheritdoc IAllocationPlan
    function planOf(uint16 year, uint8 sector) external view returns (Plan memory) {
        return _plans[year][sector];
    }

    /// @inheritdoc IAllocationPlan
    function tableOf(bytes32 tableId) external view returns (TableState memory) {
        return _tables[tableId];
    }

    /// @inheritdoc IAllocationPlan
    function isChunkIssued(bytes32 tableId, uint32 chunk) external view returns (bool) {
        return _issued[tableId].get(chunk);
    }

    /// @inheritdoc IAllocationPlan
    function heldRow(bytes32 tableId, uint64 account) external view returns (HeldRow memory) {
        return _held[tableId][account];
    }
}
