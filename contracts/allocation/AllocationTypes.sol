// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice How a sector's cap came about (rule B-13).
enum CapMode {
    NONE,
    INTENSITY,
    ABSOLUTE
}

/// @notice What a table determines (rules B-06, B-06a, B-16).
enum TableKind {
    NONE,
    PRE_ALLOCATION,
    FINAL,
    RECALCULATION
}

/// @notice Parts of a cap that are not allocated free of charge (rules B-14, B-15).
enum Share {
    NONE,
    AUCTION,
    RESERVE
}

/// @notice Why a firm owes allowances to the registry (rules B-08, B-12, C-08).
enum DebtCause {
    NONE,
    INSPECTION,
    UNPAID_SURRENDER,
    BORROWING,
    RELIEF
}

/**
 * @notice Cap of one year and sector, and what was done under it. Shares in 1/10000 of the cap, together 10000.
 * @param approved tonnes that approved tables determine, delivered or not; never above the free share.
 * @param determined sum of the determined allocations in force, tonnes; never above the free share.
 * @param issued tonnes issued free of charge less those taken back; never above the free share.
 * @param auctioned issued to market accounts for auction, tonnes; never above the auction share.
 * @param reserved issued to reserve accounts, tonnes; never above the reserve share.
 */
struct Plan {
    uint64 cap;
    uint64 approved;
    uint64 determined;
    uint64 issued;
    uint64 auctioned;
    uint64 reserved;
    CapMode mode;
    uint16 freeShare;
    uint16 auctionShare;
    uint16 reserveShare;
}

/**
 * @notice An allocation table as two officers approve it: everything but the rows, which `root` commits to.
 * @param year vintage that is issued; the plan is that of the same year.
 * @param root Merkle root over the table's chunks, see `issueChunk`.
 * @param total sum of all rows: determined allocations, tonnes.
 * @param previous sum of what the same accounts had determined before, tonnes.
 * @param edition makes two equal tables different, where the same rows have to be determined again.
 */
struct Table {
    uint16 year;
    uint8 sector;
    uint8 province;
    TableKind kind;
    uint64 total;
    uint64 previous;
    uint32 rows;
    uint32 chunks;
    uint16 edition;
    bytes32 root;
}

/**
 * @notice Progress of a table. Rows that could not be applied when their chunk came are held: they are delivered, and
 * anybody may claim them once what stood against them is gone.
 * @param applied tonnes determined by the rows that took effect.
 * @param deliveredRows rows of the chunks delivered, held ones included.
 * @param replaced tonnes that the applied rows replaced; with `heldReplaced` it must come to `previous`.
 * @param held tonnes of the rows that are held.
 * @param number position in the order of approval, from 1 on: a row never replaces that of a later table.
 */
struct TableState {
    uint64 total;
    uint64 applied;
    uint32 rows;
    uint32 deliveredRows;
    uint32 chunks;
    uint16 year;
    uint8 sector;
    uint8 province;
    TableKind kind;
    uint64 previous;
    uint64 replaced;
    uint64 held;
    uint64 heldReplaced;
    uint32 number;
    uint32 heldRows;
}

/// @notice A row that waits until its account can receive.
struct HeldRow {
    uint64 tonnes;
    uint64 replaced;
    bool isHeld;
}

/**
 * @notice What one account is entitled to for one year: one storage word. issued = determined - deducted.
 * @param determined allocation in force, gross, tonnes.
 * @param deducted debts settled from it, tonnes (rule B-08).
 * @param issued net allocation, tonnes: issued, less what was taken back or became a debt.
 * @param table number of the table the determination comes from.
 * @param stage kind of that table.
 * @param isDifferentiated allowances go to the province's account, at final issue only (rule B-09).
 */
struct Entitlement {
    uint64 determined;
    uint64 deducted;
    uint64 issued;
    uint32 table;
    TableKind stage;
    bool isDifferentiated;
}

/// @notice When debts of a cause may be recorded, both ends included; `closesAt` 0: the cause is closed.
struct DebtWindow {
    uint40 opensAt;
    uint40 closesAt;
}
