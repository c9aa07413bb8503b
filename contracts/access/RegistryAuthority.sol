// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/**
 * @title RegistryAuthority
 * @notice The single authority every contract of the registry asks: who holds which role.
 * @dev After deployment its administrator is `DualControl` alone, so nobody can change a role by himself.
 */
contract RegistryAuthority is AccessManager {
    constructor(address deployer) AccessManager(deployer) {}
}
