// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";

/// @notice What a case is about: an objection to an allocation or a verification, or a recalculation.
enum CaseSubject {
    NONE,
    ALLOCATION,
    VERIFICATION,
    RECALCULATION
}

/// @notice Where a case stands. An objection is UPHELD or REFUSED, a recalculation DONE or UNCHANGED.
enum CaseState {
    NONE,
    OPEN,
    UPHELD,
    REFUSED,
    DONE,
    UNCHANGED
}

/// @notice One case: one storage word. Times are seconds; the deadlines of working days are computed off chain.
struct Case {
    uint64 account;
    uint40 openedAt;
    uint40 decidedAt;
    uint16 year;
    CaseSubject subject;
    CaseState state;
}

/**
 * @notice A firm's objection, signed by one representative who may initiate (EIP-712); its digest is the case.
 * @param subject ALLOCATION or VERIFICATION.
 * @param target identifier of the table, or digest of the statement, that is objected to; 0 where it names none.
 * @param statement hash of the written objection.
 */
struct Objection {
    uint64 chainId;
    uint64 account;
    uint16 year;
    CaseSubject subject;
    bytes32 target;
    bytes32 statement;
}

/**
 * @title IAllocationCases
 * @notice Objections (rule B-17) and recalculations after changed verified data (rule B-16) as recorded cases: who asked
 * when, and what the province decided when and why. They move no units: what is upheld comes as a table.
 *
 * A representative of any account that is known may object, whatever the account's status; an objection has no order
 * number, since the same one cannot be opened twice.
 */
interface IAllocationCases {
    event ObjectionFiled(
        bytes32 indexed id,
        uint64 indexed account,
        uint16 indexed year,
        CaseSubject subject,
        bytes32 target,
        bytes32 statement
    );
    event ObjectionDecided(bytes32 indexed id, bool isUpheld, uint16 reason, bytes32 paper);
    event RecalculationOpened(
        bytes32 indexed id,
        uint64 indexed account,
        uint16 indexed year,
        uint16 version,
        uint16 reason,
        bytes32 paper
    );
    event RecalculationClosed(bytes32 indexed id, bytes32 indexed tableId, uint16 reason, bytes32 paper);

    /// @notice No open case of this kind and province has this identifier.
    error CaseUnknown(bytes32 id);
    /// @notice The case was opened before.
    error CaseKnown(bytes32 id);
    /// @notice An objection is to an allocation or to a verification, and names its statement.
    error ObjectionInvalid(CaseSubject subject, bytes32 statement);
    /// @notice The account is no key emitter of this province.
    error CaseElsewhere(uint64 account, uint8 province);
    /// @notice The table is no recalculation that took effect for the account and year of the case.
    error CaseTableWrong(bytes32 id, bytes32 tableId);

    /// @notice Opens an objection. Anybody may deliver it. `approval` is packed, see `Signers`.
    function file(Objection calldata objection, bytes calldata approval) external returns (bytes32 id);

    /// @notice Decides objections of the province's firms.
    /// @custom:access-control act of PROVINCE of `province` (first argument)
    function decideObjections(uint8 province, bytes32[] calldata ids, bool isUpheld, Ground calldata ground) external;

    /// @notice Opens a recalculation because verified data changed to `version`.
    /// @custom:access-control act of PROVINCE of `province` (first argument)
    function openRecalculation(
        uint8 province,
        uint64 account,
        uint16 year,
        uint16 version,
        Ground calldata ground
    ) external returns (bytes32 id);

    /// @notice Closes a recalculation by the table that carried it out, or (0) because nothing changes.
    /// @custom:access-control act of PROVINCE of `province` (first argument)
    function closeRecalculation(uint8 province, bytes32 id, bytes32 tableId, Ground calldata ground) external;

    /// @notice A case; state NONE where there is none.
    function caseOf(bytes32 id) external view returns (Case memory);

    /// @notice EIP-712 digest that the representative signs; identifies the case.
    function hashObjection(Objection calldata objection) external view returns (bytes32);
}
