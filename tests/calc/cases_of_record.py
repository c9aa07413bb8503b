"""The cases every release must meet, written out so that a clone alone is covered: rule, inputs, expected figures."""

from typing import Any

CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "class I above the border of 65%",
        "B-03",
        {"year": 2024, "unit_class": "I", "generation_MWh": 4000000, "heat_GJ": 3000000, "load_factor_pct": 72},
        {"peak_factor": "1", "Ae": 3164000, "Ah": 309900, "allocation": 3473900},
    ),
    (
        "class II at 55% load",
        "B-03",
        {"year": 2023, "unit_class": "II", "generation_MWh": 1000000, "heat_GJ": 500000, "load_factor_pct": 55},
        {"peak_factor": "1.077284", "Ae": 871522, "Ah": 51900, "allocation": 923422, "Ae_unrounded_factor": 871522},
    ),
    (
        "class III has no peak factor",
        "B-03",
        {"year": 2024, "unit_class": "III", "generation_MWh": 1500000, "heat_GJ": 0, "load_factor_pct": 50},
        {"peak_factor": "1", "allocation": 1236600},
    ),
    (
        "gas unit topped up to verified",
        "B-04",
        {"year": 2024, "unit_class": "IV", "generation_MWh": 600000, "heat_GJ": 400000, "verified_t": 231500},
        {"initial": 218600, "top_up": 12900, "final": 231500},
    ),
    (
        "gap cap raises the allocation from 2023",
        "B-05",
        {"initial_t": 1500000, "verified_t": 2000000},
        {"gap_rate_pct": "25.00", "top_up": 100000, "final_allocation": 1600000, "obligation": 2000000},
    ),
    (
        "gap cap lowers the obligation to 2022",
        "B-05",
        {"free_allocation_t": 1500000, "verified_t": 2000000},
        {"obligation": 1900000, "allocation": 1500000},
    ),
    (
        "pre-allocation rounds down",
        "B-06",
        {"previous_year_verified_t": "1789.70", "rate_2024": "0.70", "rate_2025": "0.50"},
        {"pre_2024": 1252, "pre_2025": 894},
    ),
    (
        "deduction larger than the final allocation",
        "B-08",
        {"pre_allocation": 50000, "final_allocation": 30000, "deduction_due": 70000},
        {
            "pre_issued": 0,
            "deducted_at_pre": 50000,
            "remaining_after_pre": 20000,
            "returned_deduction": 20000,
            "final_issued": 0,
            "total_issued": 0,
            "remaining_deduction_next": 40000,
        },
    ),
    (
        "differentiated issue",
        "B-09",
        {
            "firms": [
                {"id": "A", "issued": 1200000, "obligation": 1000000},
                {"id": "B", "issued": 800000, "obligation": 1000000},
            ]
        },
        {
            "A": {"surrendered": 1000000, "released": 200000, "short": 0},
            "B": {"surrendered": 800000, "released": 0, "short": 200000},
        },
    ),
    (
        "borrowing",
        "B-12",
        {"obligation": 1000000, "allocation": 850000, "condition_gap_pct": "10"},
        {"gap": 150000, "gap_rate_pct": "15.00", "eligible": True, "max_borrow": 75000},
    ),
    (
        "better than the balance value by a tenth",
        "B-10b",
        {"balance_value": "0.9000", "intensity": "0.8100", "verified_t": 1000000},
        {"X_pct": "10.00", "alpha": "0.015000", "allocation": 1015000},
    ),
    (
        "worse than the balance value by a tenth",
        "B-10b",
        {"balance_value": "0.9000", "intensity": "0.9900", "verified_t": 1000000},
        {"X_pct": "-10.00", "alpha": "-0.015000", "allocation": 985000},
    ),
    (
        "exactly a fifth better",
        "B-10b",
        {"balance_value": "1.5000", "intensity": "1.2000", "verified_t": 2345678},
        {"X_pct": "20.00", "alpha": "0.030000", "allocation": 2416048},
    ),
    (
        "a third worse",
        "B-10b",
        {"balance_value": "1.5000", "intensity": "2.0000", "verified_t": 2345678},
        {"X_pct": "-33.33", "alpha": "-0.030000", "allocation": 2275307},
    ),
    (
        "sector without clipping",
        "B-10b",
        {"entities": [[1000000, "0.80"], [2000000, "0.90"], [1500000, "1.00"]]},
        {
            "balance_value": "0.911111",
            "allocations": [1018292, 2003658, 1478048],
            "sum_allocations": 4499998,
            "sum_verified": 4500000,
        },
    ),
    (
        "carbide slag below the border",
        "B-11a",
        {"clinker_t": 1000000, "clinker_factor": "0.535", "carbide_slag_t": 200000, "carbide_factor": "0.480"},
        {"carbide_substitution_pct": "17.94", "special_case": False},
    ),
    (
        "net seller",
        "C-10",
        {"sold": 120000, "bought": 50000, "holding_2025_12_31": 90000, "pending_applications": 0},
        {"net_sold": 70000, "formula_cap": 115000, "max_carry": 90000, "not_carried": 0},
    ),
    (
        "net buyer",
        "C-10",
        {"sold": 20000, "bought": 60000, "holding_2025_12_31": 25000, "pending_applications": 0},
        {"net_sold": 0, "formula_cap": 10000, "max_carry": 10000, "not_carried": 15000},
    ),
    (
        "offered above the cap",
        "C-05",
        {"obligation_t": 1234567, "ccer_offered_t": 70000},
        {"cap": 61728, "accepted": 61728, "allowances_needed": 1172839},
    ),
    (
        "offered below the cap",
        "C-05",
        {"obligation_t": 80000, "ccer_offered_t": 3000},
        {"cap": 4000, "accepted": 3000, "allowances_needed": 77000},
    ),
    (
        "fine of ten thousand tonnes",
        "C-08",
        {"short_t": 10000, "avg_price_prev_month_yuan": "78.50"},
        {"min_yuan": "3925000.00", "max_yuan": "7850000.00"},
    ),
    (
        "fine of one tonne",
        "C-08",
        {"short_t": 1, "avg_price_prev_month_yuan": "74.63"},
        {"min_yuan": "373.15", "max_yuan": "746.30"},
    ),
    (
        "listed band",
        "A-20",
        {"prev_close": "74.63", "pct": "0.10"},
        {"up_half_up": "82.09", "down_half_up": "67.17", "up_inside": "82.09", "down_inside": "67.17"},
    ),
    (
        "block band",
        "A-20",
        {"prev_close": "74.63", "pct": "0.30"},
        {"up_half_up": "97.02", "down_half_up": "52.24", "up_inside": "97.01", "down_inside": "52.25"},
    ),
    (
        "lots around the block border",
        "A-20",
        {"orders": [99999, 100000]},
        {"listed_ok": [True, False], "block_ok": [False, True]},
    ),
]
