// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";

/// @notice How a sector's cap came about (rule B-13).
enum CapMode {
    NONE,
    INTENSITY,
    ABSOLUTE
}

/// @notice What a table pays out (rules B-06, B-06a, B-08).
enum TableKind {
    NONE,
    PRE_ALLOCATION,
    FINAL,
    ADJUSTMENT
}

/**
 * @notice An allocation table as two officers approve it: everything but the rows, which `root` commits to.
 * @param vintage unit that is issued; the plan is that of the same year.
 * @param root Merkle root over the table's chunks, see `issueChunk`.
 * @param total sum of all rows, tonnes.
 */
struct Table {
    uint16 year;
    uint8 sector;
    uint8 province;
    TableKind kind;
    uint64 total;
    uint32 rows;
    uint32 chunks;
    bytes32 root;
}

/// @notice Progress of a table.
struct TableState {
    uint64 total;
    uint64 issued;
    uint32 rows;
    uint32 issuedRows;
    uint32 chunks;
    uint16 year;
    uint8 sector;
    uint8 province;
}

/**
 * @notice Cap of one year and sector.
 * @param approved sum of the approved tables, tonnes; never above `cap`.
 */
struct Plan {
    uint64 cap;
    uint64 approved;
    uint64 issued;
    CapMode mode;
}

/**
 * @title IAllocationPlan
 * @notice The yearly allocation (rules B-06, B-13, B-17): the plan sets a cap per year and sector, an allocation table is
 * approved once by its root, and then anybody may deliver its chunks, in any order, each exactly once.
 *
 * Invariants: issued <= approved <= cap, per year and sector; a row is issued at most once; what is issued is what was
 * approved, to the tonne.
 */
interface IAllocationPlan {
    event PlanSet(uint16 indexed year, uint8 indexed sector, CapMode mode, uint64 cap);
    event TableApproved(bytes32 indexed tableId, uint16 indexed year, uint8 indexed sector, Table table);
    event TableWithdrawn(bytes32 indexed tableId, uint64 unissued, uint16 reason, bytes32 paper);
    event ChunkIssued(bytes32 indexed tableId, uint32 indexed chunk, uint64 tonnes, uint32 rows);

    /// @notice No plan stands for this year and sector.
    error PlanMissing(uint16 year, uint8 sector);
    /// @notice The cap is below what tables were approved for already, or the mode is missing.
    error PlanBelowApproved(uint64 cap, uint64 approved);
    /// @notice The table would take the approved total above the plan's cap.
    error PlanExceeded(uint16 year, uint8 sector, uint64 cap, uint64 wanted);
    /// @notice The same table was approved before.
    error TableKnown(bytes32 tableId);
    /// @notice No approved table of this province has this identifier.
    error TableUnknown(bytes32 tableId);
    /// @notice A table needs a kind, a root, rows and chunks.
    error TableInvalid();
    /// @notice The chunk was issued before: nothing is issued twice.
    error ChunkIssuedAlready(bytes32 tableId, uint32 chunk);
    /// @notice The rows are not those that were approved.
    error ChunkMismatch(bytes32 tableId, uint32 chunk);
    /// @notice More rows or tonnes than the table's approved totals.
    error TableExceeded(bytes32 tableId);

    /// @notice Sets or changes the cap of a year and sector.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setPlan(uint16 year, uint8 sector, CapMode mode, uint64 cap) external;

    /// @notice Approves a table; its total is taken from the plan at once.
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function approveTable(uint8 province, Table calldata table) external returns (bytes32 tableId);

    /// @notice Gives up what is left of a table; issued chunks stay.
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function withdrawTable(uint8 province, bytes32 tableId, Ground calldata ground) external;

    /**
     * @notice Issues one chunk. Anybody may call, again and again, until all chunks are issued.
     * @param rows `account << 64 | tonnes`, in the order of the table.
     * @param proof Merkle proof of leaf `keccak256(keccak256(abi.encode(chunk, rows)))`, sorted pairs.
     */
    function issueChunk(bytes32 tableId, uint32 chunk, uint256[] calldata rows, bytes32[] calldata proof) external;

    /// @notice Plan of a year and sector; mode NONE where there is none.
    function planOf(uint16 year, uint8 sector) external view returns (Plan memory);

    /// @notice Progress of a table; rows 0 where it is unknown or withdrawn.
    function tableOf(bytes32 tableId) external view returns (TableState memory);

    /// @notice Whether a chunk was issued.
    function isChunkIssued(bytes32 tableId, uint32 chunk) external view returns (bool);
}
