"""Client of the registry's HTTP API: typed calls, problems by rule number, patience while the service restarts."""

from registry_sdk.client.client import RegistryClient
from registry_sdk.client.errors import ClientError, Problem, Unreachable, Unsettled
from registry_sdk.client.office import ApiOffice
from registry_sdk.client.session import Session, challenge_digest
from registry_sdk.client.transport import Transport

__all__ = [
    "ApiOffice",
    "ClientError",
    "Problem",
    "RegistryClient",
    "Session",
    "Transport",
    "Unreachable",
    "Unsettled",
    "challenge_digest",
]
