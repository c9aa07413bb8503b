"""Short ways to write reports in tests; amounts are text so that nothing passes through a float."""

from typing import Any

from oracles.accounting import Accounted, Evidence, account, validate

Row = dict[str, Any]


def row(key: str, flow: str, item: str, value: str, unit: str = "t", **more: Any) -> Row:
    return {"id": key, "flow": flow, "item": item, "amount": {"value": value, "unit": unit}, **more}


def figure(value: str, unit: str, lab: Row | None = None) -> Row:
    return {"value": value, "unit": unit} | ({} if lab is None else {"lab": lab})


def report(sector: str, year: int, *rows: Row, **more: Any) -> Row:
    return {"entity": "E-0001", "sector": sector, "year": year, "sources": list(rows), **more}


def run(document: Row, evidence: Evidence | None = None) -> Accounted:
    return account(validate(document), evidence)


def good_lab(**changes: Any) -> Row:
    return {
        "id": "LAB-1",
        "mark": "CMA",
        "items": ["heat_value", "carbon_per_heat", "carbon_content", "anode"],
        "validity": {"first": "2023-01-01", "last": "2027-12-31"},
        "report": "R-1",
        "tested_on": "2024-06-30",
    } | changes


def meter(first: str = "2024-01-01", last: str = "2024-12-31", kind: str = "belt_scale") -> Row:
    return {"id": "M-1", "kind": kind, "certificates": [{"first": first, "last": last}]}
