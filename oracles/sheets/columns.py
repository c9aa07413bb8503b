"""What a column of a template holds: header in both languages, unit, kind, rule; template and reader share it."""

from dataclasses import dataclass

from registry_sdk.calc.result import Text

TEXT = "text"
NUMBER = "number"
INTEGER = "integer"
DATE = "date"
YES_NO = "yes/no"
LIST = "list"
TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """``path`` is where the cell goes in the record; ``unit`` is set where the header itself states the unit.

    ``choices`` are the only values allowed, where there is such a list; ``note`` explains the column in the guide.
    """

    key: str
    zh: str
    kind: str
    path: tuple[str, ...]
    rule: str = "D-07"
    required: bool = False
    unit: str = ""
    choices: tuple[str, ...] = ()
    note: Text | None = None

    @property
    def header(self) -> str:
        return f"{self.zh} / {self.key}" + (f" [{self.unit}]" if self.unit else "")
