"""The key that sends transactions. It can delay a report, never change one."""

from oracles.refusals import refuse
from oracles.settings import OracleSettings
from registry_sdk import keystore
from registry_sdk.signers import EthereumSigner


def sender_key(settings: OracleSettings) -> EthereumSigner | None:
    """The key of the settings; None where none is set and none is needed.

    Raises:
        OracleError: pushing is asked for without a key, or a keystore without a password.
        KeystoreError: the keystore does not open.
    """
    if settings.keystore is None:
        if settings.live:
            raise refuse("SenderMayNotPush", detail_zh="缺少 ORACLE_KEYSTORE", detail="ORACLE_KEYSTORE is missing")
        return None
    if settings.password is None:
        raise refuse(
            "SenderMayNotPush", detail_zh="缺少 ORACLE_PASSWORD_FILE", detail="ORACLE_PASSWORD_FILE is missing"
        )
    return keystore.load(settings.keystore, settings.password.get_secret_value())
