"""Files that tests of the calculators write."""

import json
from pathlib import Path
from typing import Any


def parameter_file(folder: Path, **content: Any) -> Path:
    """An override file with the sections given."""
    path = folder / "override.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
