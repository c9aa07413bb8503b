"""Submissions and acts as clients see them."""

from typing import Any, Final

from eth_abi.exceptions import DecodingError

from registry_api.outbox.queue import Submission
from registry_api.problems import problem_of
from registry_api.projection.query import Item
from registry_sdk.acts import ActBuilder
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ActMessage
from registry_sdk.rules.words import plain

ACT_STATES: Final = ("NONE", "PROPOSED", "APPROVED", "EXECUTED", "REJECTED")
UNKNOWN: Final = dict.fromkeys(("contract", "function", "args", "rule", "zh", "en", "ground", "document"))


def shown_submission(submission: Submission) -> dict[str, Any]:
    """A submission and what became of it."""
    return {
        "id": submission.id,
        "kind": submission.kind,
        "state": submission.state,
        "account": submission.account,
        "transaction": submission.transaction,
        "block": submission.block,
        "position": submission.position,
        "refusal": problem_of(submission.error),
        "submitted_at": submission.submitted_at,
        "settled_at": submission.settled_at,
        "document": submission.document,
        "links": {"self": f"/v1/submissions/{submission.id}"},
    }


def shown_act(deployment: Deployment, row: Item, carried: Submission | None) -> dict[str, Any]:
    """An act as the chain records it, decoded where this service carried it: the chain keeps only its hash.

    ``args`` is null where the call data does not decode.
    """
    head = {
        "id": row["act_id"],
        "state": ACT_STATES[row["state"]],
        "maker": row["maker"],
        "checker": row["checker"],
        "target": row["target"],
        "executable_at": row["executable_at"],
    }
    if carried is None:
        return UNKNOWN | head
    message = ActMessage.model_validate(carried.document["message"])
    document = {"ground": message.ground.model_dump(), "document": carried.document}
    return UNKNOWN | head | document | _meaning(deployment, message)


def _meaning(deployment: Deployment, message: ActMessage) -> dict[str, Any]:
    try:
        permission, args = ActBuilder(deployment).describe(message)
    except (KeyError, ValueError, OverflowError, DecodingError):
        return {}
    return {
        "contract": permission.contract,
        "function": permission.function,
        "args": plain(args),
        "rule": permission.rule,
        "zh": permission.zh,
        "en": permission.en,
    }
