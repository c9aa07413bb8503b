"""Readings from an MQTT broker: quality of service 1, a session that the broker keeps, acknowledged once stored.

The broker hands a message over until it is acknowledged, and it is acknowledged only after the transaction that holds
it is on disk. A listener that is killed gets the message again and finds it there.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy.exc import OperationalError

from oracles.desk import unix_now
from oracles.push.backoff import Backoff
from oracles.settings import OracleSettings
from oracles.sources.desk import Message, SourceDesk

log = structlog.get_logger()

BATCH: Final = 200
WAITING: Final = 1_000
KEEPALIVE: Final = 30
TICK: Final = 0.2


@dataclass(frozen=True)
class _Arrived:
    """A message with what its acknowledgement needs: an old connection's message must not acknowledge a new one's."""

    message: Message
    number: int
    qos: int
    connection: int


@dataclass
class Listener:
    """Subscribes and stores until stopped."""

    settings: OracleSettings
    desk: SourceDesk
    now: Callable[[], int] = unix_now
    stopping: threading.Event = field(default_factory=threading.Event)
    subscribed: threading.Event = field(default_factory=threading.Event)
    _arrived: "queue.Queue[_Arrived]" = field(default_factory=lambda: queue.Queue(WAITING))
    _connection: int = 0

    def stop(self) -> None:
        """Finish the batch at hand and end. Safe from a signal handler and from any thread."""
        self.stopping.set()

    def run(self) -> None:
        """Listen until stopped; a broker that is away is waited for.

        Raises:
            OSError: a certificate or key file of the settings cannot be read.
        """
        client = self._client()
        client.connect_async(self.settings.mqtt_host, self.settings.mqtt_port, KEEPALIVE)
        client.loop_start()
        backoff = Backoff(self.settings.backoff_first, self.settings.backoff_most)
        try:
            while not self.stopping.is_set():
                batch = self._next()
                while batch and not self._store(client, batch):
                    if self.stopping.wait(backoff.failed()):
                        return
                if batch:
                    backoff.succeeded()
        finally:
            client.disconnect()
            client.loop_stop()
            log.info("listener_stopped")

    def _client(self) -> Client:
        settings = self.settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.mqtt_client,
            clean_session=False,
            protocol=MQTTv311,
            manual_ack=True,
        )
        if settings.mqtt_user is not None:
            password = settings.mqtt_password
            client.username_pw_set(settings.mqtt_user, password.get_secret_value() if password else None)
        if settings.mqtt_ca is not None:
            certificate, key = (_text(each) for each in (settings.mqtt_certificate, settings.mqtt_key))
            client.tls_set(str(settings.mqtt_ca), certificate, key)
        client.reconnect_delay_set(1, 60)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._message
        client.on_subscribe = lambda *_: self.subscribed.set()
        return client

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("broker_refused", reason=str(reason))
            return
        self._connection += 1
        log.info("broker_connected", host=self.settings.mqtt_host, port=self.settings.mqtt_port)
        client.subscribe(self.settings.mqtt_topic, qos=1)

    def _disconnected(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.subscribed.clear()
        if not self.stopping.is_set():
            log.warning("broker_away", reason=str(reason))

    def _message(self, _client: Client, _data: Any, arrived: MQTTMessage) -> None:
        message = Message(bytes(arrived.payload), redelivered=bool(arrived.dup))
        item = _Arrived(message, arrived.mid, arrived.qos, self._connection)
        while not self.stopping.is_set():
            try:
                self._arrived.put(item, timeout=TICK)
                return
            except queue.Full:
                continue

    def _next(self) -> list[_Arrived]:
        """What has arrived, a batch at most; waits a moment where nothing has."""
        try:
            batch = [self._arrived.get(timeout=TICK)]
        except queue.Empty:
            return []
        while len(batch) < BATCH:
            try:
                batch.append(self._arrived.get_nowait())
            except queue.Empty:
                break
        return batch

    def _store(self, client: Client, batch: list[_Arrived]) -> bool:
        started = time.monotonic()
        try:
            receipts = self.desk.take([each.message for each in batch], "mqtt", self.now())
        except (OperationalError, OSError) as error:
            log.error("readings_not_stored", kind=type(error).__name__, waiting=len(batch))
            return False
        for each in batch:
            if each.qos and each.connection == self._connection:
                client.ack(each.number, each.qos)
        refused = [receipt for receipt in receipts if receipt.refusal is not None]
        for receipt in refused:
            log.warning("reading_refused", source="mqtt", **receipt.to_json())
        seconds = round(time.monotonic() - started, 4)
        log.info("readings_taken", count=len(receipts), refused=len(refused), seconds=seconds)
        return True


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
