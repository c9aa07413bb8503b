// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {AccountStatus, Action} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {SignedOrders, ZeroQuantity} from "../accounts/SignedOrders.sol";
import {CCERToken, CreditBatch, CreditClass} from "../units/CCERToken.sol";
import {IUnitLedger} from "../units/IUnitLedger.sol";
import {Compartment, Lock, LockKind} from "../units/UnitTypes.sol";
import {
    Payment,
    ComplianceOrders,
    ComplianceStatus,
    OffsetOrder,
    Position,
    SurrenderOrder,
    YearRules
} from "./ComplianceTypes.sol";
import {ComplianceYears} from "./ComplianceYears.sol";
import {ICompliance, IObligationSink} from "./ICompliance.sol";

/// @title Compliance
/// @dev Documented in the interface.
contract Compliance is ComplianceYears, SignedOrders {
    using ComplianceOrders for SurrenderOrder;
    using ComplianceOrders for OffsetOrder;
    using SafeCast for uint256;

    struct Request {
        uint64 beneficiary;
        uint16 year;
        uint48 quantity;
    }

    IUnitLedger public immutable ALLOWANCES;
    CCERToken public immutable CREDITS;
    address public immutable ORACLE;

    mapping(uint256 lockId => Request request) private _requests;
    mapping(uint64 beneficiary => mapping(uint16 year => mapping(uint64 account => mapping(uint64 vintage => Payment))))
        private _payments;
    /// @dev Sum of `_payments`. The common payment, by the firm itself with the year's own vintage, has no word there: it
    /// is the rest of what was surrendered.
    mapping(uint64 beneficiary => mapping(uint16 year => uint64 tonnes)) public paidOtherwise;

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

    /* OBLIGATIONS */

    /// @inheritdoc IObligationSink
    function recordObligation(uint64 account, uint16 year, uint64 tonnes) external {
        if (msg.sender != ORACLE) revert NotOracle(msg.sender);
        Position storage p = _positions[account][year];
        bool isRaised = p.isReported && tonnes > p.obligation;
        bool wasComplete = isRaised && statusOf(account, year) == ComplianceStatus.COMPLETE;
        if (p.isReported && tonnes != p.obligation) _voidCertificate(account, year);

        p.obligation = tonnes;
        p.isReported = true;

        emit ObligationRecorded(account, year, tonnes);
        if (wasComplete && statusOf(account, year) != ComplianceStatus.COMPLETE) emit YearReopened(account, year);
    }

    /* SURRENDER */

    /// @inheritdoc ICompliance
    function surrender(SurrenderOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.SURRENDER, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        YearRules memory rules = _requireRules(o.year);
        _requireVintage(rules, o.year, o.vintage);
        if (o.beneficiary != o.account) _requireKnown(o.beneficiary);
        _freezeIfLate(rules, o.beneficiary, o.year);
        Position memory p = _positions[o.beneficiary][o.year];
        if (rules.runningFrom == 0) _requireOwed(p, o.beneficiary, o.year, o.quantity);

        if (rules.isReviewed) {
            p.pending = (uint256(p.pending) + o.quantity).toUint48();
            _positions[o.beneficiary][o.year] = p;
            _request(o);
        } else {
            p.surrendered += o.quantity;
            _positions[o.beneficiary][o.year] = p;
            _countPayment(o.beneficiary, o.year, o.account, o.vintage, o.quantity);
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
            // A correction may have made the year complete, and certified, while this waited.
            _voidCertificate(r.beneficiary, r.year);
            p.surrendered += entry.quantity;
            _countPayment(r.beneficiary, r.year, entry.account, entry.unit, entry.quantity);
            emit SurrenderAccepted(lockId, ground.reason, ground.paper);
            emit Surrendered(r.beneficiary, r.year, entry.account, entry.unit, entry.quantity);
            ALLOWANCES.retireLocked(lockId, entry.quantity);
        } else {
            emit SurrenderRefused(lockId, ground.reason, ground.paper);
            ALLOWANCES.unlock(lockId, entry.quantity);
        }
    }

    /// @inheritdoc ICompliance
    function surrenderEntrusted(
        uint8 province,
        uint256 lockId,
        uint16 year,
        uint64 quantity,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        if (quantity == 0) revert ZeroQuantity();
        Lock memory entry = _requireEntrusted(province, lockId);
        YearRules memory rules = _requireRules(year);
        _requireVintage(rules, year, entry.unit);
        _freezeIfLate(rules, entry.beneficiary, year);
        _requireOwed(_positions[entry.beneficiary][year], entry.beneficiary, year, quantity);

        _positions[entry.beneficiary][year].surrendered += quantity;
        _payments[entry.beneficiary][year][entry.account][entry.unit].entrusted += quantity;
        paidOtherwise[entry.beneficiary][year] += quantity;
        emit EntrustedSurrendered(lockId, quantity, ground.reason, ground.paper);
        emit Surrendered(entry.beneficiary, year, entry.account, entry.unit, quantity);

        ALLOWANCES.retireLocked(lockId, quantity);
    }

    /// @inheritdoc ICompliance
    function releaseEntrusted(uint8 province, uint256 lockId, Ground calldata ground) external restricted {
        requireGround(ground);
        Lock memory entry = _requireEntrusted(province, lockId);
        // Units are entrusted for the obligation of the year they were allocated for.
        uint16 year = uint16(entry.unit);
        if (statusOf(entry.beneficiary, year) != ComplianceStatus.COMPLETE) {
            revert EntrustedOwed(entry.beneficiary, year);
        }

        emit EntrustedReleased(lockId, entry.beneficiary, entry.quantity, ground.reason, ground.paper);

        ALLOWANCES.moveLocked(lockId, entry.beneficiary, entry.quantity);
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
        bool isInTime = block.timestamp <= _requireRules(year).reversibleUntil;
        Position storage p = _positions[beneficiary][year];
        Payment memory paid = _payments[beneficiary][year][account][vintage];
        bool isCommon = account == beneficiary && vintage == year;
        if (isCommon) paid.ordered = p.surrendered - paidOtherwise[beneficiary][year];
        bool isPaid = quantity != 0 && uint256(paid.ordered) + paid.entrusted >= quantity;
        if (!isInTime || !isPaid) revert ReversalNotAllowed(beneficiary, year);

        _voidCertificate(beneficiary, year);
        p.surrendered -= quantity;
        uint64 entrusted = paid.entrusted < quantity ? paid.entrusted : quantity;
        if (!isCommon) {
            _payments[beneficiary][year][account][vintage] = Payment(
                paid.ordered - (quantity - entrusted),
                paid.entrusted - entrusted
            );
            paidOtherwise[beneficiary][year] -= quantity;
        }
        bool isMade = p.isFrozen && p.frozen == ComplianceStatus.COMPLETE;
        if (isMade && statusOf(beneficiary, year) != ComplianceStatus.COMPLETE) {
            revert ReversalAfterFreeze(beneficiary, year);
        }
        emit SurrenderReversed(beneficiary, year, account, vintage, quantity, ground.reason, ground.paper);

        ALLOWANCES.restore(account, vintage, quantity);
        if (entrusted == 0) return;
        ALLOWANCES.lock(account, vintage, entrusted, LockKind.ENTRUSTED, Compartment.REGISTRY, beneficiary, 0);
    }

    /* OFFSET */

    /// @inheritdoc ICompliance
    function offset(OffsetOrder calldata o, bytes calldata approvals) external {
        _authorize(o.chainId, o.account, Action.OFFSET, o.hash(), o.quantity, o.nonce, o.expiry, approvals);
        YearRules memory rules = _requireRules(o.year);
        _requireEligible(rules, o.year, o.unit);
        _freezeIfLate(rules, o.account, o.year);
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

    /* READS AND CHECKS */

    /// @inheritdoc ICompliance
    function paymentOf(
        uint64 beneficiary,
        uint16 year,
        uint64 account,
        uint64 vintage
    ) external view returns (Payment memory) {
        return _payments[beneficiary][year][account][vintage];
    }

    function _countPayment(uint64 beneficiary, uint16 year, uint64 account, uint64 vintage, uint64 quantity) private {
        if (account == beneficiary && vintage == year) return;
        _payments[beneficiary][year][account][vintage].ordered += quantity;
        paidOtherwise[beneficiary][year] += quantity;
    }

    function _requireKnown(uint64 account) private view {
        if (ACCOUNTS.accountOf(account).status == AccountStatus.NONE) revert IAccountRegistry.AccountUnknown(account);
    }

    /// @dev Both the account that holds the units and the firm behind them belong to the acting province.
    function _requireEntrusted(uint8 province, uint256 lockId) private view returns (Lock memory entry) {
        entry = ALLOWANCES.lockOf(lockId);
        bool isEntrusted = entry.kind == LockKind.ENTRUSTED && entry.quantity != 0;
        if (
            !isEntrusted ||
            ACCOUNTS.accountOf(entry.account).province != province ||
            ACCOUNTS.accountOf(entry.beneficiary).province != province
        ) revert EntrustedUnknown(lockId);
    }

    function _requireEligible(YearRules memory rules, uint16 year, uint64 unit) private view {
        CreditBatch memory batch = CREDITS.batchOf(unit);
        bool isCounted = (rules.creditClasses >> uint8(batch.class)) & 1 == 1;
        bool isTooLate = batch.class == CreditClass.OLD && block.timestamp > rules.oldCreditUntil;
        if (batch.size == 0 || batch.isInsideETS || !isCounted || isTooLate) revert CreditNotEligible(year, unit);
    }
}
