// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {IUnitLedger} from "../units/IUnitLedger.sol";
import {CapMode, IAllocationPlan, Plan, Table, TableKind, TableState} from "./IAllocationPlan.sol";

/// @title AllocationPlan
/// @dev Documented in the interface.
contract AllocationPlan is IAllocationPlan, AccessManaged {
    using BitMaps for BitMaps.BitMap;

    IUnitLedger public immutable ALLOWANCES;

    mapping(uint16 year => mapping(uint8 sector => Plan plan)) private _plans;
    mapping(bytes32 tableId => TableState state) private _tables;
    mapping(bytes32 tableId => bytes32 root) private _rootOf;
    mapping(bytes32 tableId => BitMaps.BitMap chunks) private _issued;

    constructor(address authority_, IUnitLedger allowances) AccessManaged(authority_) {
        ALLOWANCES = allowances;
    }

    /* PLAN AND TABLES */

    /// @inheritdoc IAllocationPlan
    function setPlan(uint16 year, uint8 sector, CapMode mode, uint64 cap) external restricted {
        Plan storage plan = _plans[year][sector];
        if (mode == CapMode.NONE || cap < plan.approved) revert PlanBelowApproved(cap, plan.approved);

        plan.mode = mode;
        plan.cap = cap;

        emit PlanSet(year, sector, mode, cap);
    }

    /// @inheritdoc IAllocationPlan
    function approveTable(uint8 province, Table calldata table) external restricted returns (bytes32 tableId) {
        bool isComplete = table.kind != TableKind.NONE && table.root != 0 && table.rows != 0 && table.chunks != 0;
        if (!isComplete || table.province != province) revert TableInvalid();
        Plan storage plan = _plans[table.year][table.sector];
        if (plan.mode == CapMode.NONE) revert PlanMissing(table.year, table.sector);
        uint256 wanted = uint256(plan.approved) + table.total;
        if (wanted > plan.cap) {
            uint64 shown = wanted > type(uint64).max ? type(uint64).max : uint64(wanted);
            revert PlanExceeded(table.year, table.sector, plan.cap, shown);
        }
        tableId = keccak256(abi.encode(table));
        // A withdrawn table keeps its number of chunks, so it cannot come back and be issued twice.
        if (_tables[tableId].chunks != 0) revert TableKnown(tableId);

        plan.approved = uint64(wanted);
        _tables[tableId] = TableState(table.total, 0, table.rows, 0, table.chunks, table.year, table.sector, province);
        _rootOf[tableId] = table.root;

        emit TableApproved(tableId, table.year, table.sector, table);
    }

    /// @inheritdoc IAllocationPlan
    function withdrawTable(uint8 province, bytes32 tableId, Ground calldata ground) external restricted {
        requireGround(ground);
        TableState storage state = _requireTable(tableId);
        if (state.province != province) revert TableUnknown(tableId);

        uint64 unissued = state.total - state.issued;
        state.total = state.issued;
        state.rows = 0;
        _plans[state.year][state.sector].approved -= unissued;

        emit TableWithdrawn(tableId, unissued, ground.reason, ground.paper);
    }

    /* ISSUE */

    /// @inheritdoc IAllocationPlan
    function issueChunk(bytes32 tableId, uint32 chunk, uint256[] calldata rows, bytes32[] calldata proof) external {
        TableState storage state = _requireTable(tableId);
        if (_issued[tableId].get(chunk)) revert ChunkIssuedAlready(tableId, chunk);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(chunk, rows))));
        if (chunk >= state.chunks || !MerkleProof.verifyCalldata(proof, _rootOf[tableId], leaf)) {
            revert ChunkMismatch(tableId, chunk);
        }

        _issued[tableId].set(chunk);
        uint64 tonnes = ALLOWANCES.issue(state.year, rows);
        state.issued += tonnes;
        state.issuedRows += uint32(rows.length);
        if (state.issued > state.total || state.issuedRows > state.rows) revert TableExceeded(tableId);
        _plans[state.year][state.sector].issued += tonnes;

        emit ChunkIssued(tableId, chunk, tonnes, uint32(rows.length));
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
}
