// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Roles} from "./Roles.sol";

/// @notice The signature does not verify for the signer it names: another contract or another content was signed.
error InvalidSignature(bytes signer);
/// @notice The same signer appears twice.
error DuplicateSigner(bytes signer);
/// @notice The signer is no address and its verifier contract is not one that governance accepted.
error VerifierNotAccepted(bytes signer);
/// @notice The packed approvals do not parse, see `Signers`.
error ApprovalsMalformed();

/**
 * @title Signers
 * @notice One way to name and to check whoever signs: representative, officer, verifier.
 *
 * A signer is an ERC-7913 name: 20 bytes are the address of a key, longer is a verifier contract followed by a public
 * key. WARNING: a contract cannot sign by ERC-1271: its answer may change from block to block, an order's must not.
 * For the same reason a verifier contract must hold the role VERIFIER when its key is named: one that answers as it
 * likes, or burns all gas, would harm whoever is carried in the same transaction.
 * Approvals travel packed, one after another:
 * `uint16 length of signer | signer | uint16 length of signature | signature`.
 * @dev Packed, because nested ABI arrays cost about as much gas as the signature check itself.
 */
library Signers {
    /// @notice Address under which a signer is filed: its own for 20 bytes, else derived from verifier and key.
    function toAddress(bytes calldata signer) internal pure returns (address) {
        return signer.length == 20 ? address(bytes20(signer)) : address(uint160(uint256(keccak256(signer))));
    }

    /**
     * @notice Reads one approval.
     * @param packed approvals.
     * @param at position to start from.
     * @return signer its ERC-7913 name.
     * @return signature its signature.
     * @return next position behind it.
     */
    function read(
        bytes calldata packed,
        uint256 at
    ) internal pure returns (bytes calldata signer, bytes calldata signature, uint256 next) {
        (signer, next) = _field(packed, at);
        (signature, next) = _field(packed, next);
        if (signer.length < 20) revert ApprovalsMalformed();
    }

    /// @notice Reads the only approval.
    function readOne(bytes calldata packed) internal pure returns (bytes calldata signer, bytes calldata signature) {
        uint256 next;
        (signer, signature, next) = read(packed, 0);
        if (next != packed.length) revert ApprovalsMalformed();
    }

    /// @notice Reverts unless the signer is an address, or a key of a verifier contract that governance accepted.
    function requireAccepted(bytes calldata signer, address authority) internal view {
        if (signer.length == 20) return;
        (bool isMember, ) = IAccessManager(authority).hasRole(Roles.VERIFIER, address(bytes20(signer)));
        if (!isMember) revert VerifierNotAccepted(signer);
    }

    /// @notice Reverts unless `signature` is the signer's over `digest`.
    function requireSigned(bytes calldata signer, bytes calldata signature, bytes32 digest) internal view {
        if (!_isSigned(signer, signature, digest)) revert InvalidSignature(signer);
    }

    function _isSigned(bytes calldata signer, bytes calldata signature, bytes32 digest) private view returns (bool) {
        if (signer.length != 20) return SignatureChecker.isValidSignatureNow(signer, digest, signature);
        (address recovered, ECDSA.RecoverError err, ) = ECDSA.tryRecoverCalldata(digest, signature);
        return err == ECDSA.RecoverError.NoError && recovered == address(bytes20(signer));
    }

    function _field(bytes calldata packed, uint256 at) private pure returns (bytes calldata field, uint256 next) {
        unchecked {
            uint256 start = at + 2;
            if (packed.length < start) revert ApprovalsMalformed();
            next = start + uint16(bytes2(packed[at:]));
            if (packed.length < next) revert ApprovalsMalformed();
            field = packed[start:next];
        }
    }
}
