"""Certificates made for a test by the openssl command."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .processes import program

_DAYS = 2
_AUTHORITY = """[ca]
default_ca = test
[test]
database = issued
rand_serial = yes
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = anybody
unique_subject = no
[anybody]
commonName = supplied
"""


def make_certificates(folder: Path, host: str = "127.0.0.1", begins_in_days: int = 0) -> Path:
    """An authority (ca.pem), a server certificate for `host` and a client certificate, in `folder`.

    Those two are valid for two days, which begin now or at another time.
    """
    folder.mkdir(exist_ok=True)
    _openssl(
        folder, f"req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days {_DAYS} -subj /CN=authority"
    )
    (folder / "ca.conf").write_text(_AUTHORITY)
    (folder / "issued").touch()
    name = f"IP:{host}" if host[0].isdigit() else f"DNS:{host}"
    (folder / "server.ext").write_text(f"subjectAltName={name}\n")
    (folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
    begin = datetime.now(timezone.utc) + timedelta(days=begins_in_days)
    dates = f"-startdate {begin:%Y%m%d%H%M%SZ} -enddate {begin + timedelta(days=_DAYS):%Y%m%d%H%M%SZ}"
    for who in ("server", "client"):
        _openssl(folder, f"req -newkey rsa:2048 -nodes -keyout {who}.key -out {who}.csr -subj /CN={who}")
        signing = f"ca -batch -notext -config ca.conf -in {who}.csr -out {who}.pem"
        _openssl(folder, f"{signing} {dates} -extfile {who}.ext")
    return folder


def lock_key(key: Path, locked: Path) -> None:
    """A copy of a private key that asks for a pass phrase."""
    _openssl(key.parent, f"pkey -in {key} -aes128 -passout pass:secret -out {locked}")


def _openssl(folder: Path, arguments: str) -> None:
    command = [program("openssl", package="openssl"), *arguments.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
