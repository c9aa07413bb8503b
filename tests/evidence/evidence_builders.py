"""Items and months for the tests, drawn by Hypothesis."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from registry_sdk.evidence import Item, Month, decimal_text

MONTH = Month(330100000001, 2025, 3)

kinds = st.from_regex(r"[a-z][a-z0-9_]{0,12}(/[A-Za-z0-9][A-Za-z0-9_.\-]{0,8})?", fullmatch=True)
values = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal(-(10**15)), max_value=10**15, places=6)
units = st.sampled_from(["t", "GJ/t", "MWh", "1", "tC/GJ", "1e4Nm3"])
meters = st.from_regex(r"([A-Za-z0-9][A-Za-z0-9_.:/\-]{0,12})?", fullmatch=True)
days = st.dates(date(2015, 1, 1), date(2040, 12, 31))
times = st.integers(0, 4_102_444_800)
documents = st.binary(min_size=32, max_size=32).filter(any)


@st.composite
def items(draw: st.DrawFn) -> Item:
    meter = draw(meters)
    return Item(
        kind=draw(kinds),
        value=decimal_text(draw(values)),
        unit=draw(units),
        document=draw(documents),
        meter=meter,
        calibrated_until=draw(days) if meter else None,
        time=draw(times),
    )


months = st.builds(Month, st.integers(1, 2**64 - 1), st.integers(2000, 2**16 - 1), st.integers(1, 12))


def item(**changes: object) -> Item:
    """A plain valid item."""
    fields: dict[str, object] = {
        "kind": "generation/unit-1",
        "value": "41230.55",
        "unit": "MWh",
        "document": bytes(range(1, 33)),
        "meter": "EM-4401",
        "calibrated_until": date(2025, 12, 31),
        "time": 1_743_436_800,
    }
    return Item(**(fields | changes))  # type: ignore[arg-type]
