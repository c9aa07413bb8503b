// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";

/// @notice Standing of a verification body (rules H-01, H-05). WITHDRAWN and EXITED are final.
enum BodyStatus {
    NONE,
    ACTIVE,
    SUSPENDED,
    WITHDRAWN,
    EXITED
}

/**
 * @notice One body, one storage word.
 * @param validFrom first second of the accreditation.
 * @param validUntil last second of the accreditation.
 * @param scopes sectors it may verify, one bit per sector.
 */
struct Body {
    BodyStatus status;
    uint40 validFrom;
    uint40 validUntil;
    uint128 scopes;
}

/**
 * @title IAccreditationRegister
 * @notice Who may verify emissions: bodies with scopes, validity and standing, and the keys they sign with (rules
 * H-01, H-05, D-20). The emissions oracle asks at the moment a statement is submitted, so a suspension counts at once,
 * whenever the statement was signed.
 *
 * Invariants: a key belongs to one body at most; a body that was withdrawn or has left never comes back under its number;
 * only what two officers did makes anybody able to sign, one officer is enough to end it.
 *
 * Trust assumption: functions with an access-control tag are reached through `DualControl` only.
 */
interface IAccreditationRegister {
    event BodyAccredited(
        uint32 indexed body,
        uint128 scopes,
        uint40 validFrom,
        uint40 validUntil,
        bytes32 nameHash,
        uint16 reason,
        bytes32 paper
    );
    event BodyStatusChanged(uint32 indexed body, BodyStatus from, BodyStatus to, uint16 reason, bytes32 paper);
    event BodySignerSet(
        address indexed signerAddress,
        uint32 indexed body,
        uint32 indexed from,
        bytes signer,
        uint16 reason,
        bytes32 paper
    );

    /// @notice No body has this number.
    error BodyUnknown(uint32 body);
    /// @notice An accreditation needs a number, a scope and an end after its beginning.
    error AccreditationInvalid(uint32 body);
    /// @notice The body's standing does not allow this change: what ended is final.
    error BodyStatusChangeNotAllowed(uint32 body, BodyStatus standing, BodyStatus newStanding);
    /// @notice The body is suspended: its signatures do not count.
    error BodySuspended(uint32 body);
    /// @notice The body's accreditation was withdrawn.
    error BodyWithdrawn(uint32 body);
    /// @notice The body has left the market.
    error BodyExited(uint32 body);
    /// @notice The body's accreditation has not begun.
    error AccreditationNotBegun(uint32 body, uint40 validFrom);
    /// @notice The body's accreditation is over.
    error AccreditationExpired(uint32 body, uint40 validUntil);
    /// @notice The body is not accredited for this sector.
    error SectorOutOfScope(uint32 body, uint8 sector);

    /// @notice Accredits a body, or renews or changes the terms of one; a suspension stays as it is.
    /// @param nameHash hash of its registered name and papers; kept in the event.
    /// @custom:access-control act of MARKET_REGULATOR, checked by MINISTRY
    function accredit(
        uint32 body,
        uint128 scopes,
        uint40 validFrom,
        uint40 validUntil,
        bytes32 nameHash,
        Ground calldata ground
    ) external;

    /// @notice Gives keys to a body; a key that another body had moves. Body 0 takes them away.
    /// @custom:access-control act of MARKET_REGULATOR, checked by MINISTRY
    function setSigners(uint32 body, bytes[] calldata signers, Ground calldata ground) external;

    /// @notice Suspends a body at once, one officer of the ministry's supervision.
    /// @custom:access-control act of SUPERVISOR
    function suspend(uint32 body, Ground calldata ground) external;

    /// @notice Suspends a body at once, one officer of the market regulator.
    /// @custom:access-control act of MARKET_REGULATOR
    function suspendByRegulator(uint32 body, Ground calldata ground) external;

    /// @notice Takes one key away at once: lost, stolen, or its holder left.
    /// @custom:access-control act of SUPERVISOR
    function revokeSigner(bytes calldata signer, Ground calldata ground) external;

    /// @notice Ends a suspension.
    /// @custom:access-control act of MARKET_REGULATOR, checked by MINISTRY
    function reinstate(uint32 body, Ground calldata ground) external;

    /// @notice Withdraws an accreditation for good (rule H-05).
    /// @custom:access-control act of MARKET_REGULATOR, checked by MINISTRY
    function withdraw(uint32 body, Ground calldata ground) external;

    /// @notice Records that a body has left of its own will, for good (rule H-05).
    /// @custom:access-control act of MARKET_REGULATOR, checked by MINISTRY
    function exit(uint32 body, Ground calldata ground) external;

    /// @notice Body of a key, 0 for none. Reverts with the cause unless the body may verify `sector` at this moment.
    function requireStanding(address signerAddress, uint8 sector) external view returns (uint32 body);

    /// @notice A body; status NONE for an unknown number.
    function bodyOf(uint32 body) external view returns (Body memory);

    /// @notice Number of the body a key belongs to, 0 for none.
    function signerBody(bytes calldata signer) external view returns (uint32 body);
}
