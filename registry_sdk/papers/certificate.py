"""The certificate of compliance (履约证明, rule C-04) as one page, and the facts it states."""

from dataclasses import asdict, dataclass, fields
from io import BytesIO
from typing import Final

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from registry_sdk.papers.page import (
    INK,
    LINE,
    SEAL,
    SOFT,
    PaperError,
    beijing,
    facts_of,
    font_for,
    new_canvas,
    write,
)
from registry_sdk.papers.typeface import BOLD

WIDTH, HEIGHT = A4
LEFT, RIGHT = 30 * mm, WIDTH - 30 * mm
MIDDLE: Final = WIDTH / 2
KIND: Final = "certificate"
MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate states and where the chain says it.

    Attributes:
        holder: name of the firm as whoever printed it gave it; the chain does not know it. Empty: none.
        obligation, surrendered, offset: tonnes.
        is_on_time: the obligation was met at the deadline.
        issued_at: Unix seconds.
        digest: what the contract signed off, 0x text.
        block, block_hash, transaction: where the contract stated it.
    """

    number: int
    account: int
    holder: str
    year: int
    obligation: int
    surrendered: int
    offset: int
    is_on_time: bool
    issued_at: int
    digest: str
    chain_id: int
    contract: str
    block: int
    block_hash: str
    transaction: str


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names of the fonts of one page, each with the characters it needs."""

    regular: str
    bold: str
    holder: str


def certificate_pdf(facts: CertificateFacts) -> bytes:
    """The page as a PDF file; the same facts give the same bytes.

    Raises:
        UnprintableError: the name has characters that the typeface lacks.
        PaperError: the name is too long for its line.
    """
    if len(facts.holder) > MAX_NAME:
        raise PaperError(f"名称至多 {MAX_NAME} 字 a name has at most {MAX_NAME} characters")
    lines = _Lines(facts)
    fonts = Fonts(
        font_for("".join(lines.plain_text())),
        font_for("".join(lines.bold_text()), BOLD),
        font_for(facts.holder, BOLD),
    )
    target = BytesIO()
    canvas = new_canvas(target, A4, f"履约证明 {facts.year} / {facts.account}", {"kind": KIND, **asdict(facts)})
    _frame(canvas)
    _head(canvas, fonts, lines)
    _figures(canvas, fonts, lines.figures())
    _evidence(canvas, fonts, lines)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def read_certificate_pdf(data: bytes) -> CertificateFacts:
    """The facts in a certificate's file, unchecked. Raises PaperError."""
    facts = facts_of(data)
    names = {field.name: field.type for field in fields(CertificateFacts)}
    given = {name: value for name, value in facts.items() if name != "kind"}
    if facts.get("kind") != KIND or given.keys() != names.keys():
        raise PaperError("不是履约证明 not a certificate of compliance")
    if any(type(given[name]) is not kind for name, kind in names.items()):
        raise PaperError("履约证明中的数据无法读取 the facts of the certificate cannot be read")
    return CertificateFacts(**given)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The words of the page."""

    facts: CertificateFacts

    HEAD = "碳排放权登记系统 · Allowance registry"
    TITLE = ("履约证明", "CERTIFICATE OF COMPLIANCE")
    STANDINGS = ("按时 on time", "逾期补缴 late")
    VERIFY = (
        "核验：本页全部数字由链上合约给出，任何人可凭文件与任一节点核对，不必信任打印者。",
        "To verify: every figure here is the contract's own; anybody can check the file against any node of the chain.",
        "registry certificate verify FILE.pdf",
        "数据更正、撤销清缴会使证明失效；以核验结果为准。",
        "A correction of data or a reversed surrender voids a certificate: what verification says counts.",
        "单位名称由打印者填写，链上只登记账户。",
        "The name was given by whoever printed this page; the chain knows the account alone.",
    )

    def number(self) -> str:
        return f"No. {self.facts.year}-{self.facts.number:06d}"

    def holder(self) -> tuple[str, ...]:
        f = self.facts
        return (f.holder,) if f.holder else ()

    def statement(self) -> tuple[str, str]:
        f = self.facts
        return (
            f"兹证明账户 {f.account} 已足额清缴 {f.year} 年度碳排放配额。",
            f"Account {f.account} has met its surrender obligation for compliance year {f.year} in full.",
        )

    def figures(self) -> list[tuple[str, str, str]]:
        f = self.facts
        return [
            ("应清缴量（经核查排放量）", "obligation (verified emissions)", f"{f.obligation:,} tCO2e"),
            ("清缴配额", "allowances surrendered", f"{f.surrendered:,} tCO2e"),
            ("抵销减排量", "credits offset", f"{f.offset:,} tCO2e"),
            ("履约情况", "standing", self.STANDINGS[not f.is_on_time]),
            ("出证时间（北京时间）", "issued (Beijing time)", beijing(f.issued_at)),
        ]

    def evidence(self) -> list[tuple[str, str]]:
        f = self.facts
        return [
            ("链 chain", str(f.chain_id)),
            ("合约 contract", f.contract),
            ("区块 block", str(f.block)),
            ("区块哈希 block hash", f.block_hash),
            ("交易 transaction", f.transaction),
            ("证明摘要 digest", f.digest),
        ]

    def plain_text(self) -> list[str]:
        labels = [cell for row in (*self.figures(), *self.evidence()) for cell in row[:2]]
        return [self.HEAD, self.TITLE[1], *self.VERIFY, *self.statement(), *labels]

    def bold_text(self) -> list[str]:
        return [self.TITLE[0], *self.STANDINGS]


def _frame(canvas: Canvas) -> None:
    canvas.setStrokeColor(SEAL)
    canvas.setLineWidth(1.6)
    canvas.rect(14 * mm, 14 * mm, WIDTH - 28 * mm, HEIGHT - 28 * mm)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.rect(16 * mm, 16 * mm, WIDTH - 32 * mm, HEIGHT - 32 * mm)


def _head(canvas: Canvas, fonts: Fonts, lines: _Lines) -> None:
    write(canvas, fonts.regular, 11, MIDDLE, HEIGHT - 36 * mm, lines.HEAD, align="centre", ink=SOFT)
    write(canvas, fonts.bold, 34, MIDDLE, HEIGHT - 56 * mm, " ".join(lines.TITLE[0]), align="centre", ink=SEAL)
    write(canvas, fonts.regular, 13, MIDDLE, HEIGHT - 66 * mm, lines.TITLE[1], align="centre", ink=SOFT)
    write(canvas, fonts.regular, 11, MIDDLE, HEIGHT - 77 * mm, lines.number(), align="centre")
    y = HEIGHT - 95 * mm
    for name in lines.holder():
        write(canvas, fonts.holder, min(17.0, 150 * mm / max(1, len(name))), MIDDLE, y, name, align="centre")
        y -= 11 * mm
    zh, en = lines.statement()
    write(canvas, fonts.regular, 13, MIDDLE, y, zh, align="centre")
    write(canvas, fonts.regular, 9.5, MIDDLE, y - 6.5 * mm, en, align="centre", ink=SOFT)


def _figures(canvas: Canvas, fonts: Fonts, rows: list[tuple[str, str, str]]) -> None:
    y = HEIGHT - 126 * mm
    canvas.setLineWidth(0.5)
    for zh, en, value in rows:
        canvas.setStrokeColor(LINE)
        canvas.line(LEFT, y + 7.6 * mm, RIGHT, y + 7.6 * mm)
        write(canvas, fonts.regular, 11, LEFT, y + 2.8 * mm, zh)
        write(canvas, fonts.regular, 8, LEFT, y - 1.2 * mm, en, ink=SOFT)
        write(canvas, fonts.bold, 13, RIGHT, y + 0.8 * mm, value, align="right")
        y -= 11.5 * mm
    canvas.line(LEFT, y + 7.6 * mm, RIGHT, y + 7.6 * mm)


def _evidence(canvas: Canvas, fonts: Fonts, lines: _Lines) -> None:
    y = 98 * mm
    for label, value in lines.evidence():
        write(canvas, fonts.regular, 7.5, LEFT, y, label, ink=SOFT)
        canvas.setFont("Courier", 7.2)
        canvas.setFillColor(INK)
        canvas.drawString(LEFT + 33 * mm, y, value)
        y -= 4.6 * mm
    _code(canvas, lines.facts)
    y = 62 * mm
    for text in lines.VERIFY:
        if text.startswith("registry "):
            canvas.setFont("Courier-Bold", 8)
            canvas.setFillColor(INK)
            canvas.drawString(LEFT, y, text)
        else:
            write(canvas, fonts.regular, 7.5, LEFT, y, text, ink=SOFT)
        y -= 4.6 * mm


def _code(canvas: Canvas, facts: CertificateFacts) -> None:
    """The same facts for a camera: chain, contract, account, year and digest."""
    size = 27 * mm
    text = f"registry:{facts.chain_id}:{facts.contract}:{facts.account}:{facts.year}:{facts.digest}"
    widget = QrCodeWidget(text, barLevel="M", barWidth=size, barHeight=size, barBorder=0, barFillColor=INK)
    drawing = Drawing(size, size)
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, RIGHT - size, 24 * mm)
