// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {DuplicateSigner, Signers} from "../access/Signers.sol";
import {Account, AccountKind} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {IObligationSink} from "../compliance/ICompliance.sol";
import {EmissionsReport, Figure, IEmissionsOracle, ReportSigner, SignerClass} from "./IEmissionsOracle.sol";

/// @title EmissionsOracle
/// @dev Documented in the interface.
contract EmissionsOracle is IEmissionsOracle, AccessManaged, EIP712 {
    using Signers for bytes;

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "EmissionsReport(uint64 chainId,address oracle,uint32 epoch,uint64 account,uint16 year,uint16 version,"
        "uint64 tonnes,bytes32 reportHash,bytes32 previous)"
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

    Config private _config;
    mapping(address signer => ReportSigner record) private _signers;
    mapping(uint64 account => mapping(uint16 year => Figure figure)) private _figures;

    constructor(
        address authority_,
        IAccountRegistry accounts
    ) AccessManaged(authority_) EIP712("Allowance Registry", "1") {
        ACCOUNTS = accounts;
    }

    /* CONFIGURATION */

    /// @notice Names the module that turns figures into obligations.
    /// @custom:access-control act of GOVERNANCE, checked by GOVERNANCE
    function setSink(IObligationSink sink) external restricted {
        _config.sink = sink;
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
        Account memory account = ACCOUNTS.accountOf(report.account);
        if (account.kind != AccountKind.KEY_EMITTER) revert NotKeyEmitter(report.account);
        Figure memory figure = _figures[report.account][report.year];
        if (report.version != figure.version + 1) {
            revert WrongVersion(report.account, report.year, figure.version + 1, report.version);
        }
        if (bytes16(report.previous) != figure.digest) {
            revert WrongPrevious(report.account, report.year, figure.digest);
        }
        bytes32 digest = hashReport(report);
        _requireThreshold(c, digest, account.province, approvals);

        _figures[report.account][report.year] = Figure(
            report.tonnes,
            report.version,
            uint40(block.timestamp),
            bytes16(digest)
        );
        emit EmissionsRecorded(
            report.account,
            report.year,
            report.version,
            report.tonnes,
            report.reportHash,
            digest,
            report.previous
        );

        c.sink.recordObligation(report.account, report.year, report.tonnes);
    }

    function _requireThreshold(Config memory c, bytes32 digest, uint8 province, bytes calldata approvals) private view {
        uint8 classes = 0;
        uint256 count = 0;
        address[CLASS_COUNT] memory seen;
        for (uint256 at = 0; at < approvals.length; ++count) {
            bytes calldata signer;
            bytes calldata signature;
            (signer, signature, at) = approvals.read(at);
            address key = signer.toAddress();
            for (uint256 i = 0; i < count; ++i) {
                if (seen[i] == key) revert DuplicateSigner(signer);
            }
            uint8 bit = _requireSigner(key, signer, province);
            if (classes & bit != 0) revert SameClass(_signers[key].class);
            classes |= bit;
            seen[count] = key;
            signer.requireSigned(signature, digest);
        }
        if (c.threshold == 0 || count < c.threshold) revert BelowThreshold(c.threshold, count);
        if (classes & c.requiredClasses != c.requiredClasses) revert ClassMissing(c.requiredClasses, classes);
    }

    /// @return bit of the signer's class.
    function _requireSigner(address key, bytes calldata signer, uint8 province) private view returns (uint8 bit) {
        ReportSigner memory record = _signers[key];
        if (record.class == SignerClass.NONE) revert NotReportSigner(signer);
        if (record.province != 0 && record.province != province) revert OtherProvince(record.province, province);
        return uint8(1 << uint8(record.class));
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
    function figureOf(uint64 account, uint16 year) external view returns (Figure memory) {
        return _figures[account][year];
    }

    /// @inheritdoc IEmissionsOracle
    function signerOf(bytes calldata signer) external view returns (ReportSigner memory) {
        return _signers[signer.toAddress()];
    }
}
