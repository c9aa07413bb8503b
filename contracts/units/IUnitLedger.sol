// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {CancelOrder, RelocateOrder, TransferOrder} from "./UnitOrders.sol";
import {Compartment, Holding, Lock, LockKind, Totals} from "./UnitTypes.sol";

/**
 * @title IUnitLedger
 * @notice Units of one asset class. A unit is one tonne of CO2 equivalent; decimals are 0 (条例 art. 30). Per account and
 * unit there is one word {registry, trading, locked}; every movement also shows as an ERC-1155 event.
 *
 * Invariants, proven as properties in the tests:
 * - issued = held + surrendered + cancelled, per unit;
 * - locked is the sum of the account's active locks of the unit;
 * - no unit moves without an order of its account, a module's right, or a dual-controlled act;
 * - while the emergency stop is on, nothing is issued, moved, surrendered or cancelled.
 *
 * WARNING: ERC-1155 transfers and operator approvals always revert: an account has no key.
 */
interface IUnitLedger {
    event UnitsRelocated(uint64 indexed account, uint64 indexed unit, uint64 quantity, Compartment to);
    event UnitsCancelled(
        uint64 indexed account,
        uint64 indexed unit,
        uint64 quantity,
        uint16 reason,
        bytes32 statement
    );
    event UnitsForced(
        uint64 indexed from,
        uint64 indexed to,
        uint64 indexed unit,
        uint64 quantity,
        uint16 reason,
        bytes32 paper
    );
    event LockPlaced(
        uint256 indexed lockId,
        uint64 indexed account,
        uint64 indexed unit,
        uint64 quantity,
        uint64 queued,
        LockKind kind,
        Compartment compartment,
        uint64 beneficiary,
        uint64 expiry,
        uint16 reason,
        bytes32 paper
    );
    event LockFilled(uint256 indexed lockId, uint64 quantity);
    event LockReduced(uint256 indexed lockId, uint64 quantity, bool used, uint16 reason, bytes32 paper);
    event UnitsReclaimed(uint64 indexed account, uint64 indexed unit, uint64 quantity);
    event ModuleRightsSet(address indexed module, uint256 rights);
    event ControlSynced(bool isStopped, uint32 epoch);

    /// @notice ERC-1155 movements by key are not part of this registry; use a signed order.
    error MoveNeedsOrder();
    /// @notice The emergency stop is on, or the ledger is not one of the account registry's.
    error Stopped();
    /// @notice The compartment has less free than wanted.
    error OverBalance(uint64 account, uint64 unit, uint64 free, uint64 wanted);
    /// @notice This account may not be part of such a movement now.
    error AccountBlocked(uint64 account);
    /// @notice The caller lacks the module right.
    error ModuleLacksRight(address module, uint256 right);
    /// @notice The unit (vintage, credit batch) is not open for issue.
    error UnitUnknown(uint64 unit);
    /// @notice Sender and receiver are the same account.
    error SameAccount(uint64 account);
    /// @notice No such lock, or not enough left in it.
    error LockUnknown(uint256 lockId, uint64 active, uint64 wanted);
    /// @notice This kind of lock is placed and released by other means.
    error LockKindNotAllowed(LockKind kind);
    /// @notice Too many locks wait for the same units already.
    error LockQueueFull(uint64 account, uint64 unit);

    /// @notice Carries out a signed transfer between registry compartments.
    function transfer(TransferOrder calldata order, bytes calldata approvals) external;

    /// @notice Carries out a signed move between the compartments of one account.
    function relocate(RelocateOrder calldata order, bytes calldata approvals) external;

    /// @notice Carries out a signed, final cancellation.
    function cancel(CancelOrder calldata order, bytes calldata approvals) external;

    /// @notice Moves units without an order: settlement and other modules. Status of both accounts is checked.
    /// @custom:access-control module with MOVE
    function moveByModule(uint64 from, uint64 to, uint64 unit, uint64 quantity) external;

    /// @notice Creates units in the registry compartment. Rows are `account << 64 | quantity`.
    /// @custom:access-control module with ISSUE
    /// @return total tonnes issued.
    function issue(uint64 unit, uint256[] calldata rows) external returns (uint64 total);

    /// @notice Takes free units of the registry compartment out for compliance.
    /// @custom:access-control module with RETIRE
    function retire(uint64 account, uint64 unit, uint64 quantity) external;

    /// @notice Takes locked units out for compliance.
    /// @custom:access-control module with the lock kind's right and RETIRE
    function retireLocked(uint256 lockId, uint64 quantity) external;

    /// @notice Gives surrendered units back to an account: the reversal of a surrender. Refused for a closed account.
    /// @custom:access-control module with RESTORE
    function restore(uint64 account, uint64 unit, uint64 quantity) external;

    /// @notice Takes back what was issued too much (rule B-06a): up to `quantity` of the free units of the registry
    /// compartment, counted as cancelled. The account's status is not asked: returning is a duty, not a disposal.
    /// @custom:access-control module with RECLAIM
    /// @return taken what was free of it, tonnes; the caller keeps account of the rest.
    function reclaim(uint64 account, uint64 unit, uint64 quantity) external returns (uint64 taken);

    /// @notice Moves locked units into the registry compartment of `to`. The receiver's status is checked; the
    /// holder's was when the lock was placed.
    /// @custom:access-control module with the lock kind's right and MOVE
    function moveLocked(uint256 lockId, uint64 to, uint64 quantity) external;

    /// @notice Locks free units for a module; not during the emergency stop.
    /// @custom:access-control module with the kind's right
    function lock(
        uint64 account,
        uint64 unit,
        uint64 quantity,
        LockKind kind,
        Compartment compartment,
        uint64 beneficiary,
        uint64 expiry
    ) external returns (uint256 lockId);

    /// @notice Releases (part of) a module's lock; the next queued lock is served first.
    /// @custom:access-control module with the kind's right
    function unlock(uint256 lockId, uint64 quantity) external;

    /// @notice Locks units by order of a court or authority (JUDICIAL, ADMIN); what is not free waits in the queue.
    /// Locks that wait already take what is free first.
    /// @custom:access-control act of SUPERVISOR
    function placeLock(
        uint64 account,
        uint64 unit,
        uint64 quantity,
        LockKind kind,
        Compartment compartment,
        uint64 expiry,
        Ground calldata ground
    ) external returns (uint256 lockId);

    /// @notice Releases a court's or authority's lock. Two officers.
    /// @custom:access-control act of SUPERVISOR, checked by SUPERVISOR
    function releaseLock(uint256 lockId, Ground calldata ground) external;

    /// @notice Releases a lock that is past its expiry; anybody may call.
    function releaseExpired(uint256 lockId) external;

    /// @notice Moves units by effective judgment or legal event (rules A-12, A-14), free ones (lock 0) or locked ones.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function forceTransfer(
        uint64 from,
        uint64 to,
        uint64 unit,
        uint64 quantity,
        uint256 lockId,
        Ground calldata ground
    ) external;

    /// @notice Cancels units by order of an authority (rules B-06a, E-07): correction or compulsory cancellation.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function forceCancel(uint64 account, uint64 unit, uint64 quantity, Ground calldata ground) external;

    /// @notice Sets the rights of a module.
    /// @custom:access-control act of GOVERNANCE, checked by GOVERNANCE
    function setModuleRights(address module, uint256 rights) external;

    /// @notice What an account holds of a unit.
    function holdingOf(uint64 account, uint64 unit) external view returns (Holding memory);

    /// @notice Totals of a unit.
    function totalsOf(uint64 unit) external view returns (Totals memory);

    /// @notice A lock; quantity and queued are 0 once it is gone.
    function lockOf(uint256 lockId) external view returns (Lock memory);

    /// @notice Number of the newest lock.
    function lockCount() external view returns (uint256);

    /// @notice Rights of a module.
    function moduleRights(address module) external view returns (uint256);
}
