// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {DuplicateSigner, Signers} from "../access/Signers.sol";
import {Account, AccountKind} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {IObligationSink} from "../compliance/ICompliance.sol";
import {IAccreditationRegister} from "./IAccreditationRegister.sol";
import {
    EmissionsReport,
    Figure,
    IEmissionsOracle,
    ReportSigner,
    SignerClass,
    StatementSigners,
    Summary
} from "./IEmissionsOracle.sol";

/// @title EmissionsOracle
/// @dev Documented in the interface.
contract EmissionsOracle is IEmissionsOracle, AccessManaged, EIP712 {
    using Signers for bytes;

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "EmissionsReport(uint64 chainId,address oracle,uint32 epoch,uint64 account,uint16 year,uint16 unit,uint16 units,"
        "uint16 version,uint64 tonnes,bytes32 reportHash,bytes32 previous)"
    );
    /// @dev Classes besides NONE; each may sign once, so no statement has more signatures.
    uint8 private constant CLASS_COUNT = 3;

    struct Config {
        uint8 threshold;
        uint8 requiredClasses;
        uint32 epoch;
        IObligationSink sink;
    }

    IAccountRegistry public immutable ACCOUNTS;
    IAccreditationRegister public immutable ACCREDITATION;

    Config private _config;
    mapping(address signer => ReportSigner record) private _signers;
    mapping(uint64 account => mapping(uint16 year => mapping(uint16 unit => Figure figure))) private _figures;
    /// @dev Of entities with several sub-units only: most have one, whose figure says it all.
    mapping(uint64 account => mapping(uint16 year => Summary summary)) private _summaries;

    constructor(
        address authority_,
        IAccountRegistry accounts,
        IAccreditationRegister accreditation
    ) AccessManaged(authority_) EIP712("Allowance Registry", "1") {
        ACCOUNTS = accounts;
        ACCREDITATION = accreditation;
    }

    /* CONFIGURATION */

    /// @inheritdoc IEmissionsOracle
    function setSink(IObligationSink sink) external restricted {
        _config.sink = sink;
        emit SinkSet(address(sink));
    }

    /// @inheritdoc IEmissionsOracle
    function setThreshold(uint8 threshold, uint8 requiredClasses) external restricted {
        bool isCovered = threshold != 0 && threshold <= CLASS_COUNT && _count(requiredClasses) <= threshold;
        if (!isCovered || requiredClasses & 1 != 0 || requiredClasses >> (CLASS_COUNT + 1) != 0) {
            revert ThresholdInvalid(threshold, requiredClasses);
        }

        _config.threshold = threshold;
        _config.requiredClasses = requiredClasses;
        ++_config.epoch;

        emit ThresholdSet(_config.epoch, threshold, requiredClasses);
    }

    /// @inheritdoc IEmissionsOracle
    function setSigner(bytes calldata signer, SignerClass class, uint8 province) external restricted {
        _setSigner(signer, class, province);
    }

    /// @inheritdoc IEmissionsOracle
    function suspendSigner(bytes calldata signer) external restricted {
        _setSigner(signer, SignerClass.NONE, 0);
    }

    function _setSigner(bytes calldata signer, SignerClass class, uint8 province) private {
        if (class == SignerClass.VERIFIER) revert ClassFromRegister(class);
        if (signer.length < 20) revert NotReportSigner(signer);
        if (class != SignerClass.NONE) signer.requireAccepted(authority());
        address key = signer.toAddress();
        _signers[key] = ReportSigner(class, province);
        emit ReportSignerSet(key, signer, class, province);
    }

    /* REPORTS */

    /// @inheritdoc IEmissionsOracle
    function submit(EmissionsReport calldata report, bytes calldata approvals) external {
        Config memory c = _config;
        if (report.chainId != block.chainid) revert ReportWrongChain(uint64(block.chainid), report.chainId);
        if (report.oracle != address(this)) revert ReportWrongOracle(address(this), report.oracle);
        if (report.epoch != c.epoch) revert StaleConfig(c.epoch, report.epoch);
        if (report.unit == 0 || report.unit > report.units) revert UnitInvalid(report.unit, report.units);
        Account memory account = ACCOUNTS.accountOf(report.account);
        if (account.kind != AccountKind.KEY_EMITTER) revert NotKeyEmitter(report.account);
        Figure memory figure = _figures[report.account][report.year][report.unit];
        Summary memory summary = summaryOf(report.account, report.year);
        _requireNext(report, figure, summary);
        bytes32 digest = hashReport(report);
        StatementSigners memory signers = _requireThreshold(c, digest, account, approvals);

        (uint64 total, bool isComplete) = _record(report, figure, summary, digest);
        emit EmissionsRecorded(
            report.account,
            report.year,
            report.unit,
            report.units,
            report.version,
            report.tonnes,
            report.reportHash,
            digest,
            report.previous,
            signers
        );

        if (isComplete) c.sink.recordObligation(report.account, report.year, total);
    }

    function _requireNext(EmissionsReport calldata r, Figure memory figure, Summary memory summary) private pure {
        if (r.units < summary.units) revert UnitsShrunk(r.account, r.year, summary.units, r.units);
        if (r.version != figure.version + 1) {
            revert WrongVersion(r.account, r.year, r.unit, figure.version + 1, r.version);
        }
        if (bytes16(r.previous) != figure.digest) revert WrongPrevious(r.account, r.year, r.unit, figure.digest);
    }

    /// @return total sum over the sub-units, tonnes.
    /// @return isComplete whether every sub-unit has a figure.
    function _record(
        EmissionsReport calldata r,
        Figure memory before,
        Summary memory summary,
        bytes32 digest
    ) private returns (uint64 total, bool isComplete) {
        total = summary.total - before.tonnes + r.tonnes;
        uint16 reported = before.version == 0 ? summary.reported + 1 : summary.reported;
        isComplete = reported == r.units;

        _figures[r.account][r.year][r.unit] = Figure(r.tonnes, r.version, uint40(block.timestamp), bytes16(digest));
        if (r.units > 1) _summaries[r.account][r.year] = Summary(total, r.units, reported);
    }

    function _requireThreshold(
        Config memory c,
        bytes32 digest,
        Account memory account,
        bytes calldata approvals
    ) private view returns (StatementSigners memory signers) {
        uint8 classes = 0;
        uint256 count = 0;
        for (uint256 at = 0; at < approvals.length; ++count) {
            bytes calldata signer;
            bytes calldata signature;
            (signer, signature, at) = approvals.read(at);
            SignerClass class = _admit(signers, signer, account);
            uint8 bit = uint8(1 << uint8(class));
            if (classes & bit != 0) revert SameClass(class);
            classes |= bit;
            signer.requireSigned(signature, digest);
        }
        if (c.threshold == 0 || count < c.threshold) revert BelowThreshold(c.threshold, count);
        if (classes & c.requiredClasses != c.requiredClasses) revert ClassMissing(c.requiredClasses, classes);
    }

    /// @dev Enters the signer under its class and returns that, unless it may not sign for the account.
    function _admit(
        StatementSigners memory signers,
        bytes calldata signer,
        Account memory account
    ) private view returns (SignerClass) {
        address key = signer.toAddress();
        bool isThere = key == signers.verifier || key == signers.province || key == signers.centre;
        if (isThere) revert DuplicateSigner(signer);
        ReportSigner memory record = _signers[key];
        if (record.class == SignerClass.NONE) {
            uint32 body = ACCREDITATION.requireStanding(key, account.sector);
            if (body == 0) revert NotReportSigner(signer);
            (signers.verifier, signers.body) = (key, body);
            return SignerClass.VERIFIER;
        }
        if (record.province != 0 && record.province != account.province) {
            revert OtherProvince(record.province, account.province);
        }
        if (record.class == SignerClass.PROVINCE) signers.province = key;
        else signers.centre = key;
        return record.class;
    }

    function _count(uint8 bits) private pure returns (uint8 count) {
        for (; bits != 0; bits &= bits - 1) ++count;
    }

    /* READS */

    /// @inheritdoc IEmissionsOracle
    function hashReport(EmissionsReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, report)));
    }

    /// @inheritdoc IEmissionsOracle
    function config() external view returns (uint8 threshold, uint8 requiredClasses, uint32 epoch) {
        return (_config.threshold, _config.requiredClasses, _config.epoch);
    }

    /// @inheritdoc IEmissionsOracle
    function figureOf(uint64 account, uint16 year, uint16 unit) external view returns (Figure memory) {
        return _figures[account][year][unit];
    }

    /// @inheritdoc IEmissionsOracle
    function summaryOf(uint64 account, uint16 year) public view returns (Summary memory summary) {
        summary = _summaries[account][year];
        if (summary.units != 0) return summary;
        Figure memory whole = _figures[account][year][1];
        if (whole.version != 0) return Summary(whole.tonnes, 1, 1);
    }

    /// @inheritdoc IEmissionsOracle
    function signerOf(bytes calldata signer) external view returns (ReportSigner memory) {
        return _signers[signer.toAddress()];
    }
}
