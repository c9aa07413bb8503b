// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {Action} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {SignedOrders} from "../accounts/SignedOrders.sol";
import {IAllowanceToken} from "../units/IAllowanceToken.sol";
import {Compartment, Lock, LockKind} from "../units/UnitTypes.sol";
import {
    CarryApplication,
    CarryBatch,
    CarryLimit,
    CarryOrder,
    CarryOrders,
    CarryRound,
    LimitTable
} from "./CarryOverTypes.sol";
import {ICarryOver} from "./ICarryOver.sol";

/// @title CarryOver
/// @dev Documented in the interface.
contract CarryOver is ICarryOver, AccessManaged, SignedOrders {
    using CarryOrders for CarryOrder;

    IAllowanceToken public immutable ALLOWANCES;

    mapping(uint16 round => CarryRound data) private _rounds;
    mapping(uint16 round => mapping(uint8 batch => CarryBatch data)) private _batches;
    mapping(uint16 round => LimitTable table) private _tables;
    mapping(uint16 round => bytes32 root) public rootOf;
    mapping(uint16 round => mapping(uint64 account => CarryLimit limit)) private _limits;
    mapping(uint256 lockId => CarryApplication application) private _applications;

    constructor(
        address authority_,
        IAccountRegistry accounts,
        IAllowanceToken allowances
    ) AccessManaged(authority_) SignedOrders(accounts) {
        ALLOWANCES = allowances;
    }

    /* ROUNDS AND LIMITS */

    /// @inheritdoc ICarryOver
    function setRound(uint16 round, CarryRound calldata data) external restricted {
        bool isOrdered = data.vintageMin <= data.vintageMax && data.vintageMax < data.vintage;
        if (!isOrdered || data.vintageMin == 0 || data.cutOff == 0) revert RoundInvalid(round);
        if (_tables[round].version != 0) revert RoundFixed(round);

        _rounds[round] = data;

        emit RoundSet(round, data);
    }

    /// @inheritdoc ICarryOver
    function setBatch(uint16 round, uint8 batch, CarryBatch calldata data) external restricted {
        _requireRound(round);
        LimitTable storage table = _tables[round];
        bool isOrdered = data.opensAt <= data.closesAt && data.closesAt <= data.processBy;
        bool isNumbered = batch != 0 && batch <= uint256(table.batches) + 1;
        if (!isOrdered || !isNumbered) revert CarryBatchInvalid(round, batch);

        _batches[round][batch] = data;
        if (batch > table.batches) table.batches = batch;

        emit BatchSet(round, batch, data);
    }

    /// @inheritdoc ICarryOver
    function approveLimits(
        uint16 round,
        bytes32 root,
        uint32 rows,
        uint32 chunks,
        uint64 total,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        _requireRound(round);
        if (root == 0 || rows == 0 || chunks == 0) revert LimitsInvalid(round);
        LimitTable memory table = _tables[round];

        table = LimitTable(table.version + 1, rows, chunks, total, table.batches);
        _tables[round] = table;
        rootOf[round] = root;

        emit LimitsApproved(round, table.version, root, rows, chunks, total, ground.reason, ground.paper);
    }

    /// @inheritdoc ICarryOver
    function loadLimits(uint16 round, uint32 chunk, uint256[] calldata rows, bytes32[] calldata proof) external {
        LimitTable memory table = _tables[round];
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(chunk, rows))));
        if (chunk >= table.chunks || !MerkleProof.verifyCalldata(proof, rootOf[round], leaf)) {
            revert LimitsMismatch(round, chunk);
        }

        for (uint256 i = 0; i < rows.length; ++i) {
            CarryLimit storage limit = _limits[round][uint64(rows[i] >> 64)];
            limit.tonnes = uint64(rows[i]);
            limit.version = table.version;
        }

        emit LimitsLoaded(round, table.version, chunk, rows);
    }

    /// @inheritdoc ICarryOver
    function admitReleased(uint16 round, uint64[] calldata accounts, Ground calldata ground) external restricted {
        requireGround(ground);
        _requireRound(round);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _limits[round][accounts[i]].isReleased = true;
            emit ReleasedAdmitted(round, accounts[i], ground.reason, ground.paper);
        }
    }

    /* APPLICATIONS */

    /// @inheritdoc ICarryOver
    function carryOver(CarryOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.RELOCATE, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        CarryRound memory data = _requireRound(o.round);
        if (o.vintage < data.vintageMin || o.vintage > data.vintageMax) {
            revert VintageNotCarried(o.round, o.vintage, data.vintageMin, data.vintageMax);
        }
        LimitTable memory table = _tables[o.round];
        CarryLimit memory limit = _limits[o.round][o.account];
        if (table.version == 0 || limit.version != table.version) revert LimitUnknown(o.account, o.round);
        uint8 batch = _openBatch(o.account, o.round, table.batches, limit.isReleased);
        uint256 wanted = uint256(limit.used) + o.quantity;
        if (wanted > limit.tonnes) revert CarryLimitExceeded(o.account, o.round, limit.tonnes, wanted);

        limit.used = uint64(wanted);
        _limits[o.round][o.account] = limit;
        uint256 lockId = ALLOWANCES.lock(
            o.account,
            o.vintage,
            o.quantity,
            LockKind.CARRYOVER_PENDING,
            Compartment.REGISTRY,
            0,
            0
        );
        _applications[lockId] = CarryApplication(o.round, batch, o.quantity);

        emit CarryOverRequested(lockId, o.account, o.round, batch, o.vintage, o.quantity);
    }

    /// @inheritdoc ICarryOver
    function decideApplications(
        uint16 round,
        uint256[] calldata lockIds,
        bool isAccepted,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        uint64 vintage = _requireRound(round).vintage;
        for (uint256 i = 0; i < lockIds.length; ++i) {
            _decide(round, lockIds[i], isAccepted, vintage, ground);
        }
    }

    function _decide(uint16 round, uint256 lockId, bool isAccepted, uint64 vintage, Ground calldata ground) private {
        CarryApplication memory a = _applications[lockId];
        if (a.quantity == 0) return;
        if (a.round != round) revert ApplicationUnknown(lockId);
        if (isAccepted && ALLOWANCES.isAwaited(lockId)) return;
        // A forced transfer may have taken units out of the lock meanwhile: only what is left can be carried.
        Lock memory entry = ALLOWANCES.lockOf(lockId);
        uint64 carried = isAccepted ? entry.quantity : 0;

        delete _applications[lockId];
        _limits[round][entry.account].used -= a.quantity - carried;

        if (carried != 0) {
            emit CarriedOver(lockId, carried, ground.reason, ground.paper);
            ALLOWANCES.convertLocked(lockId, vintage);
        } else {
            emit CarryOverRefused(lockId, ground.reason, ground.paper);
            ALLOWANCES.unlock(lockId, entry.quantity);
        }
    }

    function _openBatch(uint64 account, uint16 round, uint8 count, bool isReleased) private view returns (uint8) {
        for (uint256 n = 1; n <= count; ++n) {
            CarryBatch memory data = _batches[round][uint8(n)];
            bool isOpen = data.opensAt <= block.timestamp && block.timestamp <= data.closesAt;
            if (isOpen && (isReleased || !data.isForReleased)) return uint8(n);
        }
        revert NoBatchOpen(account, round);
    }

    /* READS AND CHECKS */

    /// @inheritdoc ICarryOver
    function roundOf(uint16 round) external view returns (CarryRound memory) {
        return _rounds[round];
    }

    /// @inheritdoc ICarryOver
    function batchOf(uint16 round, uint8 batch) external view returns (CarryBatch memory) {
        return _batches[round][batch];
    }

    /// @inheritdoc ICarryOver
    function tableOf(uint16 round) external view returns (LimitTable memory) {
        return _tables[round];
    }

    /// @inheritdoc ICarryOver
    function limitOf(uint16 round, uint64 account) external view returns (CarryLimit memory) {
        return _limits[round][account];
    }

    /// @inheritdoc ICarryOver
    function applicationOf(uint256 lockId) external view returns (CarryApplication memory) {
        return _applications[lockId];
    }

    function _requireRound(uint16 round) private view returns (CarryRound memory data) {
        data = _rounds[round];
        if (data.vintage == 0) revert RoundUnknown(round);
    }
}
