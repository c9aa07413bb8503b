// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {Signers} from "../access/Signers.sol";
import {Account, AccountKind, Rights} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {WrongChain} from "../accounts/SignedOrders.sol";
import {AllocationPlan} from "./AllocationPlan.sol";
import {TableKind, TableState} from "./AllocationTypes.sol";
import {Case, CaseState, CaseSubject, IAllocationCases, Objection} from "./IAllocationCases.sol";

/// @title AllocationCases
/// @dev Documented in the interface.
contract AllocationCases is IAllocationCases, AccessManaged, EIP712 {
    using Signers for bytes;

    bytes32 private constant OBJECTION_TYPEHASH = keccak256(
        "Objection(uint64 chainId,uint64 account,uint16 year,uint8 subject,bytes32 target,bytes32 statement)"
    );

    IAccountRegistry public immutable ACCOUNTS;
    AllocationPlan public immutable ALLOCATION;

    mapping(bytes32 id => Case record) private _cases;

    constructor(
        address authority_,
        IAccountRegistry accounts,
        AllocationPlan allocation
    ) AccessManaged(authority_) EIP712("Allowance Registry", "1") {
        ACCOUNTS = accounts;
        ALLOCATION = allocation;
    }

    /* OBJECTIONS */

    /// @inheritdoc IAllocationCases
    function file(Objection calldata o, bytes calldata approval) external returns (bytes32 id) {
        if (o.chainId != block.chainid) revert WrongChain(uint64(block.chainid), o.chainId);
        bool isObjection = o.subject == CaseSubject.ALLOCATION || o.subject == CaseSubject.VERIFICATION;
        if (!isObjection || o.statement == 0) revert ObjectionInvalid(o.subject, o.statement);
        id = hashObjection(o);
        _requireRepresentative(o.account, id, approval);

        _open(id, o.account, o.year, o.subject);
        emit ObjectionFiled(id, o.account, o.year, o.subject, o.target, o.statement);
    }

    /// @inheritdoc IAllocationCases
    function decideObjections(
        uint8 province,
        bytes32[] calldata ids,
        bool isUpheld,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        for (uint256 i = 0; i < ids.length; ++i) {
            Case storage c = _requireOpen(province, ids[i], false);
            _decide(c, isUpheld ? CaseState.UPHELD : CaseState.REFUSED);
            emit ObjectionDecided(ids[i], isUpheld, ground.reason, ground.paper);
        }
    }

    function _requireRepresentative(uint64 account, bytes32 digest, bytes calldata approval) private view {
        (bytes calldata signer, bytes calldata signature) = approval.readOne();
        uint8 rights = ACCOUNTS.rightsOf(account, signer);
        if (rights == 0) revert IAccountRegistry.NotRepresentative(account, signer);
        if (rights & Rights.INITIATE == 0) revert IAccountRegistry.InsufficientRights(account, signer, rights);
        signer.requireSigned(signature, digest);
    }

    /* RECALCULATIONS */

    /// @inheritdoc IAllocationCases
    function openRecalculation(
        uint8 province,
        uint64 account,
        uint16 year,
        uint16 version,
        Ground calldata ground
    ) external restricted returns (bytes32 id) {
        requireGround(ground);
        _requireOf(province, account);
        id = keccak256(abi.encode(account, year, version));

        _open(id, account, year, CaseSubject.RECALCULATION);
        emit RecalculationOpened(id, account, year, version, ground.reason, ground.paper);
    }

    /// @inheritdoc IAllocationCases
    function closeRecalculation(
        uint8 province,
        bytes32 id,
        bytes32 tableId,
        Ground calldata ground
    ) external restricted {
        requireGround(ground);
        Case storage c = _requireOpen(province, id, true);
        if (tableId != 0) _requireApplied(id, c, tableId);

        _decide(c, tableId == 0 ? CaseState.UNCHANGED : CaseState.DONE);
        emit RecalculationClosed(id, tableId, ground.reason, ground.paper);
    }

    function _requireApplied(bytes32 id, Case storage c, bytes32 tableId) private view {
        TableState memory table = ALLOCATION.tableOf(tableId);
        bool isOfTheCase = table.kind == TableKind.RECALCULATION && table.year == c.year;
        // The row in force comes from this table, or from a later one that stands above it.
        if (!isOfTheCase || ALLOCATION.entitlementOf(c.account, c.year).table < table.number) {
            revert CaseTableWrong(id, tableId);
        }
    }

    /* STEPS */

    function _open(bytes32 id, uint64 account, uint16 year, CaseSubject subject) private {
        if (_cases[id].state != CaseState.NONE) revert CaseKnown(id);
        _cases[id] = Case(account, uint40(block.timestamp), 0, year, subject, CaseState.OPEN);
    }

    function _decide(Case storage c, CaseState state) private {
        c.state = state;
        c.decidedAt = uint40(block.timestamp);
    }

    function _requireOpen(uint8 province, bytes32 id, bool isRecalculation) private view returns (Case storage c) {
        c = _cases[id];
        bool isOpen = c.state == CaseState.OPEN && (c.subject == CaseSubject.RECALCULATION) == isRecalculation;
        if (!isOpen) revert CaseUnknown(id);
        _requireOf(province, c.account);
    }

    function _requireOf(uint8 province, uint64 account) private view {
        Account memory a = ACCOUNTS.accountOf(account);
        if (a.kind != AccountKind.KEY_EMITTER || a.province != province) revert CaseElsewhere(account, province);
    }

    /* READS */

    /// @inheritdoc IAllocationCases
    function caseOf(bytes32 id) external view returns (Case memory) {
        return _cases[id];
    }

    /// @inheritdoc IAllocationCases
    function hashObjection(Objection calldata objection) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(OBJECTION_TYPEHASH, objection)));
    }
}
