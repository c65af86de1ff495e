"""The command line: `mqttwidgets demo`, `dashboard`, `simulate` and `doctor`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import __version__
from .base.errors import InvalidValueError, MqttWidgetsError
from .decoding.auto import AutoDecoder
from .demo.command import run_dashboard, run_demo, run_simulation
from .doctor.examination import examine
from .jupyter.server.dashboards import MOST_VIEWERS
from .mqtt.broker import Broker
from .mqtt.passwords import VARIABLE, hide, masked, with_password
from .mqtt.topic import TopicFilter

_OF_TLS = ("ca_file", "client_certificate", "client_key", "server_name", "alpn", "insecure")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, 2 for one that was not understood.

    Args:
        arguments: those of the command; None for what the program was called with.
    """
    if arguments is None:
        hide(sys.orig_argv)
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return _run(options, _url(options))
    except MqttWidgetsError as error:
        parser.error(str(error))


def _run(options: argparse.Namespace, url: str | None) -> int:
    if options.command == "demo":
        return run_demo(url, browser=options.browser, port=options.port, say=_say)
    if options.command == "dashboard":
        return run_dashboard(
            _notebook(options.notebook),
            url,
            browser=options.browser,
            port=options.port,
            host=options.host,
            names=options.names,
            most_viewers=options.most_viewers,
            may_change_topic=options.may_change_topic,
            say=_say,
        )
    if options.command == "doctor":
        tls = {name: getattr(options, name) for name in _OF_TLS}
        broker = Broker.from_url(url or "", protocol=options.protocol, **tls)
        return _examine(broker, options.filters, options.wait_s)
    return run_simulation(Broker.from_url(url or "mqtt://localhost:1883"), _say)


def _url(options: argparse.Namespace) -> str | None:
    """The broker's URL, with its password; None where none is named."""
    url = options.broker_url
    if url is None and options.command in ("dashboard", "simulate"):
        url = os.environ.get("MQTTWIDGETS_BROKER") or None
    if url is None and options.password_file is not None:
        raise InvalidValueError("--password-file needs --broker, as in --broker mqtt://me@broker.local")
    return None if url is None else with_password(url, options.password_file)


class _Parser(argparse.ArgumentParser):
    """Says what it did not understand without the user and the password of a URL in it."""

    _given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given = sys.argv[1:] if args is None else args
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        super().error(masked(message, self._given))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="mqttwidgets", description="Jupyter widgets for live sensor data over MQTT.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"mqttwidgets {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="simulated sensors in JupyterLab, until Ctrl-C", allow_abbrev=False)
    _add_broker(demo, "a broker of yours instead of the embedded one")
    _add_page(demo)
    dashboard = commands.add_parser(
        "dashboard", help="a notebook's plots as a page for many viewers, until Ctrl-C", allow_abbrev=False
    )
    dashboard.add_argument("notebook", nargs="?", help="its file; an example unless given")
    _add_broker(dashboard, "where the sensors are; $MQTTWIDGETS_BROKER, else simulated ones, unless given")
    _add_page(dashboard)
    _add_viewers(dashboard)
    simulate = commands.add_parser("simulate", help="only publish the simulated sensors", allow_abbrev=False)
    _add_broker(simulate, "where to; $MQTTWIDGETS_BROKER, else mqtt://localhost:1883, unless given")
    doctor = commands.add_parser(
        "doctor", help="what stands between a broker and its numbers, and what to do about it", allow_abbrev=False
    )
    doctor.add_argument("broker_url", type=_broker_url, metavar="URL", help="such as mqtt://broker.local")
    _add_password(doctor)
    doctor.add_argument("filters", nargs="+", type=_topic_filter, metavar="FILTER", help="such as 'home/#'")
    doctor.add_argument("--protocol", choices=("3.1.1", "5"), default="3.1.1", help="the version of MQTT; 3.1.1")
    doctor.add_argument("--ca-file", metavar="FILE", help="the authority that signed the broker's certificate")
    doctor.add_argument("--client-certificate", metavar="FILE", help="ours, with its key unless that is elsewhere")
    doctor.add_argument("--client-key", metavar="FILE", help="its key")
    doctor.add_argument(
        "--server-name", metavar="NAME", help="the name in the broker's certificate, if not the host"
    )
    doctor.add_argument("--alpn", metavar="PROTOCOL", help="the protocol to ask for in TLS, such as mqtt")
    doctor.add_argument("--insecure", action="store_true", help="take any certificate")
    doctor.add_argument(
        "--wait", dest="wait_s", type=float, default=60.0, metavar="S", help="seconds for the first message; 60"
    )
    return parser


def _examine(broker: Broker, filters: Sequence[TopicFilter], wait_s: float) -> int:
    """Say each finding as it comes; 1 where one is a cross, 130 where it was interrupted."""
    is_well = True
    try:
        for finding in examine(broker, filters, AutoDecoder(), wait_s=wait_s):
            _say(str(finding))
            is_well = is_well and finding.is_well
    except KeyboardInterrupt:
        return 130
    return 0 if is_well else 1


def _add_broker(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--broker", dest="broker_url", type=_broker_url, metavar="URL", help=text)
    _add_password(parser)


def _add_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-file",
        metavar="FILE",
        help=f"whose first line is the broker's password, for a URL with a user; - asks for it; ${VARIABLE}",
    )


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the URL, for servers"
    )
    parser.add_argument("--port", type=_port, help="TCP port of the page; a free one unless given")


def _add_viewers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="of this computer, to listen at; 0.0.0.0 for all; 127.0.0.1, for this computer alone, unless given",
    )
    parser.add_argument(
        "--allow-host",
        dest="names",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which browsers may ask for the page, such as a proxy's; may be given again",
    )
    parser.add_argument(
        "--max-viewers",
        dest="most_viewers",
        type=_count,
        default=MOST_VIEWERS,
        metavar="N",
        help=f"kernels at once, one for each viewer; {MOST_VIEWERS}",
    )
    parser.add_argument(
        "--viewers-may-change-topic",
        dest="may_change_topic",
        action="store_true",
        help="let viewers read whatever the broker lets you read",
    )


def _notebook(text: str | None) -> Path | None:
    if text is not None and not Path(text).is_file():
        raise InvalidValueError(f"there is no file {text!r}")
    return None if text is None else Path(text)


def _broker_url(url: str) -> str:
    try:
        Broker.from_url(url)
    except InvalidValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return url


def _topic_filter(text: str) -> TopicFilter:
    try:
        return TopicFilter(text)
    except InvalidValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 10000, not {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 65535, not {text!r}")
    return int(text)


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
