"""The rule catalogue: every refusal has one number, used by contracts, API and people alike.

``refusal`` turns a decoded contract error into texts, ``refuse`` does so for a check made off the chain, ``problem``
makes the document that the API answers with.
"""

from registry_sdk.rules.catalogue import catalogue, contract_errors, rule, rule_of_error
from registry_sdk.rules.model import Domain, Refusal, Rule, Source
from registry_sdk.rules.problem import MEDIA_TYPE, RULES_PATH, problem, refusal, refuse

__all__ = [
    "MEDIA_TYPE",
    "RULES_PATH",
    "Domain",
    "Refusal",
    "Rule",
    "Source",
    "catalogue",
    "contract_errors",
    "problem",
    "refusal",
    "refuse",
    "rule",
    "rule_of_error",
]
