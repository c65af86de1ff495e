"""Passwords where they might show: on a command line, in its errors, in what a broker says.

Everybody may read the list of processes, and some brokers echo what they were sent, which is shown and saved.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, unquote

from ..base.errors import InvalidValueError
from ..base.text import printable
from .broker import Broker

VARIABLE = "MQTT_PASSWORD"
"""The environment variable with the password of a URL that names only a user, as for `plot.code()`."""

_WITH_PASSWORD = re.compile(r"\A(.*?://[^:/@]+):([^/@]*)(@[^@]*)", re.DOTALL)
_WITH_USER = re.compile(r"([^:/]+://[^:/@]+)(@.*)", re.DOTALL)
_SHORTEST = 4  # a shorter one is a part of many words, and to mask these would tell it
_SHORTEST_OF_A_HEADER = 8  # of the words in one, as shorter ones are such as "Bearer"
_REMARK = (
    f"The password in the URL could be read in the list of processes, and may be in the shell's history: "
    f"leave it out, and put it into ${VARIABLE} or, with --password-file, into a file.\n"
)


def hide(arguments: Sequence[str]) -> None:
    """Where a URL on our command line holds a password, say so, and run the program anew without it.

    The password is in the environment then, which only the same user can read. On Windows it is only said, as a
    program there cannot take the place of another one.

    Args:
        arguments: the command line from the interpreter on, as `sys.orig_argv` is.
    """
    found = [match for argument in arguments if (match := _WITH_PASSWORD.fullmatch(argument)) and _works(argument)]
    if not found:
        return
    sys.stderr.write(_REMARK)
    if os.name == "posix":
        _run_anew(
            [_WITH_PASSWORD.sub(r"\1\3", argument) if _works(argument) else argument for argument in arguments],
            unquote(found[-1][2]),
        )


def _works(argument: str) -> bool:
    """Whether an argument, which may be `--broker=URL`, is a URL that names a broker."""
    try:
        Broker.from_url(re.sub("^--[a-z-]+=", "", argument))
    except InvalidValueError:
        return False
    return True


def _run_anew(arguments: Sequence[str], password: str) -> NoReturn:
    os.execve(sys.executable, [*arguments], {**os.environ, VARIABLE: password})  # noqa: S606 - it is ourselves


def with_password(url: str, file: str | None) -> str:
    """A broker's URL with the password that belongs to it.

    Args:
        url: as for Broker.from_url.
        file: the file whose first line is the password, "-" to ask for it; None for that in `VARIABLE`, if any.

    Raises:
        InvalidValueError: for a file that cannot be read, or for a URL that needs none.

    Example:
        >>> with_password("mqtt://broker.local", None)
        'mqtt://broker.local'
    """
    user = _WITH_USER.fullmatch(url)
    if file is None:
        password = os.environ.get(VARIABLE)
    elif user is None:
        raise InvalidValueError("--password-file needs a URL with a user and no password: mqtt://me@broker.local")
    else:
        password = _asked() if file == "-" else _first_line(Path(file))
    if user is None or password is None:
        return url
    return f"{user[1]}:{quote(password, safe='')}{user[2]}"


def _asked() -> str:
    import getpass  # not needed where nobody is asked

    return getpass.getpass("Password of the broker: ")


def _first_line(path: Path) -> str:
    try:
        return path.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise InvalidValueError(f"the password cannot be read from {str(path)!r}: {reason}") from None


def masked(message: str, arguments: Sequence[str]) -> str:
    """A message without the part before an "@" in the arguments that it is about, which may be a password.

    Example:
        >>> masked("invalid choice: 'mqtt:/me:secret@host'", ["mqtt:/me:secret@host"])
        "invalid choice: '***@host'"
    """
    for argument in arguments:
        before, at, _ = argument.rpartition("@")
        if at:
            secret = f"{before.partition('://')[2] or before}@"
            for written in (secret, repr(secret)[1:-1], printable(secret, len(secret))):
                message = message.replace(written, "***@")
            for shortened in (printable(argument), printable(repr(argument)), repr(printable(argument))):
                message = message.replace(shortened, "***")
    return message


def said_by(broker: Broker, text: str, limit: int) -> str:
    """The words of a broker without our secrets, as they may be shown.

    Args:
        broker: whose password, headers and query of the path are left out, also percent-encoded.
        text: as it came, whole, as half a secret is not found.
        limit: the greatest number of characters returned.

    Example:
        >>> said_by(Broker("broker.local", username="me", password="s3cr3t"), "s3cr3t is wrong", 80)
        '*** is wrong'
    """
    for secret in sorted(set(_secrets(broker)), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            for written in (secret, quote(secret, safe="")):
                text = text.replace(written, "***")
    return printable(text, limit)


def _secrets(broker: Broker) -> Iterator[str]:
    yield broker.password or ""
    query = broker.path.partition("?")[2]
    yield query
    for pair in query.split("&"):
        yield pair.partition("=")[2]
    for value in (broker.headers or {}).values():
        yield value
        yield from (word for word in re.split(r"[\s;,=]+", value) if len(word) >= _SHORTEST_OF_A_HEADER)
