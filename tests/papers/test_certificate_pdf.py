"""The page of a certificate: the same bytes everywhere, its facts readable, every alteration visible."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_sdk.papers.certificate import CertificateFacts, certificate_pdf, read_certificate_pdf
from registry_sdk.papers.page import PaperError, beijing
from registry_sdk.papers.typeface import UnprintableError

FACTS = CertificateFacts(
    number=1,
    account=42_000_017,
    holder="样例热电有限责任公司 Sample Heat & Power (1)",
    year=2025,
    obligation=1_234_567,
    surrendered=1_172_839,
    offset=61_728,
    is_on_time=True,
    issued_at=1_798_732_799,
    digest="0x" + "ab" * 32,
    chain_id=775_001,
    contract="0x5FbDB2315678afecb367f032d93F642f64180aa3",
    block=4711,
    block_hash="0x" + "cd" * 32,
    transaction="0x" + "ef" * 32,
)
PRINT = "import hashlib, test_certificate_pdf as t; print(hashlib.sha256(t.certificate_pdf(t.FACTS)).hexdigest())"


def test_certificate_pdf__other_process_zone_and_hash_seed__same_bytes() -> None:
    here = str(Path(__file__).parent)
    prints = set()
    for zone, seed in (("America/New_York", "1"), ("Asia/Shanghai", "2")):
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "PYTHONPATH": here}
        done = subprocess.run(
            [sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, check=True
        )
        prints.add(done.stdout)
    assert len(prints) == 1


@settings(max_examples=8, deadline=None)
@given(
    st.integers(1, 2**64 - 1),
    st.integers(1, 2**64 - 1),
    st.booleans(),
    st.sampled_from(["", "甲公司", '"(\\)<>公司']),
)
def test_read_certificate_pdf__any_figures__are_those_printed(
    account: int, tonnes: int, is_on_time: bool, holder: str
) -> None:
    facts = replace(FACTS, account=account, obligation=tonnes, is_on_time=is_on_time, holder=holder)
    assert read_certificate_pdf(certificate_pdf(facts)) == facts


def test_certificate_pdf__three_fonts_of_one_page__each_embedded_with_its_own_name() -> None:
    data = certificate_pdf(FACTS)
    names = set(re.findall(rb"/FontName /[A-Z]{6}\+([A-Za-z0-9-]+)", data))
    assert len(names) == 3 == len(re.findall(rb"/FontFile2", data))


def test_certificate_pdf__other_figure__other_page() -> None:
    assert certificate_pdf(FACTS) != certificate_pdf(replace(FACTS, offset=61_729))


def test_certificate_pdf__name_that_cannot_be_printed__refused_with_the_characters() -> None:
    with pytest.raises(UnprintableError, match="U\\+13000"):
        certificate_pdf(replace(FACTS, holder="\U00013000"))
    with pytest.raises(PaperError, match="60"):
        certificate_pdf(replace(FACTS, holder="长" * 61))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4 nothing",
        b"no pdf registry-facts:e30=",
        b"%PDF-1.4 registry-facts:e30=",
        b"%PDF-1.4 registry-facts:!!",
        b"%PDF-1.4 registry-facts:bnVsbA==",
        b"%PDF-1.4 registry-facts:e30= registry-facts:e31=",
    ],
)
def test_read_certificate_pdf__no_certificate__refused(data: bytes) -> None:
    with pytest.raises(PaperError):
        read_certificate_pdf(data)


def test_beijing__end_of_the_year__is_local_there() -> None:
    assert beijing(FACTS.issued_at) == "2026-12-31 23:59:59"
