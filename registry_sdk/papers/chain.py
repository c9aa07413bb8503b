"""From the chain to a certificate's facts, and from a certificate's file back to it: a node is all it takes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from registry_sdk.calc.result import Text
from registry_sdk.certificates import Certificate, read_certificate
from registry_sdk.papers.certificate import CertificateFacts, certificate_pdf, read_certificate_pdf
from registry_sdk.papers.page import PaperError
from registry_sdk.papers.typeface import UnprintableError
from registry_sdk.projection.logs import LogDecoder
from registry_sdk.reader import Reader

CERTIFIED: Final = "Certified"


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a certificate and its answer."""

    question: Text
    is_true: bool
    detail: Text

    def to_json(self) -> dict[str, Any]:
        return {"question": self.question.to_json(), "is_true": self.is_true, "detail": self.detail.to_json()}


def certificate_facts(reader: Reader, account: int, year: int, holder: str = "") -> CertificateFacts | None:
    """Facts of the certificate that stands; None where none does.

    Raises:
        PaperError: the chain does not tell where it was issued (an incomplete node).
        ValueError: the chain's digest is not that of the figures in force; never on a registry of ours.
    """
    found = read_certificate(reader, account, year)
    if found is None:
        return None
    for log in _certified_at(reader, found.issued_at):
        if log.fields["number"] == found.number:
            return _facts(reader, found, holder, log.block, log.transaction)
    raise PaperError(f"节点没有证明 {found.number} 的事件 the node lacks the event of certificate {found.number}")


def check_certificate(data: bytes, reader: Reader) -> list[Check]:
    """Everything that can be asked of a certificate's file, each with the answer of the chain.

    Raises:
        PaperError: it is no certificate.
    """
    stated = read_certificate_pdf(data)
    deployment = reader.deployment
    same_place = (stated.chain_id, stated.contract) == (deployment.chain_id, deployment.address("compliance"))
    checks = [
        Check(
            Text("由本登记簿的合约出具", "issued by this registry's contract"),
            same_place,
            Text(f"链 {stated.chain_id}，合约 {stated.contract}", f"chain {stated.chain_id}, {stated.contract}"),
        )
    ]
    if not same_place:
        return checks
    stands = certificate_facts(reader, stated.account, stated.year, stated.holder)
    checks.append(_standing(stated, stands))
    checks.append(_figures(stated, stands))
    checks.append(_paper(data, stated))
    return checks


def _standing(stated: CertificateFacts, stands: CertificateFacts | None) -> Check:
    if stands is None:
        detail = Text("该账户该年度没有有效证明", "no certificate stands for this account and year")
    else:
        detail = Text(f"有效证明为第 {stands.number} 号", f"the certificate that stands is number {stands.number}")
    is_true = stands is not None and stands.number == stated.number
    return Check(Text("证明有效，未被作废或取代", "it stands: neither voided nor replaced"), is_true, detail)


def _figures(stated: CertificateFacts, stands: CertificateFacts | None) -> Check:
    question = Text("数字、摘要与出处和链上一致", "figures, digest and place are those on the chain")
    if stands is None:
        return Check(question, False, Text("无可比对", "nothing to compare with"))
    ours, theirs = asdict(stated), asdict(stands)
    different = [name for name in ours if ours[name] != theirs[name]]
    if not different:
        return Check(question, True, Text("全部一致", "all the same"))
    told = "; ".join(f"{name}: {ours[name]} -> {theirs[name]}" for name in different)
    return Check(question, False, Text(f"不一致（文件 -> 链上）：{told}", f"different (file -> chain): {told}"))


def _paper(data: bytes, stated: CertificateFacts) -> Check:
    question = Text("页面即由这些数字印出", "the page is the print of these figures")
    try:
        is_same = certificate_pdf(stated) == data
    except (PaperError, UnprintableError) as error:
        return Check(question, False, Text(str(error), str(error)))
    if is_same:
        return Check(question, True, Text("逐字节相同", "the same, byte by byte"))
    return Check(
        question,
        False,
        Text("文件被改动，或由其他版本印出；以链上数字为准", "altered, or another version's print: rely on the chain"),
    )  # fmt: skip


def _facts(reader: Reader, found: Certificate, holder: str, block: int, transaction: str) -> CertificateFacts:
    head = reader.rpc.call("eth_getBlockByNumber", hex(block), False)
    return CertificateFacts(
        number=found.number,
        account=found.account,
        holder=holder,
        year=found.year,
        obligation=found.obligation,
        surrendered=found.surrendered,
        offset=found.offset,
        is_on_time=found.is_on_time,
        issued_at=found.issued_at,
        digest=found.digest,
        chain_id=reader.deployment.chain_id,
        contract=reader.deployment.address("compliance"),
        block=block,
        block_hash=str(head["hash"]),
        transaction=transaction,
    )


def _certified_at(reader: Reader, moment: int) -> Iterator[Any]:
    """Events of certificates in the blocks of one moment."""
    deployment, rpc = reader.deployment, reader.rpc
    compliance = deployment.contract("compliance")
    topic = next("0x" + topic.hex() for topic, event in compliance.events.items() if event.name == CERTIFIED)
    decoder = LogDecoder(deployment)
    newest = int(rpc.call("eth_blockNumber"), 16)
    for block in range(_first_block(reader, moment, newest), newest + 1):
        if _time_of(reader, block) != moment:
            return
        query = {"fromBlock": hex(block), "toBlock": hex(block), "address": deployment.address("compliance")}
        for raw in rpc.call("eth_getLogs", query | {"topics": [topic]}):
            yield decoder.decode({"blockTimestamp": hex(moment)} | raw)


def _first_block(reader: Reader, moment: int, newest: int) -> int:
    """The first block that is not before ``moment``: times never fall from block to block."""
    low, high = reader.deployment.block, newest
    while low < high:
        middle = (low + high) // 2
        if _time_of(reader, middle) < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _time_of(reader: Reader, block: int) -> int:
    return int(reader.rpc.call("eth_getBlockByNumber", hex(block), False)["timestamp"], 16)
