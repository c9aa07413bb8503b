// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @notice A month's evidence of one entity, as its representative states it (rule D-06).
 * @param chainId chain the statement is meant for.
 * @param anchors contract the statement is meant for.
 * @param account account of the key emitter.
 * @param year calendar year.
 * @param month 1 to 12.
 * @param version 1 for the first statement of the month; a correction carries the next number.
 * @param items number of items under the root.
 * @param root Merkle root over the items.
 * @param previous root that this one replaces, 0 for the first.
 */
struct EvidenceStatement {
    uint64 chainId;
    address anchors;
    uint64 account;
    uint16 year;
    uint8 month;
    uint16 version;
    uint32 items;
    bytes32 root;
    bytes32 previous;
}

/**
 * @notice Where a month stands; version 0 where nothing was anchored.
 * @param isLate the first version came after the deadline.
 * @param isNewestLate the newest version came after the deadline.
 */
struct EvidenceMonth {
    uint16 version;
    bool isLate;
    bool isNewestLate;
}

/**
 * @title IEvidenceAnchors
 * @notice Roots of the monthly evidence (rule D-06), each signed by a representative with the right to initiate and dated
 * by the chain. Anybody may deliver a statement, many in one transaction; a restricted or frozen account still
 * reports. A later version supersedes and names the root before it; nothing is overwritten without a trace.
 *
 * Roots stand in the events. Storage is one word per account and year, and still commits to every root: the newest root of
 * a month, and by it what a correction replaces, is proven by a trail of hashes, see `EvidenceWord`.
 *
 * Invariants: a month has versions without a gap; a month is anchored only after it is over; late is what came after
 * the deadline's second, whoever delivered it.
 *
 * Trust assumption: functions with an access-control tag are reached through `DualControl` only.
 */
interface IEvidenceAnchors {
    event EvidenceAnchored(
        uint64 indexed account,
        uint16 indexed year,
        uint8 indexed month,
        uint16 version,
        uint32 items,
        bytes32 root,
        bytes32 previous,
        bool isLate,
        address signerAddress
    );
    event DeadlineDaysSet(uint16 indexed year, uint8 indexed month, uint16 daysAfter);
    event DeadlineSet(uint8 indexed sector, uint16 indexed year, uint8 indexed month, uint40 deadline);

    /// @notice The statement was signed for another chain.
    error EvidenceWrongChain(uint64 expected, uint64 given);
    /// @notice The statement was signed for another contract.
    error EvidenceWrongContract(address expected, address given);
    /// @notice Evidence needs at least one item and a root.
    error EvidenceEmpty(uint64 account, uint16 year, uint8 month);
    /// @notice No deadline stands for this sector and month: no such month, or before the duty began.
    error EvidenceNotDue(uint8 sector, uint16 year, uint8 month);
    /// @notice The month is not over.
    error MonthNotOver(uint16 year, uint8 month, uint40 endsAt);
    /// @notice The version is not the next one: replayed or superseded.
    error WrongEvidenceVersion(uint64 account, uint16 year, uint8 month, uint16 expected, uint16 given);
    /// @notice A correction must name the newest root, and its trail must lead to the present state.
    error WrongPreviousEvidence(uint64 account, uint16 year, uint8 month);
    /// @notice The month has all the versions it can have.
    error EvidenceVersionsExhausted(uint64 account, uint16 year, uint8 month, uint16 limit);
    /// @notice A deadline needs a month from 1971 on, at least one day, and may not go back behind one that is set.
    error EvidenceDeadlineInvalid(uint16 year, uint8 month);

    /// @notice Sets how many days after a month's end its evidence is due, for months from this one on. Only the newest
    /// setting can be changed, later ones are added.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setDeadlineDays(uint16 year, uint8 month, uint16 daysAfter) external;

    /// @notice Sets the last second for one sector and the months `fromMonth` to `toMonth` of a year, instead of the days;
    /// 0 goes back to the days.
    /// @custom:access-control act of MINISTRY, checked by MINISTRY
    function setDeadlines(uint8 sector, uint16 year, uint8 fromMonth, uint8 toMonth, uint40 deadline) external;

    /**
     * @notice Anchors a month's evidence. Anybody may deliver it.
     * @param approval the packed approval of one representative, see `Signers`.
     * @param trail empty for a first version; for a correction, what proves `previous`, see `EvidenceWord`.
     */
    function anchor(EvidenceStatement calldata statement, bytes calldata approval, bytes32[] calldata trail) external;

    /// @notice Where a month stands.
    function monthOf(uint64 account, uint16 year, uint8 month) external view returns (EvidenceMonth memory);

    /// @notice Hash over everything anchored for an account and year, 0 for nothing.
    function headOf(uint64 account, uint16 year) external view returns (bytes20);

    /// @notice Whether `root` is the newest of its month.
    function isNewest(
        uint64 account,
        uint16 year,
        uint8 month,
        bytes32 root,
        bytes32[] calldata trail
    ) external view returns (bool);

    /// @notice Last second at which a month's evidence is in time; 0 where none is due.
    function deadlineOf(uint8 sector, uint16 year, uint8 month) external view returns (uint40);

    /// @notice EIP-712 digest the representative signs.
    function hashEvidence(EvidenceStatement calldata statement) external view returns (bytes32);
}
