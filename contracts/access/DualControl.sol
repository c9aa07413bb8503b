// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {requireGround} from "./Ground.sol";
import {Act, IDualControl, Permission} from "./IDualControl.sol";
import {Roles} from "./Roles.sol";
import {Signers} from "./Signers.sol";

/// @title DualControl
/// @dev Documented in the interface.
contract DualControl is IDualControl, AccessManaged, EIP712 {
    using Signers for bytes;

    /// @notice Least delay of an act that changes who holds power: no setting can go below it.
    uint32 public constant GOVERNANCE_DELAY_FLOOR = 1 days;

    bytes32 private constant GROUND_TYPEHASH = keccak256("Ground(uint16 reason,bytes32 paper)");
    bytes32 private constant ACT_TYPEHASH = keccak256(
        "Act(uint64 chainId,address target,bytes data,Ground ground,uint64 salt,uint64 expiry)"
        "Ground(uint16 reason,bytes32 paper)"
    );
    bytes32 private constant DECISION_TYPEHASH = keccak256("Decision(bytes32 act,bool approve)");

    struct ActRecord {
        ActState state;
        address maker;
        uint64 executableAt;
        address checker;
    }

    struct Row {
        uint64 maker;
        uint64 checker;
        uint32 delay;
        uint8 scopeWord;
    }

    address private immutable DEPLOYER;
    bool private _isSealed;
    mapping(bytes32 id => ActRecord record) public acts;
    mapping(address target => mapping(bytes4 selector => Row row)) private _rows;

    constructor(address authority_) AccessManaged(authority_) EIP712("Allowance Registry", "1") {
        DEPLOYER = msg.sender;
    }

    /* PERMISSION TABLE */

    /// @notice Writes the whole table, once, during deployment.
    function seal(Permission[] calldata permissions) external {
        if (_isSealed || msg.sender != DEPLOYER) revert AlreadySealed();
        _isSealed = true;

        for (uint256 i = 0; i < permissions.length; ++i) {
            _setPermission(permissions[i]);
        }
    }

    /// @inheritdoc IDualControl
    function setPermission(Permission calldata permission) external restricted {
        _setPermission(permission);
    }

    /// @inheritdoc IDualControl
    function permissionOf(address target, bytes4 selector) external view returns (Permission memory) {
        Row memory row = _rows[target][selector];
        return Permission(target, selector, row.maker, row.checker, row.delay, row.scopeWord);
    }

    function _setPermission(Permission calldata p) private {
        bool grantsPower = p.maker == Roles.GOVERNANCE || p.target == authority() || p.target == address(this);
        if (grantsPower && p.maker != 0 && (p.delay < GOVERNANCE_DELAY_FLOOR || p.checker == 0)) {
            revert DelayBelowFloor(GOVERNANCE_DELAY_FLOOR, p.delay);
        }

        _rows[p.target][p.selector] = Row(p.maker, p.checker, p.delay, p.scopeWord);

        emit PermissionSet(p.target, p.selector, p.maker, p.checker, p.delay, p.scopeWord);
    }

    /* ACTS */

    /// @inheritdoc IDualControl
    function propose(Act calldata act, bytes calldata maker) external returns (bytes32 id) {
        id = _requireLive(act);
        requireGround(act.ground);
        ActRecord storage record = acts[id];
        if (record.state != ActState.NONE) revert WrongActState(id, record.state);
        Row memory row = _rowOf(act);
        address officer = _requireOfficer(act, row.scopeWord, row.maker, maker, id);

        record.state = ActState.PROPOSED;
        record.maker = officer;
        emit ActProposed(id, officer, act.target, bytes4(act.data), act.ground.reason, act.ground.paper, act.expiry);

        if (row.checker == 0) _schedule(id, record, act, row.delay);
    }

    /// @inheritdoc IDualControl
    function approve(Act calldata act, bytes calldata checker) external {
        bytes32 id = _requireLive(act);
        ActRecord storage record = acts[id];
        if (record.state != ActState.PROPOSED) revert WrongActState(id, record.state);
        Row memory row = _rowOf(act);
        if (row.checker == 0) revert FunctionNotPermitted(act.target, bytes4(act.data));
        address officer = _requireOfficer(act, row.scopeWord, row.checker, checker, _hashDecision(id, true));
        if (officer == record.maker) revert SameOfficer(officer);
        // The maker may have lost the role since: an act counts only while both hold theirs.
        _requireRole(record.maker, act, row.scopeWord, row.maker);

        if (row.delay != 0) record.checker = officer;
        emit ActApproved(id, officer, uint64(block.timestamp) + row.delay);
        _schedule(id, record, act, row.delay);
    }

    /// @inheritdoc IDualControl
    function reject(Act calldata act, bytes calldata checker) external {
        bytes32 id = hashAct(act);
        ActRecord storage record = acts[id];
        if (record.state != ActState.PROPOSED && record.state != ActState.APPROVED) {
            revert WrongActState(id, record.state);
        }
        Row memory row = _rowOf(act);
        (bytes calldata signer, bytes calldata signature) = checker.readOne();
        address officer = signer.toAddress();
        if (officer != record.maker) _requireRole(officer, act, row.scopeWord, row.checker);
        signer.requireSigned(signature, _hashDecision(id, false));

        record.state = ActState.REJECTED;
        emit ActRejected(id, officer);
    }

    /// @inheritdoc IDualControl
    function execute(Act calldata act) external {
        bytes32 id = _requireLive(act);
        ActRecord storage record = acts[id];
        if (record.state != ActState.APPROVED) revert WrongActState(id, record.state);
        if (block.timestamp < record.executableAt) revert DelayNotOver(record.executableAt);
        Row memory row = _rowOf(act);
        // Who lost the role during the delay no longer counts, nor does an act that now needs a second officer.
        _requireRole(record.maker, act, row.scopeWord, row.maker);
        if (row.checker != 0) _requireRole(record.checker, act, row.scopeWord, row.checker);

        _execute(id, record, act);
    }

    /// @inheritdoc IDualControl
    function hashAct(Act calldata act) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        ACT_TYPEHASH,
                        act.chainId,
                        act.target,
                        keccak256(act.data),
                        keccak256(abi.encode(GROUND_TYPEHASH, act.ground)),
                        act.salt,
                        act.expiry
                    )
                )
            );
    }

    function _schedule(bytes32 id, ActRecord storage record, Act calldata act, uint32 delay) private {
        if (delay == 0) {
            _execute(id, record, act);
        } else {
            record.state = ActState.APPROVED;
            record.executableAt = uint64(block.timestamp) + delay;
        }
    }

    function _execute(bytes32 id, ActRecord storage record, Act calldata act) private {
        record.state = ActState.EXECUTED;
        emit ActExecuted(id, act.target, bytes4(act.data), act.ground.reason, act.ground.paper);

        Address.functionCall(act.target, act.data);
    }

    /* CHECKS */

    function _requireLive(Act calldata act) private view returns (bytes32) {
        if (act.chainId != block.chainid) revert ActWrongChain(uint64(block.chainid), act.chainId);
        if (block.timestamp > act.expiry) revert ActExpired(act.expiry);
        if (act.data.length < 4) revert CallTooShort();
        return hashAct(act);
    }

    function _rowOf(Act calldata act) private view returns (Row memory row) {
        row = _rows[act.target][bytes4(act.data)];
        if (row.maker == 0) revert FunctionNotPermitted(act.target, bytes4(act.data));
    }

    function _requireOfficer(
        Act calldata act,
        uint8 scopeWord,
        uint64 role,
        bytes calldata approval,
        bytes32 digest
    ) private view returns (address officer) {
        (bytes calldata signer, bytes calldata signature) = approval.readOne();
        officer = signer.toAddress();
        _requireRole(officer, act, scopeWord, role);
        signer.requireSigned(signature, digest);
    }

    function _requireRole(address officer, Act calldata act, uint8 scopeWord, uint64 role) private view {
        if (scopeWord != 0) {
            uint256 start = 4 + 32 * (uint256(scopeWord) - 1);
            if (act.data.length < start + 32) revert CallTooShort();
            role = Roles.scoped(role, uint8(uint256(bytes32(act.data[start:start + 32]))));
        }
        (bool isMember, ) = IAccessManager(authority()).hasRole(role, officer);
        if (!isMember) revert OfficerLacksRole(officer, role);
    }

    function _hashDecision(bytes32 id, bool isApproval) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(DECISION_TYPEHASH, id, isApproval)));
    }
}
