// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "./Ground.sol";

/**
 * @notice One officer's act: a call of one function of the registry, with its ground.
 * @param chainId chain the act is meant for.
 * @param target contract to call.
 * @param data call data, selector first.
 * @param ground reason code and paper hash.
 * @param salt makes two equal acts different.
 * @param expiry last second at which the act may be proposed, approved or executed.
 */
struct Act {
    uint64 chainId;
    address target;
    bytes data;
    Ground ground;
    uint64 salt;
    uint64 expiry;
}

/**
 * @notice Who may have a function called, and how.
 * @param target contract.
 * @param selector function.
 * @param maker role that proposes, or acts alone where `checker` is 0.
 * @param checker role of the second officer; 0: one officer is enough.
 * @param delay seconds between approval and execution.
 * @param scopeWord number of the argument word that holds the province, 0 where the act is national.
 */
struct Permission {
    address target;
    bytes4 selector;
    uint64 maker;
    uint64 checker;
    uint32 delay;
    uint8 scopeWord;
}

/**
 * @title IDualControl
 * @notice Maker and checker. Every privileged function of the registry is reached through here and nowhere else:
 * an officer signs an act, whoever relays it has no say, and where the table asks for it a second, different officer
 * must approve the very same act.
 *
 * Trust assumptions:
 * - role membership in `RegistryAuthority` is right; changing it goes through this contract, with a delay whose floor
 *   is a constant here;
 * - the table is sealed once by the deployer; later changes are governance acts.
 */
interface IDualControl {
    enum ActState {
        NONE,
        PROPOSED,
        APPROVED,
        EXECUTED,
        REJECTED
    }

    event ActProposed(
        bytes32 indexed id,
        address indexed maker,
        address indexed target,
        bytes4 selector,
        uint16 reason,
        bytes32 paper,
        uint64 expiry
    );
    event ActApproved(bytes32 indexed id, address indexed checker, uint64 executableAt);
    event ActRejected(bytes32 indexed id, address indexed checker);
    event ActExecuted(bytes32 indexed id, address indexed target, bytes4 selector, uint16 reason, bytes32 paper);
    event PermissionSet(
        address indexed target,
        bytes4 indexed selector,
        uint64 maker,
        uint64 checker,
        uint32 delay,
        uint8 scopeWord
    );

    /// @notice The table was sealed already.
    error AlreadySealed();
    /// @notice No row of the permission table opens this function.
    error FunctionNotPermitted(address target, bytes4 selector);
    /// @notice The signer does not hold the role this act needs.
    error OfficerLacksRole(address officer, uint64 role);
    /// @notice Maker and checker are the same officer.
    error SameOfficer(address officer);
    /// @notice The act is not in the state this step needs.
    error WrongActState(bytes32 id, ActState state);
    /// @notice The act is past its expiry.
    error ActExpired(uint64 expiry);
    /// @notice The act was signed for another chain.
    error ActWrongChain(uint64 expected, uint64 given);
    /// @notice The delay after approval has not passed.
    error DelayNotOver(uint64 executableAt);
    /// @notice A governance permission needs a checker and at least the floor's delay.
    error DelayBelowFloor(uint32 floor, uint32 given);
    /// @notice The act names a call without a function selector.
    error CallTooShort();

    /// @notice An officer proposes an act; where the table asks for no checker it is executed at once.
    function propose(Act calldata act, bytes calldata maker) external returns (bytes32 id);

    /// @notice A second officer approves the act; it is executed at once where the table sets no delay.
    /// The checker signs `Decision(bytes32 act,bool approve)`.
    function approve(Act calldata act, bytes calldata checker) external;

    /// @notice A second officer, or the maker, rejects a pending act.
    function reject(Act calldata act, bytes calldata checker) external;

    /// @notice Executes an approved act after its delay; anyone may call. Both officers must still hold their roles.
    function execute(Act calldata act) external;

    /// @notice Adds, changes or removes (maker 0) a row of the table. Governance only, by act.
    function setPermission(Permission calldata permission) external;

    /// @notice State, maker, earliest execution and (while it waits for that) checker of an act.
    function acts(
        bytes32 id
    ) external view returns (ActState state, address maker, uint64 executableAt, address checker);

    /// @notice The row of the table for a function; maker 0 where there is none.
    function permissionOf(address target, bytes4 selector) external view returns (Permission memory);

    /// @notice EIP-712 digest of an act, which is its identifier.
    function hashAct(Act calldata act) external view returns (bytes32);
}
