// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IObligationSink} from "../compliance/ICompliance.sol";

/// @notice Classes of signers: institutions that do not depend on one another (rule D-20). A VERIFIER is whoever the
/// accreditation register names; the others are named here.
enum SignerClass {
    NONE,
    VERIFIER,
    PROVINCE,
    CENTRE
}

/**
 * @notice Verified emissions of one sub-unit of an entity and year, as the signers state them (rule D-20).
 * @param chainId chain the statement is meant for.
 * @param oracle contract the statement is meant for.
 * @param epoch configuration under which it was signed.
 * @param account account of the key emitter.
 * @param year compliance year.
 * @param unit sub-unit that the figure is of, 1 to `units`.
 * @param units sub-units the entity has in the year; 1 for an entity that reports as a whole.
 * @param version 1 for the first figure; a correction carries the next number.
 * @param tonnes verified emissions, tCO2e, whole tonnes.
 * @param reportHash hash of the verified report.
 * @param previous digest of the statement that this one replaces, 0 for the first.
 */
struct EmissionsReport {
    uint64 chainId;
    address oracle;
    uint32 epoch;
    uint64 account;
    uint16 year;
    uint16 unit;
    uint16 units;
    uint16 version;
    uint64 tonnes;
    bytes32 reportHash;
    bytes32 previous;
}

/// @notice The figure of a sub-unit in force. `digest` is the first half of the digest of the statement behind it.
struct Figure {
    uint64 tonnes;
    uint16 version;
    uint40 recordedAt;
    bytes16 digest;
}

/**
 * @notice An entity's year over its sub-units.
 * @param total sum of the figures in force, tonnes.
 * @param units sub-units the entity has; it may grow, never shrink.
 * @param reported sub-units that have a figure; the total is an obligation once all have.
 */
struct Summary {
    uint64 total;
    uint16 units;
    uint16 reported;
}

/// @notice A signer of statements besides verifiers. A PROVINCE signer signs for accounts of its own province (0: any).
struct ReportSigner {
    SignerClass class;
    uint8 province;
}

/// @notice Who signed a statement, by class; 0 where the class did not. `body` is the verifier's.
struct StatementSigners {
    address verifier;
    address province;
    address centre;
    uint32 body;
}

/**
 * @title IEmissionsOracle
 * @notice Emissions become real only with k signatures from k different classes, checked here (rules D-08, D-20).
 * A correction supersedes the figure and names what it replaces; nothing is overwritten without a trace.
 * An entity with several sub-units has one statement each; their sum becomes the obligation when all have a figure, and
 * until they have again, after a further sub-unit was found, the obligation in force stays.
 *
 * Invariants: a report below the threshold changes nothing; raising the threshold makes every pending statement void;
 * a signer that was removed no longer counts, whenever it signed, nor does a verifier whose body may not verify the
 * account's sector at this moment.
 */
interface IEmissionsOracle {
    event SinkSet(address sink);
    event ThresholdSet(uint32 indexed epoch, uint8 threshold, uint8 requiredClasses);
    event ReportSignerSet(address indexed signerAddress, bytes signer, SignerClass class, uint8 province);
    event EmissionsRecorded(
        uint64 indexed account,
        uint16 indexed year,
        uint16 indexed unit,
        uint16 units,
        uint16 version,
        uint64 tonnes,
        bytes32 reportHash,
        bytes32 digest,
        bytes32 previous,
        StatementSigners signers
    );

    /// @notice The statement was signed for another chain.
    error ReportWrongChain(uint64 expected, uint64 given);
    /// @notice The statement was signed for another contract.
    error ReportWrongOracle(address expected, address given);
    /// @notice The statement was signed under another configuration.
    error StaleConfig(uint32 current, uint32 given);
    /// @notice Fewer signatures than the threshold.
    error BelowThreshold(uint8 threshold, uint256 given);
    /// @notice A class that must sign did not.
    error ClassMissing(uint8 requiredClasses, uint8 signedClasses);
    /// @notice Two signers of one class.
    error SameClass(SignerClass class);
    /// @notice The signer is not, or no longer, a signer of statements.
    error NotReportSigner(bytes signer);
    /// @notice A province signs for its own key emitters only (rule A-01b).
    error OtherProvince(uint8 signerProvince, uint8 accountProvince);
    /// @notice Verifiers are named in the accreditation register (rule H-01).
    error ClassFromRegister(SignerClass class);
    /// @notice The version is not the next one: replayed or superseded.
    error WrongVersion(uint64 account, uint16 year, uint16 unit, uint16 expected, uint16 given);
    /// @notice A correction must name the statement in force.
    error WrongPrevious(uint64 account, uint16 year, uint16 unit, bytes16 expected);
    /// @notice A sub-unit is numbered from 1 to the number of sub-units.
    error UnitInvalid(uint16 unit, uint16 units);
    /// @notice Sub-units may be found later, never forgotten: a wrong one is corrected to 0 tonnes.
    error UnitsShrunk(uint64 account, uint16 year, uint16 known, uint16 given);
    /// @notice Only accounts of key emitters have verified emissions.
    error NotKeyEmitter(uint64 account);
    /// @notice The threshold must lie between 1 and the number of classes, and cover the required ones.
    error ThresholdInvalid(uint8 threshold, uint8 requiredClasses);

    /// @notice Names the module that turns figures into obligations.
    /// @custom:access-control act of GOVERNANCE, checked by GOVERNANCE
    function setSink(IObligationSink sink) external;

    /// @notice Sets how many classes must sign and which must be among them (bit per class). Starts a new epoch.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setThreshold(uint8 threshold, uint8 requiredClasses) external;

    /// @notice Names a signer of the classes PROVINCE and CENTRE, or with class NONE takes its right away at once.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setSigner(bytes calldata signer, SignerClass class, uint8 province) external;

    /// @notice Takes a signer's right away at once, one officer.
    /// @custom:access-control act of SUPERVISOR
    function suspendSigner(bytes calldata signer) external;

    /// @notice Records a figure. Anybody may deliver it. Approvals are packed, see `Signers`.
    function submit(EmissionsReport calldata report, bytes calldata approvals) external;

    /// @notice Figure of a sub-unit in force; version 0 where there is none.
    function figureOf(uint64 account, uint16 year, uint16 unit) external view returns (Figure memory);

    /// @notice An entity's year over its sub-units; units 0 where nothing was reported.
    function summaryOf(uint64 account, uint16 year) external view returns (Summary memory);

    /// @notice Threshold, required classes and epoch in force.
    function config() external view returns (uint8 threshold, uint8 requiredClasses, uint32 epoch);

    /// @notice Class and province of a signer; class NONE where it is none, or a verifier's (see `IAccreditationRegister`).
    function signerOf(bytes calldata signer) external view returns (ReportSigner memory);

    /// @notice EIP-712 digest the signers sign.
    function hashReport(EmissionsReport calldata report) external view returns (bytes32);
}
