// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

/// @title PeerERC20: the plain ERC-20 of the gas benchmark. Not part of the registry.
contract PeerERC20 is ERC20("Peer", "PEER") {
    function mint(address[] calldata holders, uint256 value) external {
        for (uint256 i = 0; i < holders.length; ++i) _mint(holders[i], value);
    }
}

/// @title PeerForwardedERC20: an ERC-20 that takes calls from a forwarder. Not part of the registry.
contract PeerForwardedERC20 is ERC20, ERC2771Context {
    constructor(address forwarder) ERC20("Peer", "PEER") ERC2771Context(forwarder) {}

    function mint(address[] calldata holders, uint256 value) external {
        for (uint256 i = 0; i < holders.length; ++i) _mint(holders[i], value);
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}

/// @title PeerERC1155: the plain ERC-1155 of the gas benchmark. Not part of the registry.
contract PeerERC1155 is ERC1155("") {
    function mint(address[] calldata holders, uint256 id, uint256 value) external {
        for (uint256 i = 0; i < holders.length; ++i) _mint(holders[i], id, value, "");
    }
}

/// @title PeerForwarder: the meta-transaction forwarder of the gas benchmark. Not part of the registry.
contract PeerForwarder is ERC2771Forwarder("Peer") {}
