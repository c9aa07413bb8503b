// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Signers} from "../access/Signers.sol";
import {Account, AccountKind, Rights} from "../accounts/AccountTypes.sol";
import {IAccountRegistry} from "../accounts/IAccountRegistry.sol";
import {BeijingMonth} from "./BeijingMonth.sol";
import {EvidenceWord} from "./EvidenceWord.sol";
import {IEmissionsOracle} from "./IEmissionsOracle.sol";
import {EvidenceMonth, EvidenceStatement, IEvidenceAnchors} from "./IEvidenceAnchors.sol";

/// @title EvidenceAnchors
/// @dev Documented in the interface.
contract EvidenceAnchors is IEvidenceAnchors, AccessManaged, EIP712 {
    using Signers for bytes;
    using EvidenceWord for uint256;

    bytes32 private constant EVIDENCE_TYPEHASH = keccak256(
        "EvidenceStatement(uint64 chainId,address anchors,uint64 account,uint16 year,uint8 month,uint16 version,"
        "uint32 items,bytes32 root,bytes32 previous)"
    );

    /// @dev Days after the end of months from `fromMonth` on (see `BeijingMonth.indexOf`).
    struct Term {
        uint24 fromMonth;
        uint16 daysAfter;
    }

    IAccountRegistry public immutable ACCOUNTS;

    /// @dev Oldest first.
    Term[] private _terms;
    mapping(uint8 sector => mapping(uint24 month => uint40 deadline)) private _deadlines;
    mapping(uint64 account => mapping(uint16 year => uint256 word)) private _years;

    constructor(
        address authority_,
        IAccountRegistry accounts
    ) AccessManaged(authority_) EIP712("Allowance Registry", "1") {
        ACCOUNTS = accounts;
    }

    /* DEADLINES */

    /// @inheritdoc IEvidenceAnchors
    function setDeadlineDays(uint16 year, uint8 month, uint16 daysAfter) external restricted {
        if (daysAfter == 0 || !BeijingMonth.isMonth(year, month)) revert EvidenceDeadlineInvalid(year, month);
        uint24 fromMonth = BeijingMonth.indexOf(year, month);
        uint256 count = _terms.length;
        uint24 newest = count == 0 ? 0 : _terms[count - 1].fromMonth;
        if (fromMonth < newest) revert EvidenceDeadlineInvalid(year, month);

        if (fromMonth == newest) _terms[count - 1].daysAfter = daysAfter;
        else _terms.push(Term(fromMonth, daysAfter));

        emit DeadlineDaysSet(year, month, daysAfter);
    }

    /// @inheritdoc IEvidenceAnchors
    function setDeadlines(
        uint8 sector,
        uint16 year,
        uint8 fromMonth,
        uint8 toMonth,
        uint40 deadline
    ) external restricted {
        bool areMonths = BeijingMonth.isMonth(year, fromMonth) && BeijingMonth.isMonth(year, toMonth);
        if (!areMonths || toMonth < fromMonth) revert EvidenceDeadlineInvalid(year, toMonth);
        for (uint8 month = fromMonth; month <= toMonth; ++month) {
            uint24 index = BeijingMonth.indexOf(year, month);
            bool isEarly = deadline != 0 && deadline < BeijingMonth.endOf(index);
            if (isEarly) revert EvidenceDeadlineInvalid(year, month);
            _deadlines[sector][index] = deadline;
            emit DeadlineSet(sector, year, month, deadline);
        }
    }

    /// @inheritdoc IEvidenceAnchors
    function deadlineOf(uint8 sector, uint16 year, uint8 month) public view returns (uint40) {
        if (!BeijingMonth.isMonth(year, month)) return 0;
        uint24 index = BeijingMonth.indexOf(year, month);
        uint40 set = _deadlines[sector][index];
        if (set != 0) return set;
        for (uint256 i = _terms.length; i != 0; --i) {
            Term memory term = _terms[i - 1];
            if (term.fromMonth <= index) return uint40(BeijingMonth.endOf(index) + term.daysAfter * 1 days - 1);
        }
        return 0;
    }

    /* ANCHORS */

    /// @inheritdoc IEvidenceAnchors
    function anchor(EvidenceStatement calldata s, bytes calldata approval, bytes32[] calldata trail) external {
        if (s.chainId != block.chainid) revert EvidenceWrongChain(uint64(block.chainid), s.chainId);
        if (s.anchors != address(this)) revert EvidenceWrongContract(address(this), s.anchors);
        if (s.items == 0 || s.root == 0) revert EvidenceEmpty(s.account, s.year, s.month);
        uint40 deadline = _requireDue(s);
        uint256 word = _years[s.account][s.year];
        _requireNext(s, word, trail);
        address signerAddress = _requireSigned(s, approval);
        bool isLate = block.timestamp > deadline;

        _years[s.account][s.year] = word.next(s.month, s.root, isLate);

        emit EvidenceAnchored(
            s.account,
            s.year,
            s.month,
            s.version,
            s.items,
            s.root,
            s.previous,
            isLate,
            signerAddress
        );
    }

    /// @return deadline last second at which the statement is in time.
    function _requireDue(EvidenceStatement calldata s) private view returns (uint40 deadline) {
        Account memory account = ACCOUNTS.accountOf(s.account);
        if (account.kind != AccountKind.KEY_EMITTER) revert IEmissionsOracle.NotKeyEmitter(s.account);
        deadline = deadlineOf(account.sector, s.year, s.month);
        if (deadline == 0) revert EvidenceNotDue(account.sector, s.year, s.month);
        uint256 endsAt = BeijingMonth.endOf(BeijingMonth.indexOf(s.year, s.month));
        if (block.timestamp < endsAt) revert MonthNotOver(s.year, s.month, uint40(endsAt));
    }

    function _requireNext(EvidenceStatement calldata s, uint256 word, bytes32[] calldata trail) private pure {
        uint16 newest = word.version(s.month);
        if (s.version != newest + 1) {
            revert WrongEvidenceVersion(s.account, s.year, s.month, newest + 1, s.version);
        }
        if (newest == EvidenceWord.MAX_VERSION) {
            revert EvidenceVersionsExhausted(s.account, s.year, s.month, newest);
        }
        bool isNext = newest == 0 ? s.previous == 0 && trail.length == 0 : word.isNewest(s.month, s.previous, trail);
        if (!isNext) revert WrongPreviousEvidence(s.account, s.year, s.month);
    }

    function _requireSigned(EvidenceStatement calldata s, bytes calldata approval) private view returns (address) {
        (bytes calldata signer, bytes calldata signature) = approval.readOne();
        uint8 rights = ACCOUNTS.rightsOf(s.account, signer);
        if (rights == 0) revert IAccountRegistry.NotRepresentative(s.account, signer);
        if (rights & Rights.INITIATE == 0) revert IAccountRegistry.InsufficientRights(s.account, signer, rights);
        signer.requireSigned(signature, hashEvidence(s));
        return signer.toAddress();
    }

    /* READS */

    /// @inheritdoc IEvidenceAnchors
    function monthOf(uint64 account, uint16 year, uint8 month) external view returns (EvidenceMonth memory) {
        if (!BeijingMonth.isMonth(year, month)) return EvidenceMonth(0, false, false);
        uint256 word = _years[account][year];
        return EvidenceMonth(word.version(month), word.isLate(month), word.isNewestLate(month));
    }

    /// @inheritdoc IEvidenceAnchors
    function headOf(uint64 account, uint16 year) external view returns (bytes20) {
        return _years[account][year].head();
    }

    /// @inheritdoc IEvidenceAnchors
    function isNewest(
        uint64 account,
        uint16 year,
        uint8 month,
        bytes32 root,
        bytes32[] calldata trail
    ) external view returns (bool) {
        return BeijingMonth.isMonth(year, month) && _years[account][year].isNewest(month, root, trail);
    }

    /// @inheritdoc IEvidenceAnchors
    function hashEvidence(EvidenceStatement calldata statement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(EVIDENCE_TYPEHASH, statement)));
    }
}
