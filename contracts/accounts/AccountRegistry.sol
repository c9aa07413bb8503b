// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {Ground, requireGround} from "../access/Ground.sol";
import {DuplicateSigner, Signers} from "../access/Signers.sol";
import {ILedgerControl} from "../units/ILedgerControl.sol";
import {Account, AccountKind, AccountStatus, Action, Opening, Rights, Seat, StatusTable} from "./AccountTypes.sol";
import {AccountWord} from "./AccountWord.sol";
import {IAccountRegistry} from "./IAccountRegistry.sol";

/// @title AccountRegistry
/// @dev Documented in the interface.
contract AccountRegistry is IAccountRegistry, AccessManaged {
    using AccountWord for Account;
    using AccountWord for uint256;
    using Signers for bytes;

    uint256 private constant ACTIVE_BIT = 1 << uint256(AccountStatus.ACTIVE);
    uint256 private constant FREEZABLE =
        ACTIVE_BIT |
            (1 << uint256(AccountStatus.RESTRICTED)) |
            (1 << uint256(AccountStatus.FROZEN_IN)) |
            (1 << uint256(AccountStatus.FROZEN_OUT)) |
            (1 << uint256(AccountStatus.FROZEN_ALL));
    uint256 private constant FREEZES = FREEZABLE & ~ACTIVE_BIT;

    mapping(uint64 number => Account account) private _accounts;
    mapping(uint64 number => mapping(address signer => uint8 rights)) private _rights;
    mapping(uint8 province => uint256 sectors) public restrictedSectors;
    mapping(address module => bool isModule) private _isModule;
    address[] private _ledgers;
    uint32 public epoch = 1;
    bool public isStopped;
    /// @dev Provinces (0 counts as one) with a class restriction: mostly none, then no class word is read.
    uint16 private _restrictedProvinces;

    constructor(address authority_) AccessManaged(authority_) {}

    /* OPENING AND REPRESENTATIVES */

    /// @inheritdoc IAccountRegistry
    function openAccounts(Opening[] calldata openings) external restricted {
        for (uint256 i = 0; i < openings.length; ++i) {
            _open(openings[i]);
        }
    }

    /// @inheritdoc IAccountRegistry
    function setRepresentatives(uint64 account, Seat[] calldata seats) external restricted {
        Account storage a = _requireKnown(account);
        _setSeats(account, a, seats);
        if (a.seats < a.approvals) revert OpeningIncomplete(account);
    }

    /// @inheritdoc IAccountRegistry
    function setApprovals(uint64 account, uint8 approvals) external restricted {
        Account storage a = _requireKnown(account);
        if (approvals == 0 || approvals > 2 || a.seats < approvals) revert OpeningIncomplete(account);

        a.approvals = approvals;

        emit ApprovalsSet(account, approvals);
    }

    function _open(Opening calldata o) private {
        if (o.number == 0 || _accounts[o.number].status != AccountStatus.NONE) revert AccountNumberTaken(o.number);
        if (o.kind == AccountKind.NONE || o.approvals == 0 || o.approvals > 2) revert OpeningIncomplete(o.number);

        Account storage a = _accounts[o.number];
        a.status = AccountStatus.ACTIVE;
        a.kind = o.kind;
        a.sector = o.sector;
        a.province = o.province;
        a.approvals = o.approvals;

        emit AccountOpened(o.number, uint8(o.kind), o.sector, o.province, o.approvals, o.kycHash);
        _setSeats(o.number, a, o.seats);
        if (a.seats < o.approvals) revert OpeningIncomplete(o.number);
    }

    function _setSeats(uint64 account, Account storage a, Seat[] calldata seats) private {
        uint8 count = a.seats;
        for (uint256 i = 0; i < seats.length; ++i) {
            Seat calldata seat = seats[i];
            if (seat.signer.length < 20 || seat.rights > Rights.ALL) revert OpeningIncomplete(account);
            if (seat.rights != 0) seat.signer.requireAccepted(authority());
            address key = seat.signer.toAddress();
            uint8 before = _rights[account][key];
            if (before == 0 && seat.rights != 0) ++count;
            if (before != 0 && seat.rights == 0) --count;
            _rights[account][key] = seat.rights;
            emit RepresentativeSet(account, key, seat.signer, seat.rights);
        }
        a.seats = count;
    }

    /* STATUS */

    /// @inheritdoc IAccountRegistry
    function freeze(uint64[] calldata accounts, AccountStatus status, Ground calldata ground) external restricted {
        requireGround(ground);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _requireStatus(accounts[i], FREEZABLE, FREEZES, status);
            _requireStricter(accounts[i], status);
            _setStatus(accounts[i], status, ground);
        }
        _tighten();
    }

    /// @inheritdoc IAccountRegistry
    function unfreeze(uint64[] calldata accounts, Ground calldata ground) external restricted {
        requireGround(ground);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _requireStatus(accounts[i], FREEZES, ACTIVE_BIT, AccountStatus.ACTIVE);
            _setStatus(accounts[i], AccountStatus.ACTIVE, ground);
        }
    }

    /// @inheritdoc IAccountRegistry
    function restrictClass(uint8 province, uint256 sectors, Ground calldata ground) external restricted {
        requireGround(ground);
        uint256 before = restrictedSectors[province];
        if (before == 0 && sectors != 0) ++_restrictedProvinces;
        restrictedSectors[province] = before | sectors;
        emit ClassRestricted(province, sectors, ground.reason, ground.paper);
        _tighten();
    }

    /// @inheritdoc IAccountRegistry
    function releaseClass(uint8 province, uint256 sectors, Ground calldata ground) external restricted {
        requireGround(ground);
        uint256 before = restrictedSectors[province];
        if (before != 0 && before & ~sectors == 0) --_restrictedProvinces;
        restrictedSectors[province] = before & ~sectors;
        emit ClassReleased(province, sectors, ground.reason, ground.paper);
    }

    /// @inheritdoc IAccountRegistry
    function close(uint64 account, Ground calldata ground) external restricted {
        requireGround(ground);
        Account storage a = _requireKnown(account);
        if (a.status == AccountStatus.ACTIVE) {
            _setStatus(account, AccountStatus.CLOSING, ground);
        } else if (a.status == AccountStatus.CLOSING) {
            for (uint256 i = 0; i < _ledgers.length; ++i) {
                if (ILedgerControl(_ledgers[i]).unitsHeld(account) != 0) revert AccountNotEmpty(account);
            }
            _setStatus(account, AccountStatus.CLOSED, ground);
        } else {
            revert StatusChangeNotAllowed(account, a.status, AccountStatus.CLOSING);
        }
        _tighten();
    }

    function _requireStatus(uint64 account, uint256 from, uint256 to, AccountStatus status) private view {
        AccountStatus current = _requireKnown(account).status;
        if (((from >> uint256(current)) & (to >> uint256(status)) & 1) == 0 || current == status) {
            revert StatusChangeNotAllowed(account, current, status);
        }
    }

    /// @dev One officer makes an account stricter only: a freeze must not open what another freeze closed.
    function _requireStricter(uint64 account, AccountStatus status) private view {
        AccountStatus current = _accounts[account].status;
        bool isStricter = StatusTable.allowed(status) & ~StatusTable.allowed(current) == 0;
        if (!isStricter) revert StatusChangeNotAllowed(account, current, status);
    }

    function _setStatus(uint64 account, AccountStatus status, Ground calldata ground) private {
        Account storage a = _accounts[account];
        emit AccountStatusChanged(account, a.status, status, ground.reason, ground.paper);
        a.status = status;
    }

    /* EMERGENCY STOP AND CLEARANCE EPOCH */

    /// @inheritdoc IAccountRegistry
    function stop(Ground calldata ground) external restricted {
        requireGround(ground);
        isStopped = true;
        emit RegistryStopped(ground.reason, ground.paper);
        _notifyLedgers();
    }

    /// @inheritdoc IAccountRegistry
    function resume(Ground calldata ground) external restricted {
        requireGround(ground);
        isStopped = false;
        emit RegistryResumed(ground.reason, ground.paper);
        _notifyLedgers();
    }

    /// @dev Ledgers keep "this account is fully active" beside its balance, marked with the epoch; a new epoch makes
    /// all those copies void at once, whatever the number of accounts and units.
    function _tighten() private {
        ++epoch;
        _notifyLedgers();
    }

    function _notifyLedgers() private {
        for (uint256 i = 0; i < _ledgers.length; ++i) {
            ILedgerControl(_ledgers[i]).syncControl(isStopped, epoch);
        }
    }

    /* MODULES */

    /// @inheritdoc IAccountRegistry
    function setModule(address module, bool isModule) external restricted {
        _isModule[module] = isModule;
        emit ModuleSet(module, isModule);
    }

    /// @inheritdoc IAccountRegistry
    function setLedgers(address[] calldata ledgers) external restricted {
        // A ledger that is no longer told of freezes must not go on with what it knew.
        for (uint256 i = 0; i < _ledgers.length; ++i) {
            ILedgerControl(_ledgers[i]).syncControl(true, epoch);
        }
        _ledgers = ledgers;
        emit LedgersSet(ledgers);
        _notifyLedgers();
    }

    /* ORDERS */

    /// @inheritdoc IAccountRegistry
    function authorize(uint64 account, Action action, bytes32 digest, uint64 nonce, bytes calldata approvals) external {
        if (!_isModule[msg.sender]) revert NotModule(msg.sender);
        Account storage a = _accounts[account];
        uint256 word = a.load();
        AccountStatus status = word.status();
        if (status == AccountStatus.NONE) revert AccountUnknown(account);
        uint256 allowed;
        (word, allowed) = _cleared(word, StatusTable.allowed(status));
        if ((allowed >> uint256(action)) & 1 == 0) revert ActionNotAllowed(account, status, action);
        if (nonce != word.nonce()) revert WrongNonce(account, word.nonce(), nonce);
        _requireApproved(account, word.approvals(), action, digest, approvals);

        a.store(word.withNextNonce());

        emit OrderAuthorized(digest, account);
    }

    /// @dev Remembers in the account's word that no class restriction hits it, until the epoch changes.
    function _cleared(uint256 word, uint256 allowed) private view returns (uint256, uint256) {
        uint32 current = epoch;
        if (word.epoch() == current) return (word, allowed);
        if (_isClassRestricted(word.province(), word.sector())) return (word, allowed & StatusTable.COMPLIANCE_ONLY);
        return (word.withEpoch(current), allowed);
    }

    /// @dev With two approvals the first signer initiates and the second approves; both rights may lie with each.
    function _requireApproved(
        uint64 account,
        uint8 required,
        Action action,
        bytes32 digest,
        bytes calldata approvals
    ) private view {
        uint8 initiating =
            action == Action.SURRENDER || action == Action.OFFSET
                ? Rights.INITIATE | Rights.SURRENDER_ONLY
                : Rights.INITIATE;
        if (approvals.length == 0) revert WrongApprovalCount(account, required);
        (bytes calldata first, bytes calldata signature, uint256 next) = approvals.read(0);
        _requireSigned(account, initiating, digest, first, signature);
        if (required == 2) {
            if (next == approvals.length) revert WrongApprovalCount(account, required);
            bytes calldata second;
            (second, signature, next) = approvals.read(next);
            if (first.toAddress() == second.toAddress()) revert DuplicateSigner(second);
            _requireSigned(account, Rights.APPROVE, digest, second, signature);
        }
        if (next != approvals.length) revert WrongApprovalCount(account, required);
    }

    function _requireSigned(
        uint64 account,
        uint8 needed,
        bytes32 digest,
        bytes calldata signer,
        bytes calldata signature
    ) private view {
        uint8 rights = _rights[account][signer.toAddress()];
        if (rights == 0) revert NotRepresentative(account, signer);
        if (rights & needed == 0) revert InsufficientRights(account, signer, rights);
        signer.requireSigned(signature, digest);
    }

    /* READS */

    /// @inheritdoc IAccountRegistry
    function allowedActions(uint64 account) external view returns (uint256 allowed) {
        uint256 word = _accounts[account].load();
        (, allowed) = _cleared(word, StatusTable.allowed(word.status()));
    }

    /// @inheritdoc IAccountRegistry
    function accountOf(uint64 account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IAccountRegistry
    function rightsOf(uint64 account, bytes calldata signer) external view returns (uint8) {
        return _rights[account][signer.toAddress()];
    }

    function _isClassRestricted(uint8 province, uint8 sector) private view returns (bool) {
        if (_restrictedProvinces == 0) return false;
        return ((restrictedSectors[0] | restrictedSectors[province]) >> sector) & 1 == 1;
    }

    function _requireKnown(uint64 account) private view returns (Account storage a) {
        a = _accounts[account];
        if (a.status == AccountStatus.NONE) revert AccountUnknown(account);
    }
}
