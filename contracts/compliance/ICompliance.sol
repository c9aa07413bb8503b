// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {
    Payment,
    Certificate,
    ComplianceStatus,
    OffsetOrder,
    Position,
    SurrenderOrder,
    YearRules
} from "./ComplianceTypes.sol";

/// @title IObligationSink: where verified figures become obligations.
interface IObligationSink {
    /// @notice Sets the obligation of an entity and year to its verified emissions. Emissions oracle only.
    function recordObligation(uint64 account, uint16 year, uint64 tonnes) external;
}

/**
 * @title ICompliance
 * @notice Obligation, surrender and offset (rules C-01 to C-09). Units that pay an obligation are retired in the same
 * transaction that records the payment, so the two can never differ (rule C-06a).
 *
 * Invariants: a surrendered unit never pays twice; a wrong vintage never pays; offset <= floor(obligation * cap) at the
 * moment each offset is accepted; the status frozen at the deadline does not change; a reversal gives an account back
 * what it surrendered of that vintage for that obligation, and no more; a certificate states the figures in force or
 * does not stand.
 */
interface ICompliance is IObligationSink {
    event YearRulesSet(uint16 indexed year, YearRules rules);
    event ObligationRecorded(uint64 indexed account, uint16 indexed year, uint64 tonnes);
    event SurrenderRequested(
        uint256 indexed lockId,
        uint64 indexed account,
        uint64 beneficiary,
        uint16 indexed year,
        uint64 vintage,
        uint64 quantity
    );
    event SurrenderAccepted(uint256 indexed lockId, uint16 reason, bytes32 paper);
    event SurrenderRefused(uint256 indexed lockId, uint16 reason, bytes32 paper);
    event Surrendered(
        uint64 indexed beneficiary,
        uint16 indexed year,
        uint64 indexed account,
        uint64 vintage,
        uint64 quantity
    );
    event EntrustedSurrendered(uint256 indexed lockId, uint64 quantity, uint16 reason, bytes32 paper);
    event EntrustedReleased(
        uint256 indexed lockId,
        uint64 indexed beneficiary,
        uint64 quantity,
        uint16 reason,
        bytes32 paper
    );
    event Offset(uint64 indexed account, uint16 indexed year, uint64 indexed unit, uint64 quantity);
    event SurrenderReversed(
        uint64 indexed beneficiary,
        uint16 indexed year,
        uint64 indexed account,
        uint64 vintage,
        uint64 quantity,
        uint16 reason,
        bytes32 paper
    );
    event YearReopened(uint64 indexed account, uint16 indexed year);
    event Certified(
        uint64 indexed number,
        uint64 indexed account,
        uint16 indexed year,
        uint64 obligation,
        uint64 surrendered,
        uint64 offset,
        bool isOnTime,
        bytes32 digest
    );
    event CertificateVoided(uint64 indexed number, uint64 indexed account, uint16 indexed year);
    event YearClosed(uint16 indexed year);
    event StatusFrozen(uint64 indexed account, uint16 indexed year, ComplianceStatus status);

    /// @notice No rules stand for this compliance year.
    error YearUnknown(uint16 year);
    /// @notice The rules contradict themselves.
    error YearRulesInvalid(uint16 year);
    /// @notice No verified emissions are recorded for this entity and year.
    error NotReported(uint64 account, uint16 year);
    /// @notice The vintage is newer than those that pay this year.
    error FutureVintage(uint16 year, uint64 vintage, uint16 newest);
    /// @notice The vintage is older than those that pay this year.
    error ExpiredVintage(uint16 year, uint64 vintage, uint16 oldest);
    /// @notice More than what is still owed.
    error AboveObligation(uint64 account, uint16 year, uint64 owed, uint64 wanted);
    /// @notice The offsets would exceed the cap of the year.
    error OffsetCapExceeded(uint64 account, uint16 year, uint64 cap, uint256 wanted);
    /// @notice These credits do not count for this year, or no longer.
    error CreditNotEligible(uint16 year, uint64 unit);
    /// @notice The emissions oracle alone records obligations.
    error NotOracle(address caller);
    /// @notice No surrender waits under this number, or it belongs to another province.
    error RequestUnknown(uint256 lockId);
    /// @notice The time limit for reversals is over, or the account surrendered less of this vintage for this obligation.
    error ReversalNotAllowed(uint64 account, uint16 year);
    /// @notice The status was frozen as complete, and would no longer be what was paid.
    error ReversalAfterFreeze(uint64 account, uint16 year);
    /// @notice No units are entrusted under this lock, or they belong to another province.
    error EntrustedUnknown(uint256 lockId);
    /// @notice The firm still owes for the year the entrusted units were allocated for.
    error EntrustedOwed(uint64 account, uint16 year);
    /// @notice Certified is who has met the obligation, in a year that stands for itself.
    error CertificateNotDue(uint64 account, uint16 year);
    /// @notice A certificate of the same figures stands already.
    error CertificateStands(uint64 account, uint16 year, uint64 number);
    /// @notice The year can be closed after its deadline only, once.
    error YearNotOver(uint16 year, uint40 deadline);
    /// @notice The year is not closed.
    error YearNotClosed(uint16 year);

    /// @notice Sets the rules of a compliance year.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setYearRules(uint16 year, YearRules calldata rules) external;

    /// @notice Carries out a signed surrender: retires the units, or locks them where the province checks first.
    function surrender(SurrenderOrder calldata order, bytes calldata approvals) external;

    /// @notice The province accepts or refuses waiting surrenders of its entities (rule C-04).
    /// @custom:access-control act of PROVINCE of `province`
    function decideSurrenders(
        uint8 province,
        uint256[] calldata lockIds,
        bool isAccepted,
        Ground calldata ground
    ) external;

    /// @notice Surrenders for a firm out of the units its province holds for it (强制履约, rule C-09).
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province`
    function surrenderEntrusted(
        uint8 province,
        uint256 lockId,
        uint16 year,
        uint64 quantity,
        Ground calldata ground
    ) external;

    /// @notice Hands what is left of the entrusted units to the firm, once it owes nothing for their year (rule B-09).
    /// @custom:access-control act of REGISTRY, checked by PROVINCE of `province`
    function releaseEntrusted(uint8 province, uint256 lockId, Ground calldata ground) external;

    /// @notice Carries out a signed offset: cancels credits and counts them in one step.
    function offset(OffsetOrder calldata order, bytes calldata approvals) external;

    /// @notice Gives surrendered allowances back to the account they came from, inside the time limit; entrusted ones are
    /// entrusted again. A certificate that stands is voided; a status frozen as complete must stay true.
    /// @custom:access-control act of REGISTRY, checked by MINISTRY
    function reverseSurrender(
        uint64 beneficiary,
        uint64 account,
        uint16 year,
        uint64 vintage,
        uint64 quantity,
        Ground calldata ground
    ) external;

    /// @notice Closes a year after its deadline; statuses can then be frozen.
    /// @custom:access-control act of REGISTRY, checked by MINISTRY
    function closeYear(uint16 year) external;

    /// @notice Freezes the status of entities in a closed year. Anybody may call; a frozen status stays. Who has a
    /// surrender waiting for the province is left out until that is decided. A payment after the deadline freezes the
    /// status as it stood before, so paying late never counts as paying in time (rule C-13).
    function freezeStatuses(uint16 year, uint64[] calldata accounts) external;

    /// @notice Certifies a met obligation (履约证明, rule C-04). Anybody may call; the contract states its own figures. A
    /// correction of the verified figure, a reversal or a further payment voids the certificate.
    /// @return number of the certificate.
    function certify(uint64 account, uint16 year) external returns (uint64 number);

    /// @notice The certificate that stands; number 0 where none does.
    function certificateOf(uint64 account, uint16 year) external view returns (Certificate memory);

    /// @notice Number of the newest certificate.
    function certificateCount() external view returns (uint64);

    /// @notice What `account` surrendered of a vintage for the obligation of `beneficiary`, reversals taken off. Zero for
    /// the firm's own units of the year's own vintage: they are what is surrendered less `paidOtherwise`.
    function paymentOf(
        uint64 beneficiary,
        uint16 year,
        uint64 account,
        uint64 vintage
    ) external view returns (Payment memory);

    /// @notice What others surrendered for the obligation, and the firm itself with other vintages, tonnes.
    function paidOtherwise(uint64 beneficiary, uint16 year) external view returns (uint64);

    /// @notice Position of an entity in a year.
    function positionOf(uint64 account, uint16 year) external view returns (Position memory);

    /// @notice Live status of an entity in a year.
    function statusOf(uint64 account, uint16 year) external view returns (ComplianceStatus);

    /// @notice Most credits the entity may use in the year, tonnes (rule C-05).
    function offsetCapOf(uint64 account, uint16 year) external view returns (uint64);

    /// @notice Rules of a year; deadline 0 where there are none.
    function yearRules(uint16 year) external view returns (YearRules memory);

    /// @notice Whether a year was closed.
    function isClosed(uint16 year) external view returns (bool);
}
