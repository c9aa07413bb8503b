// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";
import {ERC7913WebAuthnVerifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

/// @title P256Verifier: signers with a P-256 key, as verifier address followed by the 64-byte public key.
contract P256Verifier is ERC7913P256Verifier {}

/// @title PasskeyVerifier: signers with a passkey (WebAuthn), as verifier address followed by the 64-byte public key.
contract PasskeyVerifier is ERC7913WebAuthnVerifier {}
