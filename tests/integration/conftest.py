"""Brokers with certificates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.certificates import make_certificates
from ..support.mosquitto import Mosquitto


@pytest.fixture(scope="package")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with certificates for 127.0.0.1."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tls_broker(tmp_path: Path, certificates: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that speaks TLS with a certificate for 127.0.0.1."""
    broker = Mosquitto(tmp_path, certificates=certificates).start()
    yield broker
    broker.stop()
