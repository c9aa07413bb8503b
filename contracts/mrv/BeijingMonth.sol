// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/**
 * @title BeijingMonth
 * @notice Calendar months in Beijing time (UTC+8, no summer time), as seconds since 1970.
 * @dev Years from 1971 on. The day count is the usual one for the Gregorian calendar with the year begun in March.
 */
library BeijingMonth {
    uint256 internal constant FIRST_YEAR = 1971;

    /// @dev Days from 1 March of the year 0 to 1 January 1970.
    uint256 private constant DAYS_TO_EPOCH = 719_468;
    uint256 private constant OFFSET = 8 hours;

    /// @notice Whether these are a year and a month that can be counted.
    function isMonth(uint16 year, uint8 month) internal pure returns (bool) {
        return year >= FIRST_YEAR && month != 0 && month < 13;
    }

    /// @notice Months since the year 0: orders months and names them in one number.
    function indexOf(uint16 year, uint8 month) internal pure returns (uint24) {
        return uint24(year) * 12 + month - 1;
    }

    /// @notice First second after the month.
    function endOf(uint24 index) internal pure returns (uint256) {
        return startOf(index + 1);
    }

    /// @notice First second of the month.
    function startOf(uint24 index) internal pure returns (uint256) {
        unchecked {
            // Months counted from March: the leap day comes last, so the days before a month follow one formula.
            uint256 fromMarch = uint256(index) - 2;
            uint256 year = fromMarch / 12;
            uint256 dayOfYear = (153 * (fromMarch % 12) + 2) / 5;
            uint256 day = 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear;
            return (day - DAYS_TO_EPOCH) * 1 days - OFFSET;
        }
    }
}
