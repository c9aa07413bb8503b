// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {IUnitLedger} from "./IUnitLedger.sol";
import {LedgerState} from "./LedgerState.sol";
import {Compartment, Lock, LockKind} from "./UnitTypes.sol";

/**
 * @title UnitLocks
 * @notice Locks on quantities (rules A-11, A-12). A locked tonne leaves the free figure of its compartment, so no
 * movement can reach it by mistake. An authority's lock may be larger than what is free: the rest waits in a queue and
 * is filled, oldest first, when another lock of the same units ends or a new one is placed (轮候冻结).
 */
abstract contract UnitLocks is LedgerState {
    /// @dev Bounds the work of a release.
    uint256 private constant MAX_QUEUE = 16;

    mapping(uint64 account => mapping(uint64 unit => uint256[] lockIds)) private _queues;

    /// @inheritdoc IUnitLedger
    function releaseExpired(uint256 lockId) external {
        uint64 expiry = _locks[lockId].expiry;
        if (expiry == 0 || block.timestamp <= expiry) revert LockUnknown(lockId, 0, 0);
        _releaseAll(lockId, Ground(0, 0));
    }

    /// @dev Records the lock and moves its quantity from free to locked.
    function _placeLock(Lock memory entry, Ground memory ground) internal returns (uint256 lockId) {
        _take(entry.account, entry.unit, entry.quantity, entry.compartment);
        _holdings[entry.account][entry.unit].locked += entry.quantity;
        lockId = ++lockCount;
        _locks[lockId] = entry;
        if (entry.queued != 0) {
            uint256[] storage queue = _queues[entry.account][entry.unit];
            if (queue.length == MAX_QUEUE) revert LockQueueFull(entry.account, entry.unit);
            queue.push(lockId);
        }

        emit LockPlaced(
            lockId,
            entry.account,
            entry.unit,
            entry.quantity,
            entry.queued,
            entry.kind,
            entry.compartment,
            entry.beneficiary,
            entry.expiry,
            ground.reason,
            ground.paper
        );
    }

    /// @dev Ends `quantity` of a lock; what it held serves the queue first and is free for the rest.
    function _release(uint256 lockId, uint64 quantity, Ground memory ground) internal {
        Lock memory entry = _reduce(lockId, quantity, false, ground);
        uint64 left = _serveQueue(entry, quantity);
        _holdings[entry.account][entry.unit].locked -= left;
        _give(entry.account, entry.unit, left, entry.compartment);
    }

    /// @dev Ends a lock altogether, its place in the queue included.
    function _releaseAll(uint256 lockId, Ground memory ground) internal {
        Lock storage entry = _locks[lockId];
        if (entry.queued != 0) {
            entry.queued = 0;
            _leaveQueue(_queues[entry.account][entry.unit], lockId);
        } else if (entry.quantity == 0) {
            revert LockUnknown(lockId, 0, 0);
        }
        _release(lockId, entry.quantity, ground);
    }

    /// @dev Takes locked units out of the holding: surrender, forced transfer.
    function _useLock(uint256 lockId, uint64 quantity, Ground memory ground) internal {
        Lock memory entry = _reduce(lockId, quantity, true, ground);
        _holdings[entry.account][entry.unit].locked -= quantity;
    }

    /// @dev Takes units for a forced transfer from one lock, or (lock 0) from what is free.
    function _takeForced(
        uint64 account,
        uint64 unit,
        uint64 quantity,
        uint256 lockId,
        Ground calldata ground
    ) internal {
        if (lockId == 0) {
            _take(account, unit, quantity, Compartment.REGISTRY);
        } else {
            Lock storage entry = _locks[lockId];
            if (entry.account != account || entry.unit != unit) revert LockUnknown(lockId, 0, quantity);
            _useLock(lockId, quantity, ground);
        }
    }

    function _reduce(uint256 lockId, uint64 quantity, bool isUsed, Ground memory ground) private returns (Lock memory) {
        Lock storage entry = _locks[lockId];
        if (entry.quantity < quantity) revert LockUnknown(lockId, entry.quantity, quantity);
        entry.quantity -= quantity;
        emit LockReduced(lockId, quantity, isUsed, ground.reason, ground.paper);
        return entry;
    }

    /// @dev Gives free units to waiting locks (units may have come in since); returns what is still free.
    function _serveQueueFromFree(uint64 account, uint64 unit, Compartment compartment) internal returns (uint64 left) {
        uint64 free = _freeIn(account, unit, compartment);
        Lock memory freed = Lock(account, 0, 0, 0, unit, LockKind.NONE, compartment, 0);
        left = _serveQueue(freed, free);
        _take(account, unit, free - left, compartment);
        _holdings[account][unit].locked += free - left;
    }

    /// @dev Gives freed units of one compartment to waiting locks of that compartment; returns what is left over.
    function _serveQueue(Lock memory freed, uint64 quantity) private returns (uint64 left) {
        uint256[] storage queue = _queues[freed.account][freed.unit];
        left = quantity;
        uint256 i = 0;
        while (i < queue.length && left != 0) {
            uint256 lockId = queue[i];
            Lock storage waiting = _locks[lockId];
            if (waiting.compartment != freed.compartment) {
                ++i;
                continue;
            }
            uint64 given = waiting.queued < left ? waiting.queued : left;
            waiting.queued -= given;
            waiting.quantity += given;
            left -= given;
            emit LockFilled(lockId, given);
            if (waiting.queued == 0) _leaveQueue(queue, lockId);
            else ++i;
        }
    }

    /// @dev Whether a lock waits for units of this compartment.
    function _isAwaited(uint64 account, uint64 unit, Compartment compartment) internal view returns (bool) {
        uint256[] storage queue = _queues[account][unit];
        for (uint256 i = 0; i < queue.length; ++i) {
            if (_locks[queue[i]].compartment == compartment) return true;
        }
        return false;
    }

    function _leaveQueue(uint256[] storage queue, uint256 lockId) private {
        uint256 length = queue.length;
        bool isFound = false;
        for (uint256 i = 0; i < length; ++i) {
            if (isFound) queue[i - 1] = queue[i];
            else if (queue[i] == lockId) isFound = true;
        }
        if (isFound) queue.pop();
    }
}
