"""The command line: `mqttwidgets demo`, `dashboard`, `simulate` and `doctor`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import __version__
from .broker import Broker, broker_from
from .decoding.auto import AutoDecoder
from .demo.command import run_dashboard, run_demo, run_simulation
from .doctor.examination import examine
from .errors import InvalidValueError, MqttWidgetsError
from .topic import TopicFilter


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, 2 for one that was not understood."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command == "demo":
            return run_demo(options.broker_url, browser=options.browser, port=options.port, say=_say)
        if options.command == "dashboard":
            url = options.broker_url or os.environ.get("MQTTWIDGETS_BROKER") or None
            return run_dashboard(options.notebook, url, browser=options.browser, port=options.port, say=_say)
        if options.command == "doctor":
            tls = {"ca_file": options.ca_file, "client_certificate": options.client_certificate}
            broker = Broker.from_url(options.broker_url, protocol=options.protocol, **tls)
            return _examine(broker, options.filters, options.wait_s)
        return run_simulation(broker_from(options.broker_url), _say)
    except MqttWidgetsError as error:
        parser.error(str(error))


class _Parser(argparse.ArgumentParser):
    """Says what it did not understand without the user and the password of a URL in it."""

    def error(self, message: str) -> NoReturn:
        super().error(re.sub("://.*@", "://***@", message, flags=re.DOTALL))


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
    dashboard.add_argument("notebook", type=_file, nargs="?", help="its file; an example unless given")
    _add_broker(dashboard, "where the sensors are; $MQTTWIDGETS_BROKER, else simulated ones, unless given")
    _add_page(dashboard)
    simulate = commands.add_parser("simulate", help="only publish the simulated sensors", allow_abbrev=False)
    _add_broker(simulate, "where to; $MQTTWIDGETS_BROKER, else mqtt://localhost:1883, unless given")
    doctor = commands.add_parser(
        "doctor", help="what stands between a broker and its numbers, and what to do about it", allow_abbrev=False
    )
    doctor.add_argument("broker_url", type=_broker_url, metavar="URL", help="such as mqtt://broker.local")
    doctor.add_argument("filters", nargs="+", type=_topic_filter, metavar="FILTER", help="such as 'home/#'")
    doctor.add_argument("--protocol", choices=("3.1.1", "5"), default="3.1.1", help="the version of MQTT; 3.1.1")
    doctor.add_argument("--ca-file", metavar="FILE", help="the authority that signed the broker's certificate")
    doctor.add_argument("--client-certificate", metavar="FILE", help="ours, with its key")
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


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the URL, for servers"
    )
    parser.add_argument("--port", type=_port, help="TCP port of the page; a free one unless given")


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


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
