"""Reads the JSON files of this package and of a regulator into one ParameterSet."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry_sdk.parameters.errors import DataFileError
from registry_sdk.parameters.model import Parameter, Table, fingerprint
from registry_sdk.parameters.store import BY_DATE, BY_YEAR, ParameterSet
from registry_sdk.parameters.values import convert, read_json

DATA = Path(__file__).parent / "data"
_CONFIDENCE = {"H", "M", "L"}


def load(overrides: Iterable[Path] = ()) -> ParameterSet:
    """The numbers of this package with ``overrides`` laid over them, the last file on top.

    An override file has the same form as ours; for a known parameter "values" is enough, for a known table "rows".
    A row replaces the row with the same key columns. Raises DataFileError with the place of the mistake.
    """
    base = _merge(read_json(path) for path in sorted(DATA.glob("*.json")))
    contents = [base, *(read_json(path) for path in overrides)]
    sources: dict[str, dict[str, str]] = {}
    heads: dict[str, dict[str, Any]] = {}
    layers: list[dict[str, tuple[Parameter, ...]]] = []
    tables: dict[str, Table] = {}
    for content in contents:
        unknown = set(content) - {"parameters", "tables", "sources"}
        if unknown:
            raise _error("file", "", f"unknown section {sorted(unknown)}; known: parameters, tables, sources")
        sources |= _objects(content, "sources")
        layer: dict[str, tuple[Parameter, ...]] = {}
        for key, entry in _objects(content, "parameters").items():
            heads[key] = heads.get(key, {}) | {name: part for name, part in entry.items() if name != "values"}
            layer[key] = _values(key, heads[key], _list(entry, "values", key), sources)
        layers.append(layer)
        for name, entry in _objects(content, "tables").items():
            tables[name] = _table(name, entry, tables.get(name), sources)
    return ParameterSet(layers, tables)


def _error(where: str, rule: str, text: str) -> DataFileError:
    return DataFileError(where, rule, f"参数文件 {where} 有误：{text}", f"parameter file, {where}: {text}")


def _merge(contents: Iterable[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, dict[str, Any]] = {}
    for content in contents:
        for section, entries in content.items():
            twice = set(merged.setdefault(section, {})) & set(entries)
            if twice:
                raise _error(section, "", f"defined in two files: {sorted(twice)}")
            merged[section] |= entries
    return merged


def _objects(content: Mapping[str, Any], section: str) -> dict[str, dict[str, Any]]:
    entries = content.get(section, {})
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise _error(section, "", "an object of objects is expected")
    return entries


def _list(entry: Mapping[str, Any], name: str, where: str) -> list[Any]:
    items = entry.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict | list | str) for item in items):
        raise _error(where, "", f"{name} must be a list")
    return items


def _source(codes: Iterable[str], sources: Mapping[str, Mapping[str, str]], where: str, rule: str) -> str:
    texts = []
    for code in codes:
        name, _, article = str(code).partition(":")
        if name not in sources:
            raise _error(where, rule, f"unknown source {name}; known: {', '.join(sources)}")
        texts.append(f"{sources[name]['zh']} / {sources[name]['en']}" + (f" art. {article}" if article else ""))
    return "; ".join(texts)


def _values(
    key: str, head: Mapping[str, Any], raws: list[dict[str, Any]], sources: Mapping[str, Mapping[str, str]]
) -> tuple[Parameter, ...]:
    missing = [name for name in ("rule", "type", "unit", "by", "label_zh", "label_en") if name not in head]
    if missing or head["by"] not in (BY_DATE, BY_YEAR):
        raise _error(key, "", f"needs {missing or f'by = {BY_DATE} or {BY_YEAR}'}")
    if not all(isinstance(raw, dict) for raw in raws):
        raise _error(key, str(head["rule"]), "each value is an object")
    values = sorted((_value(key, head, raw, sources) for raw in raws), key=lambda value: value.effective_from)
    for earlier, later in pairwise(values):
        if earlier.in_force(later.effective_from):
            raise _error(key, earlier.rule, f"periods overlap: {earlier.period} and {later.period}")
    return tuple(values)


def _value(
    key: str, head: Mapping[str, Any], raw: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]
) -> Parameter:
    rule = str(head["rule"])
    missing = [name for name in ("value", "from", "to", "source", "confidence") if name not in raw]
    if missing or str(raw["confidence"]) not in _CONFIDENCE:
        raise _error(key, rule, f"a value needs {missing or 'confidence H, M or L'}")
    effective_to = convert("date", raw["to"], where=key, rule=rule)
    effective_from: date | None = convert("date", raw["from"], where=key, rule=rule)
    if effective_from is None or (effective_to is not None and effective_to < effective_from):
        raise _error(key, rule, f"period {raw['from']}..{raw['to']} is not valid")
    return Parameter(
        key=key,
        value=convert(head["type"], raw["value"], where=key, rule=rule),
        unit=head["unit"],
        rule=rule,
        effective_from=effective_from,
        effective_to=effective_to,
        by=head["by"],
        source=_source(_list(raw, "source", key), sources, key, rule),
        confidence=raw["confidence"],
        version=f"{effective_from}.{fingerprint(raw['value'])}",
        label_zh=head["label_zh"],
        label_en=head["label_en"],
        note=raw.get("note", ""),
    )


def _table(name: str, entry: Mapping[str, Any], below: Table | None, sources: Mapping[str, Mapping[str, str]]) -> Table:
    if below is None:
        needed = ("rule", "label_zh", "label_en", "columns", "key", "source", "confidence")
        missing = [part for part in needed if part not in entry]
        if missing:
            raise _error(name, "", f"a new table needs {missing}")
    rule = str(entry["rule"] if below is None else below.rule)
    columns: Mapping[str, str] = entry["columns"] if below is None else below.columns
    key: tuple[str, ...] = tuple(entry["key"]) if below is None else below.key
    rows = {} if below is None else {tuple(row[part] for part in key): row for row in below.rows}
    given: set[tuple[Any, ...]] = set()
    for number, raw in enumerate(_list(entry, "rows", name), start=1):
        where = f"{name} row {number}"
        cells = raw if isinstance(raw, list) else [raw.get(column) for column in columns]
        if len(cells) != len(columns) or (isinstance(raw, dict) and set(raw) - set(columns)):
            raise _error(where, rule, f"columns are {', '.join(columns)}")
        row = {
            column: convert(kind, cell, where=f"{where}, {column}", rule=rule)
            for (column, kind), cell in zip(columns.items(), cells, strict=True)
        }
        place = tuple(row[part] for part in key)
        if place in given:
            raise _error(where, rule, f"key {place} given twice")
        given.add(place)
        rows[place] = MappingProxyType(row)
    return Table(
        name=name,
        rule=rule,
        label_zh=str(entry["label_zh"] if below is None else below.label_zh),
        label_en=str(entry["label_en"] if below is None else below.label_en),
        columns=MappingProxyType(dict(columns)),
        key=key,
        source=_source(_list(entry, "source", name), sources, name, rule)
        if "source" in entry or below is None
        else below.source,
        confidence=str(entry.get("confidence", below.confidence if below else "L")),
        version=fingerprint([[str(cell) for cell in row.values()] for row in rows.values()]),
        rows=tuple(rows.values()),
    )
