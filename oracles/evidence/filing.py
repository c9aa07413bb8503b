"""From a file of items to a month: documents into the vault, items into the store; every mistake is told at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from oracles.evidence.vault import Vault, hash_file
from oracles.intake.documents import read_json
from oracles.refusals import refuse
from registry_sdk.evidence import EvidenceError, Item
from registry_sdk.evidence.duties import item_row

MAX_FILE_BYTES: Final = 64 * 2**20
MAX_TOLD: Final = 50


def read_items(path: Path, sector: str) -> list[tuple[Item, Path | None]]:
    """Items of a JSON file, each with the document that lies beside it where it is given as ``file``.

    The file is a list of items as :meth:`Item.to_json` writes them; ``file`` (a path relative to the list) may stand
    instead of ``document``.

    Raises:
        OracleError: TooLarge, NotJson, or EvidenceInvalid with every row and field that is wrong.
    """
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise refuse("TooLarge", size=size, limit=MAX_FILE_BYTES)
    rows = read_json(path.read_bytes())
    if not isinstance(rows, list) or not rows:
        raise refuse("EvidenceInvalid", detail="a list of items with at least one is needed (须为非空数组)")
    found: list[tuple[Item, Path | None]] = []
    mistakes: list[str] = []
    for number, row in enumerate(rows, start=1):
        try:
            item, document = _read(row, path.parent)
            _require_unit(item, sector)
            found.append((item, document))
        except EvidenceError as error:
            mistakes.append(f"{number}: {error}")
        except OSError as error:
            mistakes.append(f"{number}: file: {error.strerror}")
    mistakes.extend(_twice([item for item, _ in found]))
    if mistakes:
        more = len(mistakes) - MAX_TOLD
        shown = "\n".join(mistakes[:MAX_TOLD]) + (f"\n+{more}" if more > 0 else "")
        raise refuse("EvidenceInvalid", detail=shown)
    return found


def store_documents(items: list[tuple[Item, Path | None]], vault: Vault) -> int:
    """Put the documents that came as files into the vault; how many are new. Every item's document is there after.

    Raises:
        OracleError: DocumentUnknown; DocumentDamaged where a file changed between reading and storing.
    """
    new = 0
    for item, path in items:
        if path is not None:
            stored = vault.add_file(path)
            new += stored.is_new
            if stored.hash != item.document:
                raise refuse("DocumentDamaged", document="0x" + item.document.hex())
        elif not vault.has(item.document):
            raise refuse("DocumentUnknown", document="0x" + item.document.hex())
    return new


def _read(row: Any, folder: Path) -> tuple[Item, Path | None]:
    if not isinstance(row, dict) or "file" not in row:
        return Item.from_json(row), None
    name = row["file"]
    if not isinstance(name, str) or not name or "document" in row:
        raise EvidenceError(
            "file", f"{name!r:.60}", f"{name!r:.60}", "file 或 document 之一", "either file or document"
        )
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise EvidenceError(
            "file", "没有此文件", "there is no such file", "清单同目录下的文件", "a file beside the list"
        )
    plain = {key: value for key, value in row.items() if key != "file"}
    return Item.from_json(plain | {"document": "0x" + hash_file(path).hex()}), path


def _require_unit(item: Item, sector: str) -> None:
    row = item_row(sector, item.code)
    if row is not None and row["unit"] != item.unit:
        raise EvidenceError(
            "unit", f"{item.kind} 为 {item.unit}", f"{item.kind} is in {item.unit}", *(row["unit"],) * 2
        )


def _twice(items: list[Item]) -> Iterator[str]:
    seen: set[str] = set()
    for item in items:
        if item.kind in seen:
            text = "同一数据项两次 / twice in one file; valid: kind/source"
            yield f"{item.kind}: {text}"
        seen.add(item.kind)
