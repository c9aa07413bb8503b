// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ground} from "../access/Ground.sol";
import {Account, AccountStatus, Action, Opening, Seat} from "./AccountTypes.sol";

/**
 * @title IAccountRegistry
 * @notice Accounts are positions in the ledger, not keys (rule A-15): a number, a status and the representatives who may
 * sign for it. Every order of every module is authorized here: status, number of the order, signatures, rights.
 *
 * Trust assumptions:
 * - functions with an access-control tag are reached through `DualControl` only;
 * - modules named by `setModule` pass the digest of exactly what they then do.
 */
interface IAccountRegistry {
    event AccountOpened(
        uint64 indexed account,
        uint8 kind,
        uint8 sector,
        uint8 indexed province,
        uint8 approvals,
        bytes32 kycHash
    );
    event RepresentativeSet(uint64 indexed account, address indexed signerAddress, bytes signer, uint8 rights);
    event ApprovalsSet(uint64 indexed account, uint8 approvals);
    event AccountStatusChanged(
        uint64 indexed account,
        AccountStatus from,
        AccountStatus to,
        uint16 reason,
        bytes32 paper
    );
    event ClassRestricted(uint8 indexed province, uint256 sectors, uint16 reason, bytes32 paper);
    event ClassReleased(uint8 indexed province, uint256 sectors, uint16 reason, bytes32 paper);
    event OrderAuthorized(bytes32 indexed digest, uint64 account);
    event ModuleSet(address indexed module, bool isModule);
    event LedgersSet(address[] ledgers);
    event RegistryStopped(uint16 reason, bytes32 paper);
    event RegistryResumed(uint16 reason, bytes32 paper);

    /// @notice No account has this number.
    error AccountUnknown(uint64 account);
    /// @notice The number is taken, or 0.
    error AccountNumberTaken(uint64 account);
    /// @notice An opening must name a kind, 1 or 2 approvals and as many different representatives.
    error OpeningIncomplete(uint64 account);
    /// @notice The status of the account, or a freeze of its class, does not allow this.
    error ActionNotAllowed(uint64 account, AccountStatus status, Action action);
    /// @notice The order's number is not the next one: replayed, out of order, or signed on old data.
    error WrongNonce(uint64 account, uint64 expected, uint64 given);
    /// @notice The signer is not a representative of this account.
    error NotRepresentative(uint64 account, bytes signer);
    /// @notice The representative lacks the right this order needs.
    error InsufficientRights(uint64 account, bytes signer, uint8 rights);
    /// @notice The account needs another number of signatures.
    error WrongApprovalCount(uint64 account, uint8 required);
    /// @notice The caller is not a module of the registry.
    error NotModule(address caller);
    /// @notice The status change is not one of those rule A-09 allows, or uses the wrong act.
    error StatusChangeNotAllowed(uint64 account, AccountStatus from, AccountStatus to);
    /// @notice An account closes only with nothing held (rule A-09).
    error AccountNotEmpty(uint64 account);

    /// @notice Opens accounts, once each (rules A-06 to A-08).
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function openAccounts(Opening[] calldata openings) external;

    /// @notice Names, changes or (rights 0) removes representatives.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function setRepresentatives(uint64 account, Seat[] calldata seats) external;

    /// @notice Sets whether one or two representatives must sign.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function setApprovals(uint64 account, uint8 approvals) external;

    /// @notice Makes accounts stricter: restriction or freeze (rules A-09, A-12). One officer, at once. A status that
    /// would allow anything the present one forbids is refused: that is a release.
    /// @custom:access-control act of SUPERVISOR
    function freeze(uint64[] calldata accounts, AccountStatus status, Ground calldata ground) external;

    /// @notice Releases accounts to ACTIVE. Two officers.
    /// @custom:access-control act of SUPERVISOR, checked by SUPERVISOR
    function unfreeze(uint64[] calldata accounts, Ground calldata ground) external;

    /// @notice Restricts every account of `sectors` (bit per sector) in `province` (0: all). Reporting, issue and
    /// surrender go on (rule A-12).
    /// @custom:access-control act of SUPERVISOR
    function restrictClass(uint8 province, uint256 sectors, Ground calldata ground) external;

    /// @notice Lifts a class restriction. Two officers.
    /// @custom:access-control act of SUPERVISOR, checked by SUPERVISOR
    function releaseClass(uint8 province, uint256 sectors, Ground calldata ground) external;

    /// @notice Moves an account to CLOSING, and from CLOSING to CLOSED once nothing is held.
    /// @custom:access-control act of REGISTRY, checked by REGISTRY
    function close(uint64 account, Ground calldata ground) external;

    /// @notice Emergency stop: no unit is issued, moved, surrendered or cancelled until `resume`.
    /// @custom:access-control act of SUPERVISOR
    function stop(Ground calldata ground) external;

    /// @notice Ends the emergency stop. Two officers.
    /// @custom:access-control act of SUPERVISOR, checked by SUPERVISOR
    function resume(Ground calldata ground) external;

    /// @notice Lets a contract have orders authorized.
    /// @custom:access-control act of GOVERNANCE, checked by GOVERNANCE
    function setModule(address module, bool isModule) external;

    /// @notice Names the ledgers that hold copies of clearances. One that is left out stops for good; a ledger that was
    /// never named does not run either.
    /// @custom:access-control act of GOVERNANCE, checked by GOVERNANCE
    function setLedgers(address[] calldata ledgers) external;

    /**
     * @notice Checks an order and uses up its number. Modules only.
     * @param account whose order it is.
     * @param action what the order does.
     * @param digest EIP-712 digest that the representatives signed.
     * @param nonce the order's number.
     * @param approvals one or two packed approvals (see `Signers`), as the account requires: initiator first.
     */
    function authorize(uint64 account, Action action, bytes32 digest, uint64 nonce, bytes calldata approvals) external;

    /// @notice Actions the account may be part of now, one bit per `Action`; 0 for an unknown account.
    function allowedActions(uint64 account) external view returns (uint256);

    /// @notice The account's word; status NONE for an unknown account.
    function accountOf(uint64 account) external view returns (Account memory);

    /// @notice Rights of a signer in an account, 0 for none.
    function rightsOf(uint64 account, bytes calldata signer) external view returns (uint8);

    /// @notice Sectors restricted in a province, one bit per sector; province 0: in all.
    function restrictedSectors(uint8 province) external view returns (uint256);

    /// @notice Clearance epoch: grows whenever any account may have become stricter.
    function epoch() external view returns (uint32);

    /// @notice Whether the emergency stop is on.
    function isStopped() external view returns (bool);
}
