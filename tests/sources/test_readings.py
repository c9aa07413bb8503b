"""Signed readings.

A reading has one spelling and one signature's worth of bytes: whatever is altered no longer verifies. However often and
in whatever order readings arrive, each is stored exactly once; what is not stored is on file with its reason.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from source_builders import KEY, NOW, OTHER, payload, reading, register, take
from sqlalchemy import Engine, func, select

from oracles.accounting import Evidence
from oracles.refusals import OracleError
from oracles.sources import Certificate, Device, Meter, Registers, Series, SourceDesk, line
from oracles.store import open_store
from oracles.store.tables import readings
from registry_sdk.readings import Reading, ReadingError, SignedReading, device_key, time_text
from registry_sdk.signers import P256_ORDER, P256Signer

P256 = P256Signer("0x" + "00" * 20, ec.derive_private_key(7, ec.SECP256R1()))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_store(tmp_path / "oracle.sqlite3")
    yield made
    made.dispose()


@pytest.fixture
def desk(engine: Engine) -> SourceDesk:
    register(engine)
    return SourceDesk(engine)


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(readings)).scalar_one()


@pytest.mark.parametrize("key", [KEY, P256])
def test_signed__by_either_curve__verifies_and_survives_json(key: Any) -> None:
    signed = reading().signed(key)
    assert SignedReading.from_json(orjson.loads(orjson.dumps(signed.to_json()))) == signed
    assert signed.is_signed_by(device_key(key.signer))
    assert not signed.is_signed_by(device_key(OTHER.signer))


def test_signed__p256__is_plain_ecdsa_with_sha256_over_the_canonical_bytes() -> None:
    """What a secure element does without knowing anything of us."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    key = ec.generate_private_key(ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(reading().canonical(), ec.ECDSA(SHA256())))
    numbers = key.public_key().public_numbers()
    public = numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
    low, high = (r.to_bytes(32) + each.to_bytes(32) for each in sorted((s, P256_ORDER - s)))
    assert SignedReading(reading(), low).is_signed_by(public)
    assert not SignedReading(reading(), high).is_signed_by(public)


@given(
    field=st.sampled_from(["device", "sequence", "time", "kind", "value", "unit"]),
    number=st.integers(2, 10**6),
    flip=st.integers(0, 64 * 8 - 1),
)
def test_signed__anything_altered__never_verifies(field: str, number: int, flip: int) -> None:
    changed = {
        "device": f"scale-{number}", "sequence": number, "time": time_text(NOW + number), "kind": f"k{number}",
        "value": f"100.5{number}1", "unit": f"t{number}",
    }  # fmt: skip
    signed, key = reading().signed(KEY), device_key(KEY.signer)
    assert not replace(signed, reading=replace(signed.reading, **{field: changed[field]})).is_signed_by(key)
    bent = bytearray(signed.signature)
    bent[flip // 8] ^= 1 << flip % 8
    assert not replace(signed, signature=bytes(bent)).is_signed_by(key)


SPELLINGS: dict[str, list[Any]] = {
    "value": ["1.0", "01", "-0", "1e3", "NaN", "１", "", 1.5],
    "time": ["2025-03-01T00:00:00+00:00", "2025-02-30T00:00:00Z", "2025-03-01T00:00:00.5Z", "9999-12-31T23:59:59Z"],
    "sequence": [0, True, "1", 2**53],
    "device": ["a\nb", ""],
    "unit": ["t\n", "a b"],
    "kind": ["Fuel"],
}


@pytest.mark.parametrize(("field", "value"), [(name, each) for name, values in SPELLINGS.items() for each in values])
def test_reading__second_spelling__refused(field: str, value: Any) -> None:
    with pytest.raises(ReadingError, match=field):
        replace(reading(), **{field: value})


REFUSED = [
    (lambda: payload(reading(), signature="0x"), "Unsigned", "M-02"),
    (lambda: payload(reading(), OTHER), "WrongSignature", "M-05"),
    (lambda: payload(reading(), value="100.6"), "WrongSignature", "M-05"),
    (lambda: payload(reading(device="scale-9")), "UnknownDevice", "M-03"),
    (lambda: payload(reading(unit="kg")), "WrongQuantity", "M-06"),
    (lambda: payload(reading(kind="generation")), "WrongQuantity", "M-06"),
    (lambda: payload(reading(time=time_text(NOW + 3_600 + 121))), "ClockAhead", "M-09"),
    (lambda: payload(reading(), value=1.5), "NotReading", "M-01"),
    (lambda: payload(reading(), extra=1), "NotReading", "M-01"),
    (lambda: b"\xff{}", "NotJson", "V-01"),
    (lambda: b'{"device": "a", "device": "b"}', "NotJson", "V-01"),
    (lambda: b"[" * 2_000, "NotJson", "V-01"),
    (lambda: b" " * 5_000, "TooLarge", "V-02"),
]


@pytest.mark.parametrize(("make", "code", "rule"), REFUSED)
def test_take__bad_reading__refused_counted_and_on_file(
    desk: SourceDesk, engine: Engine, make: Any, code: str, rule: str
) -> None:
    message = make()
    (receipt,) = take(desk, [message])
    assert receipt.code == code
    assert take(desk, [message])[0].code == code
    assert stored(engine) == 0
    (filed,) = desk.refusals()
    assert (filed["rule"], filed["times"], filed["via"]) == (rule, 2, "http")
    assert filed["detail_zh"]
    assert filed["remedy"]
    assert ("http", 2) in [(via, number) for each, via, number in desk.counts() if each == code]


def test_take__sent_again__replayed_and_a_second_content_under_a_number_told(desk: SourceDesk, engine: Engine) -> None:
    first = payload(reading())
    assert take(desk, [first, first])[1].code == "Replayed"
    (receipt,) = take(desk, [payload(reading(value="7"))])
    assert receipt.code == "SequenceReused"
    assert receipt.refusal is not None
    assert receipt.refusal.args["stored"].startswith("100.5")
    assert stored(engine) == 1


def test_take__broker_hands_over_again__known_without_a_refusal(desk: SourceDesk, engine: Engine) -> None:
    first = payload(reading())
    take(desk, [first])
    assert take(desk, [first], redelivered=True)[0].code == "redelivered"
    assert desk.refusals() == []
    assert stored(engine) == 1


@pytest.mark.parametrize(
    ("sent", "flags"),
    [
        ([reading(1), reading(2)], []),
        ([reading(1), reading(4)], ["Gap"]),
        ([reading(1), reading(4), reading(2)], ["OutOfOrder"]),
        ([reading(1), reading(2, time=time_text(NOW - 60))], ["ClockBack"]),
        ([reading(1), reading(2, value="500.1")], ["OutOfRange"]),
        ([reading(1), reading(2, value="-1")], ["OutOfRange"]),
        ([reading(1, time=time_text(NOW - 90_000))], ["Late"]),
    ],
)
def test_take__remarkable_reading__stored_with_its_flag(
    desk: SourceDesk, sent: list[Reading], flags: list[str]
) -> None:
    receipts = take(desk, [payload(each) for each in sent])
    assert {each.code for each in receipts} == {"stored"}
    assert [each.error for each in receipts[-1].flags] == flags


def test_take__meter_out_of_date__flagged_by_the_day_in_beijing(engine: Engine) -> None:
    register(engine)
    desk = SourceDesk(engine)
    last = 1_767_196_800  # 2026-01-01 00:00 in Beijing: the reading closes 31 December
    good, bad = (reading(n, time=time_text(at)) for n, at in ((1, last), (2, last + 1)))
    receipts = take(desk, [payload(good), payload(bad)], now=last + 60)
    assert [[each.error for each in receipt.flags] for receipt in receipts] == [[], ["MeterExpired"]]


def test_retire__device__later_readings_refused_and_stored_ones_stay(desk: SourceDesk, engine: Engine) -> None:
    take(desk, [payload(reading(1))])
    desk.registers.retire_device("scale-1", NOW)
    assert take(desk, [payload(reading(2))])[0].code == "RetiredDevice"
    assert stored(engine) == 1


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(1, 8)), repeats=st.lists(st.integers(1, 7), max_size=8), split=st.integers(0, 15))
def test_take__any_order_and_repetition__each_reading_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], repeats: list[int], split: int
) -> None:
    engine = open_store(tmp_path_factory.mktemp("order") / "oracle.sqlite3")
    device = register(engine)
    desk, sent = SourceDesk(engine), [*order, *repeats]
    messages = [payload(reading(number, value=f"{number}.5")) for number in sent]
    receipts = [*take(desk, messages[:split]), *take(desk, messages[split:])]
    assert sum(each.code == "stored" for each in receipts) == 7
    assert sum(each.code == "Replayed" for each in receipts) == len(repeats)
    month = Series(engine).month(device, 2025, 3)
    assert month is not None
    assert (month.value, month.readings) == (31.5, 7)
    engine.dispose()


def test_month__sum_leaves_out_of_range_readings_out_and_hash_is_that_of_the_export(engine: Engine) -> None:
    device = register(engine)
    desk = SourceDesk(engine)
    take(desk, [payload(reading(n, value)) for n, value in ((1, "10.25"), (2, "900"), (3, "0.000001"))])
    month = Series(engine).month(device, 2025, 3)
    assert month is not None
    assert (month.readings, month.excluded, month.flagged) == (3, 1, {"OutOfRange": 1})
    item = month.item()
    assert (item["kind"], item["value"], item["unit"]) == ("fuel_amount/scale-1", "10.250001", "t")
    assert (item["meter"], item["calibrated_until"], item["time"]) == ("M-1", "2025-12-31", time_text(NOW + 120))
    from hashlib import sha256

    from oracles.sources import month_span

    paper = b"".join(line(each.signed) for each in Series(engine).of(device, *month_span(2025, 3)))
    assert item["document"] == "0x" + sha256(paper).hexdigest()


def test_month__mean_kind__mean_and_midnight_belongs_to_the_day_before(engine: Engine) -> None:
    device = register(engine, kind="heat_value", unit="GJ/t")
    desk = SourceDesk(engine)
    end = 1_743_436_800  # 2025-04-01 00:00 in Beijing
    sent = [(1, "20", end - 60), (2, "21", end), (3, "99", end + 1)]
    made = [reading(n, v, kind="heat_value", unit="GJ/t", time=time_text(at)) for n, v, at in sent]
    take(desk, [payload(each) for each in made], now=end + 60)
    month = Series(engine).month(device, 2025, 3)
    assert month is not None
    assert month.item()["value"] == "20.5"


@pytest.mark.parametrize(
    "device",
    [
        Device("scale-2", "plant-1", "M-9", "0x" + "33" * 20, "fuel_amount", "t", 0, 1),
        Device("scale-1", "plant-1", "M-1", "0x" + "33" * 20, "fuel_amount", "t", 0, 1),
        Device("scale-2", "plant-1", "M-1", "0x" + device_key(KEY.signer).hex(), "fuel_amount", "t", 0, 1),
        Device("scale-2", "plant-1", "M-1", "0x33", "fuel_amount", "t", 0, 1),
        Device("scale-2", "plant-1", "M-1", "0x" + "33" * 20, "fuel_amount", "kg", 0, 1),
        Device("scale-2", "plant-1", "M-1", "0x" + "33" * 20, "nothing", "t", 0, 1),
        Device("scale-2", "plant-1", "M-1", "0x" + "33" * 20, "fuel_amount", "t", 1, 1),
    ],
)
def test_register__wrong_device__refused_with_what_is_valid(engine: Engine, device: Device) -> None:
    from decimal import Decimal

    register(engine)
    made = replace(device, low=Decimal(device.low), high=Decimal(device.high))
    with pytest.raises(OracleError) as caught:
        Registers(engine).add_device(made, NOW)
    assert caught.value.refusal.rule == "M-11"
    assert caught.value.refusal.remedy_en


def test_register__for_accounting__certificate_gap_class_and_unknown_meter_decide(engine: Engine) -> None:
    from decimal import Decimal

    from oracles.accounting.model import Meter as Claimed

    register(engine)
    registers = Registers(engine)
    registers.add_meter(Meter("M-2", "plant-1", "belt_scale", Decimal("1.0")), NOW)
    registers.add_certificate(Certificate("M-2", "C", date(2025, 1, 1), date(2025, 12, 31), "0x" + "00" * 32), NOW)
    evidence = Evidence(meters=registers.for_accounting())
    year, later = (date(2025, 1, 1), date(2025, 12, 31)), (date(2025, 12, 1), date(2026, 1, 31))
    assert evidence.meter(Claimed(id="M-1"), year).usable
    reasons = [
        evidence.meter(Claimed(id=each), span).reason for each, span in (("M-1", later), ("M-2", year), ("M-3", year))
    ]
    assert [each.en if each else None for each in reasons] == [
        "meter M-1 has no valid certificate on 2026-01-01",
        "meter M-2 is of accuracy class 1.0, class 0.5 or better is needed",
        "meter M-3 is not in the register",
    ]
