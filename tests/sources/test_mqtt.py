"""Readings over a real Mosquitto: nothing acknowledged is lost and nothing is stored twice, whoever is killed when."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from broker import Broker, broker
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from source_builders import OTHER, payload, reading, register
from sqlalchemy import Engine

from oracles.sources import Series, SourceDesk
from oracles.store import open_store
from registry_sdk.readings import time_text

KILLS = int(os.environ.get("REGISTRY_LISTENER_KILLS", "4"))
TOPIC = "registry/readings/plant-1"


class Process:
    """`registry oracle source listen` as a process of its own."""

    def __init__(self, home: Path, port: int, **settings: str) -> None:
        given = {"ORACLE_HOME": str(home), "ORACLE_MQTT_PORT": str(port), "ORACLE_BACKOFF_FIRST": "0.1"} | settings
        self.log = (home / "listen.log").open("ab")
        command = [sys.executable, "-m", "registry_cli.main", "oracle", "source", "listen"]
        self.process = subprocess.Popen(command, env=os.environ | given, stdout=self.log, stderr=self.log)

    def end(self, number: int = signal.SIGKILL) -> int:
        self.process.send_signal(number)
        self.log.close()
        return self.process.wait(20)


def publisher(port: int, **account: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"plant-{random.random()}")
    if account:
        client.username_pw_set(account["user"], account["password"])
    client.max_inflight_messages_set(1_000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def settle(condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)


def stored(engine: Engine, device: Any) -> list[int]:
    return [each.signed.reading.sequence for each in Series(engine).of(device, 0, 2**40)]


def session_kept(made: Broker, home: Path, engine: Engine, device: Any) -> None:
    """One reading through the listener: from now on the broker keeps its session."""
    listening, client = Process(home, made.port), publisher(made.port)
    first = payload(reading(1, time=time_text(int(time.time()))))

    def arrived() -> bool:
        client.publish(TOPIC, first, qos=1).wait_for_publish(5)
        return stored(engine, device) == [1]

    settle(arrived)
    assert listening.end(signal.SIGTERM) == 0
    client.disconnect()


@pytest.mark.kill
def test_listen__killed_at_any_moment__every_reading_once_and_every_refusal_on_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    engine = open_store(home / "oracle.sqlite3")
    device = register(engine)
    with broker(tmp_path / "broker") as made:
        session_kept(made, home, engine, device)
        at, count = int(time.time()), 60 * KILLS
        client, choose, log = publisher(made.port), random.Random(7), home / "listen.log"
        for number in range(KILLS):
            listening = Process(home, made.port)
            start = 2 + number * 60
            for sequence in range(start, start + 60):
                client.publish(TOPIC, payload(reading(sequence, "1.5", time=time_text(at))), qos=1)
            client.publish(TOPIC, payload(reading(10_000 + number, time=time_text(at)), OTHER), qos=1)
            if number == KILLS // 2:
                made.stop()
                made.start()
            settle(lambda seen=number: log.read_text().count("broker_connected") > seen + 1)
            time.sleep(choose.uniform(0, 0.15))
            listening.end()
        before = log.read_text().count("broker_connected")
        listening = Process(home, made.port)
        # All may be stored already: a process that has only just begun cannot end in order yet.
        settle(lambda: log.read_text().count("broker_connected") > before)
        settle(lambda: len(stored(engine, device)) == count + 1)
        settle(lambda: len(SourceDesk(engine).refusals()) >= KILLS)
        assert listening.end(signal.SIGTERM) == 0
        client.disconnect()
    assert stored(engine, device) == list(range(1, count + 2))
    refused = [each for each in SourceDesk(engine).refusals() if each["rule"] == "M-05"]
    assert len(refused) == KILLS
    engine.dispose()


@pytest.mark.e2e
def test_listen__password_and_wrong_password__only_the_right_one_stores(tmp_path: Path) -> None:
    home = tmp_path / "home"
    engine = open_store(home / "oracle.sqlite3")
    device = register(engine)
    secret, accounts = tmp_path / "secret", tmp_path / "accounts"
    secret.write_text("right-password\n")
    maker = shutil.which("mosquitto_passwd")
    if maker is None:
        with broker(tmp_path / "probe"):
            maker = shutil.which("mosquitto_passwd") or pytest.skip("mosquitto_passwd is not installed")
    subprocess.run([maker, "-b", "-c", str(accounts), "oracle", "right-password"], check=True)
    accounts.chmod(0o600)
    with broker(tmp_path / "broker", "allow_anonymous false", f"password_file {accounts}") as made:
        wrong = Process(home, made.port, ORACLE_MQTT_USER="oracle", ORACLE_MQTT_PASSWORD="guess")
        settle(lambda: "broker_refused" in (home / "listen.log").read_text())
        wrong.end(signal.SIGTERM)
        right = {"ORACLE_MQTT_USER": "oracle", "ORACLE_MQTT_PASSWORD_FILE": str(secret)}
        listening = Process(home, made.port, **right)
        client = publisher(made.port, user="oracle", password="right-password")
        message = payload(reading(1, time=time_text(int(time.time()))))

        def arrived() -> bool:
            client.publish(TOPIC, message, qos=1).wait_for_publish(5)
            return stored(engine, device) == [1]

        settle(arrived)
        listening.end(signal.SIGTERM)
        client.disconnect()
    log = (home / "listen.log").read_text()
    assert "right-password" not in log
    assert all(json.loads(line) for line in log.splitlines() if line.startswith("{"))
    engine.dispose()
