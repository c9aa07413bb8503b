// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {CapMode, HeldRow, Plan, Share, Table, TableState} from "./AllocationTypes.sol";

/**
 * @title IAllocationPlan
 * @notice The yearly allocation (rules B-06, B-13 to B-17): the plan sets a cap and its shares per year and sector, an
 * allocation table is approved once by its root, and then anybody may deliver its chunks, in any order, each exactly
 * once. A row determines the allocation of one firm, see `IEntitlements`. The tables of one year, sector and province
 * follow one another: the next is approved when the one before is delivered or withdrawn.
 *
 * Invariants: approved, determined and issued each stay within the free share of the cap, auctioned and reserved within
 * theirs, so that what was issued never passes the cap; a row takes effect at most once; what a table determines is
 * what was approved, to the tonne.
 */
interface IAllocationPlan {
    event PlanSet(
        uint16 indexed year,
        uint8 indexed sector,
        CapMode mode,
        uint64 cap,
        uint16 freeShare,
        uint16 auctionShare,
        uint16 reserveShare
    );
    event ShareIssued(
        uint16 indexed year,
        uint8 indexed sector,
        uint64 indexed account,
        Share share,
        uint64 tonnes,
        uint16 reason,
        bytes32 paper
    );
    event TableApproved(bytes32 indexed tableId, uint16 indexed year, uint8 indexed sector, Table table);
    event TableWithdrawn(bytes32 indexed tableId, uint64 unapplied, uint16 reason, bytes32 paper);
    event ChunkIssued(bytes32 indexed tableId, uint32 indexed chunk, uint64 tonnes, uint32 rows);
    event RowHeld(bytes32 indexed tableId, uint64 indexed account, uint64 tonnes);
    event RowsClaimed(bytes32 indexed tableId, uint64 tonnes, uint32 rows);

    /// @notice No plan stands for this year and sector.
    error PlanMissing(uint16 year, uint8 sector);
    /// @notice A share of the cap is below what was approved or issued from it already, or the mode is missing.
    error PlanBelowApproved(uint64 cap, uint64 approved);
    /// @notice Free, auction and reserve shares do not make up the whole cap.
    error PlanSharesInvalid(uint256 sum);
    /// @notice The share of the cap would be passed.
    error PlanExceeded(uint16 year, uint8 sector, uint64 cap, uint64 wanted);
    /// @notice Auction units go to a market account, reserve units to a reserve account, one tonne at least.
    error ShareInvalid(Share share, uint64 account, uint64 tonnes);
    /// @notice The same table was approved before.
    error TableKnown(bytes32 tableId);
    /// @notice A table of the same year, sector and province is not delivered yet.
    error TableOpen(bytes32 tableId);
    /// @notice No approved table of this province has this identifier.
    error TableUnknown(bytes32 tableId);
    /// @notice Every row of the table took effect: nothing is left to withdraw.
    error TableDone(bytes32 tableId);
    /// @notice A table needs a kind, a root, rows and chunks.
    error TableInvalid();
    /// @notice The chunk was issued before: nothing is issued twice.
    error ChunkIssuedAlready(bytes32 tableId, uint32 chunk);
    /// @notice The rows are not those that were approved.
    error ChunkMismatch(bytes32 tableId, uint32 chunk);
    /// @notice The rows do not come to the table's approved number of rows and tonnes.
    error TableTotalsWrong(bytes32 tableId, uint64 total, uint256 found);
    /// @notice The accounts of the table had another sum determined before than the table says.
    error PreviousMismatch(bytes32 tableId, uint64 previous, uint256 found);
    /// @notice No row of this account is held.
    error RowNotHeld(bytes32 tableId, uint64 account);
    /// @notice The account still cannot receive.
    error RowStillHeld(bytes32 tableId, uint64 account);

    /// @notice Sets or changes the plan of a year and sector (rule B-13); shares in 1/10000 of the cap.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setPlan(
        uint16 year,
        uint8 sector,
        CapMode mode,
        uint64 cap,
        uint16 freeShare,
        uint16 auctionShare,
        uint16 reserveShare
    ) external;

    /// @notice Issues a part of the auction or reserve share (rules B-14, B-15).
    /// @custom:access-control act of REGISTRY, checked by MINISTRY
    function issueShare(
        uint16 year,
        uint8 sector,
        Share share,
        uint64 account,
        uint64 tonnes,
        Ground calldata ground
    ) external;

    /// @notice Approves a table; what it adds to its accounts' allocations is taken from the plan at once.
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function approveTable(uint8 province, Table calldata table) external returns (bytes32 tableId);

    /// @notice Gives up what is left of a table, held rows included; what was applied stays.
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province` (first argument)
    function withdrawTable(uint8 province, bytes32 tableId, Ground calldata ground) external;

    /**
     * @notice Applies one chunk. Anybody may call, again and again, until all chunks are delivered. A row whose account
     * cannot receive (unknown, frozen, closed; a differentiated firm's at pre-allocation) is held and does not stop
     * the others.
     * @param rows `account << 64 | tonnes`, in the order of the table.
     * @param proof Merkle proof of leaf `keccak256(keccak256(abi.encode(chunk, rows)))`, sorted pairs.
     */
    function issueChunk(bytes32 tableId, uint32 chunk, uint256[] calldata rows, bytes32[] calldata proof) external;

    /// @notice Applies rows that were held, once their accounts can receive. Anybody may call.
    function claimRows(bytes32 tableId, uint64[] calldata accounts) external;

    /// @notice Plan of a year and sector; mode NONE where there is none.
    function planOf(uint16 year, uint8 sector) external view returns (Plan memory);

    /// @notice Progress of a table; rows 0 where it is unknown or withdrawn.
    function tableOf(bytes32 tableId) external view returns (TableState memory);

    /// @notice Table of a year, sector and province that is not delivered yet; 0 where there is none.
    function openTable(uint16 year, uint8 sector, uint8 province) external view returns (bytes32);

    /// @notice Number of tables approved so far.
    function tableCount() external view returns (uint32);

    /// @notice Whether a chunk was issued.
    function isChunkIssued(bytes32 tableId, uint32 chunk) external view returns (bool);

    /// @notice The held row of an account in a table.
    function heldRow(bytes32 tableId, uint64 account) external view returns (HeldRow memory);
}
