// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/**
 * @notice A signature together with the ERC-7913 signer that made it.
 * @param signer 20 bytes: an address; longer: verifier contract followed by the public key.
 * @param signature what the signer's kind of key produces.
 */
struct Approval {
    bytes signer;
    bytes signature;
}

/// @notice The signature does not verify for the signer it names: another chain, contract or content was signed.
error InvalidSignature(bytes signer);
/// @notice The same signer appears twice.
error DuplicateSigner(bytes signer);

/// @title Signers: one way to name and to check whoever signs (representative, officer, verifier).
library Signers {
    /// @notice Address under which a signer holds roles: its own for 20 bytes, else derived from verifier and key.
    function toAddress(bytes calldata signer) internal pure returns (address) {
        return signer.length == 20 ? address(bytes20(signer)) : address(uint160(uint256(keccak256(signer))));
    }

    /// @notice Reverts unless `approval.signature` is its signer's over `digest`.
    function requireSigned(Approval calldata approval, bytes32 digest) internal view {
        bool valid =
            approval.signer.length == 20
                ? SignatureChecker.isValidSignatureNowCalldata(
                    address(bytes20(approval.signer)),
                    digest,
                    approval.signature
                )
                : SignatureChecker.isValidSignatureNow(approval.signer, digest, approval.signature);
        if (!valid) revert InvalidSignature(approval.signer);
    }
}
