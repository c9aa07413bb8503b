// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {Certificate, ComplianceStatus, Position, YearRules} from "./ComplianceTypes.sol";
import {ICompliance} from "./ICompliance.sol";

/// @title ComplianceYears: rules, positions, statuses and certificates of the compliance years.
abstract contract ComplianceYears is ICompliance, AccessManaged {
    uint256 internal constant BPS = 10_000;

    mapping(uint16 year => YearRules rules) private _rules;
    mapping(uint64 account => mapping(uint16 year => Position position)) internal _positions;
    mapping(uint16 year => bool isClosed) public isClosed;
    mapping(uint64 account => mapping(uint16 year => Certificate certificate)) private _certificates;
    uint64 public certificateCount;

    /* RULES AND CLOSING */

    /// @inheritdoc ICompliance
    function setYearRules(uint16 year, YearRules calldata rules) external restricted {
        bool isOrdered = rules.vintageMin <= rules.vintageMax && rules.arrearsMin <= rules.arrearsMax;
        bool isBounded = rules.deadline != 0 && rules.offsetCapBps <= BPS && rules.runningFrom <= year;
        if (!isOrdered || !isBounded) revert YearRulesInvalid(year);

        _rules[year] = rules;

        emit YearRulesSet(year, rules);
    }

    /// @inheritdoc ICompliance
    function closeYear(uint16 year) external restricted {
        uint40 deadline = _requireRules(year).deadline;
        if (isClosed[year] || block.timestamp <= deadline) revert YearNotOver(year, deadline);

        isClosed[year] = true;

        emit YearClosed(year);
    }

    /// @inheritdoc ICompliance
    function freezeStatuses(uint16 year, uint64[] calldata accounts) external {
        if (!isClosed[year]) revert YearNotClosed(year);
        for (uint256 i = 0; i < accounts.length; ++i) {
            // What was asked for in time and waits for the province is not late.
            if (_positions[accounts[i]][year].pending == 0) _freezeStatus(accounts[i], year);
        }
    }

    /// @dev Before the first payment that comes after the deadline: it no longer changes who paid in time (C-13).
    function _freezeIfLate(YearRules memory rules, uint64 account, uint16 year) internal {
        if (block.timestamp > rules.deadline) _freezeStatus(account, year);
    }

    function _freezeStatus(uint64 account, uint16 year) private {
        Position storage p = _positions[account][year];
        if (p.isFrozen) return;
        ComplianceStatus status = statusOf(account, year);
        p.frozen = status;
        p.isFrozen = true;
        emit StatusFrozen(account, year, status);
    }

    /* CERTIFICATES */

    /// @inheritdoc ICompliance
    function certify(uint64 account, uint16 year) external returns (uint64 number) {
        // Where totals run on, a correction of an earlier year would change what this one's certificate says.
        bool isRunning = _requireRules(year).runningFrom != 0;
        if (isRunning || statusOf(account, year) != ComplianceStatus.COMPLETE) revert CertificateNotDue(account, year);
        number = _certificates[account][year].number;
        if (number != 0) revert CertificateStands(account, year, number);

        Position memory p = _positions[account][year];
        bool isOnTime = !p.isFrozen || p.frozen == ComplianceStatus.COMPLETE;
        number = ++certificateCount;
        bytes32 digest = keccak256(
            abi.encode(
                block.chainid,
                address(this),
                number,
                account,
                year,
                p.obligation,
                p.surrendered,
                p.offset,
                isOnTime,
                block.timestamp
            )
        );
        _certificates[account][year] = Certificate(number, uint40(block.timestamp), bytes16(digest));

        emit Certified(number, account, year, p.obligation, p.surrendered, p.offset, isOnTime, digest);
    }

    /// @dev Before any figure changes that a certificate states.
    function _voidCertificate(uint64 account, uint16 year) internal {
        uint64 number = _certificates[account][year].number;
        if (number == 0) return;
        delete _certificates[account][year];
        emit CertificateVoided(number, account, year);
    }

    /* READS */

    /// @inheritdoc ICompliance
    function statusOf(uint64 account, uint16 year) public view returns (ComplianceStatus) {
        YearRules memory rules = _rules[year];
        if (!_positions[account][year].isReported) return ComplianceStatus.NOT_REPORTED;
        uint256 owed = 0;
        uint256 paid = 0;
        for (uint16 y = rules.runningFrom == 0 ? year : rules.runningFrom; y <= year; ++y) {
            Position memory p = _positions[account][y];
            owed += p.obligation;
            paid += uint256(p.surrendered) + p.offset;
        }
        if (paid >= owed) return ComplianceStatus.COMPLETE;
        return block.timestamp <= rules.deadline ? ComplianceStatus.OPEN : ComplianceStatus.SHORT;
    }

    /// @inheritdoc ICompliance
    function positionOf(uint64 account, uint16 year) external view returns (Position memory) {
        return _positions[account][year];
    }

    /// @inheritdoc ICompliance
    function offsetCapOf(uint64 account, uint16 year) external view returns (uint64) {
        return _capOf(_positions[account][year], _rules[year]);
    }

    /// @inheritdoc ICompliance
    function yearRules(uint16 year) external view returns (YearRules memory) {
        return _rules[year];
    }

    /// @inheritdoc ICompliance
    function certificateOf(uint64 account, uint16 year) external view returns (Certificate memory) {
        return _certificates[account][year];
    }

    /* CHECKS */

    function _requireRules(uint16 year) internal view returns (YearRules memory rules) {
        rules = _rules[year];
        if (rules.deadline == 0) revert YearUnknown(year);
    }

    /// @dev After the deadline arrears are paid, with vintages of their own where the year's rules name any (C-03).
    function _requireVintage(YearRules memory rules, uint16 year, uint64 vintage) internal view {
        bool isArrears = rules.arrearsMax != 0 && block.timestamp > rules.deadline;
        uint16 newest = isArrears ? rules.arrearsMax : rules.vintageMax;
        uint16 oldest = isArrears ? rules.arrearsMin : rules.vintageMin;
        if (vintage > newest) revert FutureVintage(year, vintage, newest);
        if (vintage < oldest) revert ExpiredVintage(year, vintage, oldest);
    }

    function _requireOwed(Position memory p, uint64 account, uint16 year, uint64 quantity) internal pure {
        if (!p.isReported) revert NotReported(account, year);
        uint256 paid = uint256(p.surrendered) + p.offset + p.pending;
        uint64 owed = paid >= p.obligation ? 0 : uint64(p.obligation - paid);
        if (quantity > owed) revert AboveObligation(account, year, owed, quantity);
    }

    function _capOf(Position memory p, YearRules memory rules) internal pure returns (uint64) {
        return uint64((uint256(p.obligation) * rules.offsetCapBps) / BPS);
    }
}
