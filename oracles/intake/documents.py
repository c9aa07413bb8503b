"""From bytes of unknown origin to a signed statement; whatever is wrong becomes a numbered refusal."""

import json
import re
from typing import Any, Final

from pydantic import ValidationError

from oracles.refusals import refuse
from registry_sdk.documents import SignedStatement

MAX_DETAILS: Final = 3


def read_statement(payload: bytes, limit: int) -> SignedStatement:
    """The statement in ``payload``, at most ``limit`` bytes.

    Raises:
        OracleError: TooLarge, NotJson or NotStatement.
    """
    if len(payload) > limit:
        raise refuse("TooLarge", size=len(payload), limit=limit)
    document = read_json(payload)
    try:
        statement = SignedStatement.model_validate(document)
        statement.digest()
        _require_plain(statement)
    except ValidationError as error:
        raise refuse("NotStatement", detail=_details(error)) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise refuse("NotStatement", detail=type(error).__name__) from None
    return statement


def read_json(payload: bytes) -> Any:
    """A JSON document: UTF-8, no repeated keys, no NaN. Raises OracleError NotJson."""
    try:
        return json.loads(payload.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise refuse("NotJson", detail=f"line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise refuse("NotJson", detail=f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise refuse("NotJson", detail="nested too deeply") from None
    except ValueError as error:
        raise refuse("NotJson", detail=str(error)[:80]) from None


def _require_plain(statement: SignedStatement) -> None:
    """One spelling for every value: blanks between hex digits would let one signer appear under two names."""
    # A compact dump of hex text and integers holds neither blanks nor escapes.
    if re.search(r"[\s\\]", statement.model_dump_json()):
        raise refuse("NotStatement", detail="blanks inside a value")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _details(error: ValidationError) -> str:
    mistakes = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [f"{'.'.join(map(str, each['loc'])) or 'document'}: {each['msg']}"[:160] for each in mistakes]
    more = len(shown) - MAX_DETAILS
    return "; ".join(shown[:MAX_DETAILS]) + (f"; +{more}" if more > 0 else "")
