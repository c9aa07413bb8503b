// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {AccountStatus, Action} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {SignedOrders} from "../accounts/SignedOrders.sol";
import {CCERToken, CreditBatch, CreditClass} from "../units/CCERToken.sol";
import {IUnitLedger} from "../units/IUnitLedger.sol";
import {Compartment, Lock, LockKind} from "../units/UnitTypes.sol";
import {
    ComplianceOrders,
    ComplianceStatus,
    OffsetOrder,
    Position,
    SurrenderOrder,
    YearRules
} from "./ComplianceTypes.sol";
import {ICompliance, IObligationSink} from "./ICompliance.sol";

/// @title Compliance
/// @dev Documented in the interface.
contract Compliance is ICompliance, AccessManaged, SignedOrders {
    using ComplianceOrders for SurrenderOrder;
    using ComplianceOrders for OffsetOrder;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;

    struct Request {
        uint64 beneficiary;
        uint16 year;
        uint48 quantity;
    }

    IUnitLedger public immutable ALLOWANCES;
    CCERToken public immutable CREDITS;
    address public immutable ORACLE;

    mapping(uint16 year => YearRules rules) private _rules;
    mapping(uint64 account => mapping(uint16 year => Position position)) private _positions;
    mapping(uint256 lockId => Request request) private _requests;
    mapping(uint16 year => bool isClosed) public isClosed;

    constructor(
        address authority_,
        IAccountRegistry accounts,
        IUnitLedger allowances,
        CCERToken credits,
        address oracle
    ) AccessManaged(authority_) SignedOrders(accounts) {
        ALLOWANCES = allowances;
        CREDITS = credits;
        ORACLE = oracle;
    }

    /* RULES AND OBLIGATIONS */

    /// @inheritdoc ICompliance
    function setYearRules(uint16 year, YearRules calldata rules) external restricted {
        bool isOrdered = rules.vintageMin <= rules.vintageMax && rules.runningFrom <= year;
        if (!isOrdered || rules.deadline == 0 || rules.offsetCapBps > BPS) revert YearRulesInvalid(year);

        _rules[year] = rules;

        emit YearRulesSet(year, rules);
    }

    /// @inheritdoc IObligationSink
    function recordObligation(uint64 account, uint16 year, uint64 tonnes) external {
        if (msg.sender != ORACLE) revert NotOracle(msg.sender);
        Position storage p = _positions[account][year];

        p.obligation = tonnes;
        p.isReported = true;

        emit ObligationRecorded(account, year, tonnes);
    }

    /* SURRENDER */

    /// @inheritdoc ICompliance
    function surrender(SurrenderOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.SURRENDER, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        YearRules memory rules = _requireRules(o.year);
        if (o.vintage > rules.vintageMax) revert FutureVintage(o.year, o.vintage, rules.vintageMax);
        if (o.vintage < rules.vintageMin) revert ExpiredVintage(o.year, o.vintage, rules.vintageMin);
        if (o.beneficiary != o.account) _requireKnown(o.beneficiary);
        if (block.timestamp > rules.deadline) _freezeStatus(o.beneficiary, o.year);
        Position memory p = _positions[o.beneficiary][o.year];
        if (rules.runningFrom == 0) _requireOwed(p, o.beneficiary, o.year, o.quantity);

        if (rules.isReviewed) {
            p.pending = (uint256(p.pending) + o.quantity).toUint48();
            _positions[o.beneficiary][o.year] = p;
            _request(o);
        } else {
            p.surrendered += o.quantity;
            _positions[o.beneficiary][o.year] = p;
            emit Surrendered(o.beneficiary, o.year, o.account, o.vintage, o.quantity);
            ALLOWANCES.retire(o.account, o.vintage, o.quantity);
        }
    }

    /// @inheritdoc ICompliance
    function decideSurrenders(
        uint8 province,
        uint256[] calldata lockIds,
        bool isAccepted,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        for (uint256 i = 0; i < lockIds.length; ++i) {
            _decide(province, lockIds[i], isAccepted, ground);
        }
    }

    function _request(SurrenderOrder calldata o) private {
        uint256 lockId = ALLOWANCES.lock(
            o.account,
            o.vintage,
            o.quantity,
            LockKind.SURRENDER_PENDING,
            Compartment.REGISTRY,
            o.beneficiary,
            0
        );
        _requests[lockId] = Request(o.beneficiary, o.year, uint48(o.quantity));
        emit SurrenderRequested(lockId, o.account, o.beneficiary, o.year, o.vintage, o.quantity);
    }

    function _decide(uint8 province, uint256 lockId, bool isAccepted, Ground calldata ground) private {
        Request memory r = _requests[lockId];
        if (r.quantity == 0 || ACCOUNTS.accountOf(r.beneficiary).province != province) revert RequestUnknown(lockId);
        delete _requests[lockId];
        Lock memory entry = ALLOWANCES.lockOf(lockId);
        Position storage p = _positions[r.beneficiary][r.year];
        // A forced transfer may have taken units out of the lock meanwhile: what waited is what was asked for.
        p.pending -= r.quantity;

        if (isAccepted) {
            p.surrendered += entry.quantity;
            emit SurrenderAccepted(lockId, ground.reason, ground.paper);
            emit Surrendered(r.beneficiary, r.year, entry.account, entry.unit, entry.quantity);
            ALLOWANCES.retireLocked(lockId, entry.quantity);
        } else {
            emit SurrenderRefused(lockId, ground.reason, ground.paper);
            ALLOWANCES.unlock(lockId, entry.quantity);
        }
    }

    /// @inheritdoc ICompliance
    function reverseSurrender(
        uint64 beneficiary,
        uint64 account,
        uint16 year,
        uint64 vintage,
        uint64 quantity,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        Position storage p = _positions[beneficiary][year];
        bool isInTime = block.timestamp <= _requireRules(year).reversibleUntil;
        if (!isInTime || quantity == 0 || p.surrendered < quantity) revert ReversalNotAllowed(beneficiary, year);

        p.surrendered -= quantity;
        emit SurrenderReversed(beneficiary, year, account, vintage, quantity, ground.reason, ground.paper);

        ALLOWANCES.restore(account, vintage, quantity);
    }

    /* OFFSET */

    /// @inheritdoc ICompliance
    function offset(OffsetOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.OFFSET, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        YearRules memory rules = _requireRules(o.year);
        _requireEligible(rules, o.year, o.unit);
        if (block.timestamp > rules.deadline) _freezeStatus(o.account, o.year);
        Position memory p = _positions[o.account][o.year];
        if (!p.isReported) revert NotReported(o.account, o.year);
        uint64 cap = _capOf(p, rules);
        uint256 wanted = uint256(p.offset) + o.quantity;
        if (wanted > cap) revert OffsetCapExceeded(o.account, o.year, cap, wanted);
        _requireOwed(p, o.account, o.year, o.quantity);

        p.offset = wanted.toUint48();
        _positions[o.account][o.year] = p;
        emit Offset(o.account, o.year, o.unit, o.quantity);

        CREDITS.retire(o.account, o.unit, o.quantity);
    }

    /* CLOSING */

    /// @inheritdoc ICompliance
    function closeYear(uint16 year) external restricted {
        uint40 deadline = _requireRules(year).deadline;
        if (isClosed[year] || block.timestamp <= deadline) revert YearNotOver(year, deadline);

        isClosed[year] = true;

        emit YearClosed(year);
    }

    /// @inheritdoc ICompliance
    function freezeStatuses(uint16 year, uint64[] calldata accounts) external {
        if (!isClosed[year]) revert YearNotClosed(year);
        for (uint256 i = 0; i < accounts.length; ++i) {
            // What was asked for in time and waits for the province is not late.
            if (_positions[accounts[i]][year].pending == 0) _freezeStatus(accounts[i], year);
        }
    }

    /// @dev Also before the first payment that comes after the deadline: it no longer changes who paid in time (C-13).
    function _freezeStatus(uint64 account, uint16 year) private {
        Position storage p = _positions[account][year];
        if (p.isFrozen) return;
        ComplianceStatus status = statusOf(account, year);
        p.frozen = status;
        p.isFrozen = true;
        emit StatusFrozen(account, year, status);
    }

    /* READS */

    /// @inheritdoc ICompliance
    function statusOf(uint64 account, uint16 year) public view returns (ComplianceStatus) {
        YearRules memory rules = _rules[year];
        if (!_positions[account][year].isReported) return ComplianceStatus.NOT_REPORTED;
        uint256 owed = 0;
        uint256 paid = 0;
        for (uint16 y = rules.runningFrom == 0 ? year : rules.runningFrom; y <= year; ++y) {
            Position memory p = _positions[account][y];
            owed += p.obligation;
            paid += uint256(p.surrendered) + p.offset;
        }
        if (paid >= owed) return ComplianceStatus.COMPLETE;
        return block.timestamp <= rules.deadline ? ComplianceStatus.OPEN : ComplianceStatus.SHORT;
    }

    /// @inheritdoc ICompliance
    function positionOf(uint64 account, uint16 year) external view returns (Position memory) {
        return _positions[account][year];
    }

    /// @inheritdoc ICompliance
    function offsetCapOf(uint64 account, uint16 year) external view returns (uint64) {
        return _capOf(_positions[account][year], _rules[year]);
    }

    /// @inheritdoc ICompliance
    function yearRules(uint16 year) external view returns (YearRules memory) {
        return _rules[year];
    }

    /* CHECKS */

    function _requireRules(uint16 year) private view returns (YearRules memory rules) {
        rules = _rules[year];
        if (rules.deadline == 0) revert YearUnknown(year);
    }

    function _requireKnown(uint64 account) private view {
        if (ACCOUNTS.accountOf(account).status == AccountStatus.NONE) revert IAccountRegistry.AccountUnknown(account);
    }

    function _requireOwed(Position memory p, uint64 account, uint16 year, uint64 quantity) private pure {
        if (!p.isReported) revert NotReported(account, year);
        uint256 paid = uint256(p.surrendered) + p.offset + p.pending;
        uint64 owed = paid >= p.obligation ? 0 : uint64(p.obligation - paid);
        if (quantity > owed) revert AboveObligation(account, year, owed, quantity);
    }

    function _requireEligible(YearRules memory rules, uint16 year, uint64 unit) private view {
        CreditBatch memory batch = CREDITS.batchOf(unit);
        bool isCounted = (rules.creditClasses >> uint8(batch.class)) & 1 == 1;
        bool isTooLate = batch.class == CreditClass.OLD && block.timestamp > rules.oldCreditUntil;
        if (batch.size == 0 || batch.isInsideETS || !isCounted || isTooLate) revert CreditNotEligible(year, unit);
    }

    function _capOf(Position memory p, YearRules memory rules) private pure returns (uint64) {
        return uint64((uint256(p.obligation) * rules.offsetCapBps) / BPS);
    }
}
