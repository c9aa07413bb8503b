"""From bytes of unknown origin to a signed statement; whatever is wrong becomes a numbered refusal."""

import json
import re
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from oracles.refusals import refuse
from registry_sdk.documents import SignedEvidence, SignedStatement

MAX_DETAILS: Final = 3
Signed = TypeVar("Signed", SignedStatement, SignedEvidence)


def read_statement(payload: bytes, limit: int) -> SignedStatement:
    """The statement of emissions in ``payload``, at most ``limit`` bytes.

    Raises:
        OracleError: TooLarge, NotJson or NotStatement.
    """
    return _checked(_document(payload, limit), SignedStatement, "NotStatement")


def read_either(payload: bytes, limit: int) -> SignedStatement | SignedEvidence:
    """The statement of emissions or of evidence in ``payload``; evidence is what states a root.

    Raises:
        OracleError: TooLarge, NotJson, NotStatement or NotEvidence.
    """
    document = _document(payload, limit)
    message = document.get("message") if isinstance(document, dict) else None
    if isinstance(message, dict) and "root" in message:
        return _checked(document, SignedEvidence, "NotEvidence")
    return _checked(document, SignedStatement, "NotStatement")


def _document(payload: bytes, limit: int) -> Any:
    if len(payload) > limit:
        raise refuse("TooLarge", size=len(payload), limit=limit)
    return read_json(payload)


def _checked(document: Any, kind: type[Signed], error: str) -> Signed:
    try:
        statement = kind.model_validate(document)
        statement.digest()
    except ValidationError as mistakes:
        raise refuse(error, detail=_details(mistakes)) from None
    except (ValueError, TypeError, OverflowError) as mistake:
        raise refuse(error, detail=type(mistake).__name__) from None
    # One spelling for every value: blanks between hex digits would let one signer appear under two names. A compact
    # dump of hex text and integers holds neither blanks nor escapes.
    if re.search(r"[\s\\]", statement.model_dump_json()):
        raise refuse(error, detail="blanks inside a value")
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
