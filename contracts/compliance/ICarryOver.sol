// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {CarryApplication, CarryBatch, CarryLimit, CarryOrder, CarryRound, LimitTable} from "./CarryOverTypes.sol";

/**
 * @title ICarryOver
 * @notice Carry-over of allowances into a later vintage (rule C-10). What each firm may carry is computed off chain from the
 * chain's own history - net sales and the holdings at the cut-off - and approved once, as the root of a table, by two
 * officers; anybody may deliver the table's rows and recompute them. Firms then apply by signed order, as often as they
 * like; applied units are locked until two officers have them converted or released.
 *
 * Invariants: what a firm has waiting and carried in a round never exceeds the limit under which it applied; units of
 * another vintage, of the trading compartment or of another lock are never carried; a tonne carried is a tonne cancelled
 * in the old vintage and issued in the new one, once; what a court waits for is not carried past it.
 */
interface ICarryOver {
    event RoundSet(uint16 indexed round, CarryRound data);
    event BatchSet(uint16 indexed round, uint8 indexed batch, CarryBatch data);
    event LimitsApproved(
        uint16 indexed round,
        uint32 indexed version,
        bytes32 root,
        uint32 rows,
        uint32 chunks,
        uint64 total,
        uint16 reason,
        bytes32 paper
    );
    event LimitsLoaded(uint16 indexed round, uint32 indexed version, uint32 indexed chunk, uint256[] rows);
    event ReleasedAdmitted(uint16 indexed round, uint64 indexed account, uint16 reason, bytes32 paper);
    event CarryOverRequested(
        uint256 indexed lockId,
        uint64 indexed account,
        uint16 indexed round,
        uint8 batch,
        uint64 vintage,
        uint64 quantity
    );
    event CarriedOver(uint256 indexed lockId, uint64 quantity, uint16 reason, bytes32 paper);
    event CarryOverRefused(uint256 indexed lockId, uint16 reason, bytes32 paper);

    /// @notice No such round.
    error RoundUnknown(uint16 round);
    /// @notice The vintages of the round contradict themselves, or the cut-off is missing.
    error RoundInvalid(uint16 round);
    /// @notice Limits were approved for this round: what it carries into what stays as it is.
    error RoundFixed(uint16 round);
    /// @notice A batch opens, closes and is decided in this order; batches are numbered from 1 without a gap.
    error CarryBatchInvalid(uint16 round, uint8 batch);
    /// @notice A table of limits needs a root, rows and chunks.
    error LimitsInvalid(uint16 round);
    /// @notice These rows are not part of the table in force.
    error LimitsMismatch(uint16 round, uint32 chunk);
    /// @notice The table in force gives this account no limit, or its row was not delivered yet.
    error LimitUnknown(uint64 account, uint16 round);
    /// @notice Units of this vintage are not carried over in the round.
    error VintageNotCarried(uint16 round, uint64 vintage, uint16 oldest, uint16 newest);
    /// @notice No batch is open for this account now.
    error NoBatchOpen(uint64 account, uint16 round);
    /// @notice More than the account's limit, what waits and what was carried counted.
    error CarryLimitExceeded(uint64 account, uint16 round, uint64 limit, uint256 wanted);
    /// @notice The application belongs to another round.
    error ApplicationUnknown(uint256 lockId);

    /// @notice Sets what a round carries into what; fixed once limits are approved.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setRound(uint16 round, CarryRound calldata data) external;

    /// @notice Sets a batch of a round, or adds the next one.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setBatch(uint16 round, uint8 batch, CarryBatch calldata data) external;

    /// @notice Approves the table of limits; it takes the place of the one before, whose rows count no longer.
    /// @custom:access-control act of REGISTRY, checked by MINISTRY
    function approveLimits(
        uint16 round,
        bytes32 root,
        uint32 rows,
        uint32 chunks,
        uint64 total,
        Ground calldata ground
    ) external;

    /**
     * @notice Delivers rows of the table in force. Anybody may call, again and again: a row says the same each time.
     * @param rows `account << 64 | tonnes`, in the order of the table.
     * @param proof Merkle proof of leaf `keccak256(keccak256(abi.encode(chunk, rows)))`, sorted pairs.
     */
    function loadLimits(uint16 round, uint32 chunk, uint256[] calldata rows, bytes32[] calldata proof) external;

    /// @notice Admits firms whose freeze was lifted to the batches kept for them.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function admitReleased(uint16 round, uint64[] calldata accounts, Ground calldata ground) external;

    /// @notice Carries out a signed application: locks the units until it is decided. The status of the account must allow
    /// moves between its own compartments: carrying over keeps the units in the account.
    function carryOver(CarryOrder calldata order, bytes calldata approvals) external;

    /// @notice Decides applications: converts their units, or releases them. What waits no longer is passed over, so a
    /// chunk may be decided again; so is, where accepted, what a court's lock waits for: refusing it serves the court.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function decideApplications(
        uint16 round,
        uint256[] calldata lockIds,
        bool isAccepted,
        Ground calldata ground
    ) external;

    /// @notice A round; vintage 0 where there is none.
    function roundOf(uint16 round) external view returns (CarryRound memory);

    /// @notice A batch of a round, from 1 on.
    function batchOf(uint16 round, uint8 batch) external view returns (CarryBatch memory);

    /// @notice The table of limits in force, and how many batches the round has.
    function tableOf(uint16 round) external view returns (LimitTable memory);

    /// @notice Root of the table in force.
    function rootOf(uint16 round) external view returns (bytes32);

    /// @notice What an account may carry over in a round, and has.
    function limitOf(uint16 round, uint64 account) external view returns (CarryLimit memory);

    /// @notice An application that waits.
    function applicationOf(uint256 lockId) external view returns (CarryApplication memory);
}
