// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {Signers} from "../access/Signers.sol";
import {Body, BodyStatus, IAccreditationRegister} from "./IAccreditationRegister.sol";
import {IEmissionsOracle} from "./IEmissionsOracle.sol";

/// @title AccreditationRegister
/// @dev Documented in the interface.
contract AccreditationRegister is IAccreditationRegister, AccessManaged {
    using Signers for bytes;

    mapping(uint32 number => Body body) private _bodies;
    mapping(address signer => uint32 body) private _bodyOfSigner;

    constructor(address authority_) AccessManaged(authority_) {}

    /* BODIES */

    /// @inheritdoc IAccreditationRegister
    function accredit(
        uint32 body,
        uint128 scopes,
        uint40 validFrom,
        uint40 validUntil,
        bytes32 nameHash,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        if (body == 0 || scopes == 0 || validUntil <= validFrom) revert AccreditationInvalid(body);
        BodyStatus status = _bodies[body].status;
        if (status == BodyStatus.NONE) {
            status = BodyStatus.ACTIVE;
            emit BodyStatusChanged(body, BodyStatus.NONE, status, ground.reason, ground.paper);
        } else if (_hasEnded(status)) {
            revert BodyStatusChangeNotAllowed(body, status, BodyStatus.ACTIVE);
        }

        _bodies[body] = Body(status, validFrom, validUntil, scopes);

        emit BodyAccredited(body, scopes, validFrom, validUntil, nameHash, ground.reason, ground.paper);
    }

    /// @inheritdoc IAccreditationRegister
    function suspend(uint32 body, Ground calldata ground) external restricted {
        _suspend(body, ground);
    }

    /// @inheritdoc IAccreditationRegister
    function suspendByRegulator(uint32 body, Ground calldata ground) external restricted {
        _suspend(body, ground);
    }

    /// @inheritdoc IAccreditationRegister
    function reinstate(uint32 body, Ground calldata ground) external restricted {
        BodyStatus from = _requireKnown(body);
        if (from != BodyStatus.SUSPENDED) revert BodyStatusChangeNotAllowed(body, from, BodyStatus.ACTIVE);
        _setStatus(body, BodyStatus.ACTIVE, ground);
    }

    /// @inheritdoc IAccreditationRegister
    function withdraw(uint32 body, Ground calldata ground) external restricted {
        _end(body, BodyStatus.WITHDRAWN, ground);
    }

    /// @inheritdoc IAccreditationRegister
    function exit(uint32 body, Ground calldata ground) external restricted {
        _end(body, BodyStatus.EXITED, ground);
    }

    function _suspend(uint32 body, Ground calldata ground) private {
        BodyStatus from = _requireKnown(body);
        if (from != BodyStatus.ACTIVE) revert BodyStatusChangeNotAllowed(body, from, BodyStatus.SUSPENDED);
        _setStatus(body, BodyStatus.SUSPENDED, ground);
    }

    function _end(uint32 body, BodyStatus to, Ground calldata ground) private {
        BodyStatus from = _requireKnown(body);
        if (_hasEnded(from)) revert BodyStatusChangeNotAllowed(body, from, to);
        _setStatus(body, to, ground);
    }

    function _setStatus(uint32 body, BodyStatus to, Ground calldata ground) private {
        requireGround(ground);
        emit BodyStatusChanged(body, _bodies[body].status, to, ground.reason, ground.paper);
        _bodies[body].status = to;
    }

    function _hasEnded(BodyStatus status) private pure returns (bool) {
        return status == BodyStatus.WITHDRAWN || status == BodyStatus.EXITED;
    }

    function _requireKnown(uint32 body) private view returns (BodyStatus status) {
        status = _bodies[body].status;
        if (status == BodyStatus.NONE) revert BodyUnknown(body);
    }

    /* KEYS */

    /// @inheritdoc IAccreditationRegister
    function setSigners(uint32 body, bytes[] calldata signers, Ground calldata ground) external restricted {
        requireGround(ground);
        if (body != 0) {
            BodyStatus status = _requireKnown(body);
            if (_hasEnded(status)) revert BodyStatusChangeNotAllowed(body, status, BodyStatus.ACTIVE);
        }
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i].length < 20) revert IEmissionsOracle.NotReportSigner(signers[i]);
            if (body != 0) signers[i].requireAccepted(authority());
            _setSigner(body, signers[i], ground);
        }
    }

    /// @inheritdoc IAccreditationRegister
    function revokeSigner(bytes calldata signer, Ground calldata ground) external restricted {
        requireGround(ground);
        bool isKnown = signer.length > 19 && _bodyOfSigner[signer.toAddress()] != 0;
        if (!isKnown) revert IEmissionsOracle.NotReportSigner(signer);
        _setSigner(0, signer, ground);
    }

    function _setSigner(uint32 body, bytes calldata signer, Ground calldata ground) private {
        address key = signer.toAddress();
        emit BodySignerSet(key, body, _bodyOfSigner[key], signer, ground.reason, ground.paper);
        _bodyOfSigner[key] = body;
    }

    /* READS */

    /// @inheritdoc IAccreditationRegister
    function requireStanding(address signerAddress, uint8 sector) external view returns (uint32 number) {
        number = _bodyOfSigner[signerAddress];
        if (number == 0) return 0;
        Body memory body = _bodies[number];
        if (body.status == BodyStatus.SUSPENDED) revert BodySuspended(number);
        if (body.status == BodyStatus.WITHDRAWN) revert BodyWithdrawn(number);
        if (body.status == BodyStatus.EXITED) revert BodyExited(number);
        if (block.timestamp < body.validFrom) revert AccreditationNotBegun(number, body.validFrom);
        if (block.timestamp > body.validUntil) revert AccreditationExpired(number, body.validUntil);
        if ((body.scopes >> sector) & 1 == 0) revert SectorOutOfScope(number, sector);
    }

    /// @inheritdoc IAccreditationRegister
    function bodyOf(uint32 body) external view returns (Body memory) {
        return _bodies[body];
    }

    /// @inheritdoc IAccreditationRegister
    function signerBody(bytes calldata signer) external view returns (uint32 body) {
        return _bodyOfSigner[signer.toAddress()];
    }
}
