"""`python -m videosearch.local run`: the whole application on this machine, with nothing to install.

`python -m videosearch.local bench` measures what it costs, `load` what many users at once do to it.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from videosearch.config import Config
from videosearch.local import bench, load, size
from videosearch.local.children import ServerError
from videosearch.local.footage import SAMPLE_MARK
from videosearch.local.prepare import LOGIN_FILE
from videosearch.local.supervisor import Supervisor
from videosearch.local.visitor import VisitError


def main() -> int:
    arguments = _arguments()
    try:
        return int(arguments.main(arguments))
    except (ServerError, VisitError) as error:
        return _refuse(str(error))


def _run(arguments: argparse.Namespace) -> int:
    if arguments.video is not None and not arguments.video.is_file():
        return _refuse(f"There is no file {arguments.video}.")
    supervisor = Supervisor(Config().home, host=arguments.host, port=arguments.port, say=_say)
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, supervisor.request_stop)
    footage: subprocess.Popen[bytes] | None = None
    try:
        _say(f"Starting (data and logs in {supervisor.home})")
        supervisor.start()
        _welcome(supervisor)
        footage = _add_footage(supervisor, arguments.video, sample=arguments.sample)
        supervisor.watch()
    except KeyboardInterrupt:
        pass
    finally:
        if footage is not None:
            footage.kill()
        supervisor.stop()
    _say("Stopped.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m videosearch.local", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start everything; Ctrl-C stops it")
    run.add_argument("--video", type=Path, help="add this file to the demo library")
    run.add_argument("--port", type=int, help="port of the web server (default: 8000, or the last one used)")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    run.add_argument("--no-sample", dest="sample", action="store_false", help="no sample match on the first run")
    run.set_defaults(main=_run)
    bench.add_command(commands)
    load.add_command(commands)
    size.add_command(commands)
    return parser.parse_args()


def _welcome(supervisor: Supervisor) -> None:
    _say(f"\nOpen {supervisor.address}")
    login = supervisor.home / LOGIN_FILE
    if login.is_file():
        user, password = login.read_text(encoding="utf-8").split()
        _say(f"Sign in as {user} with password {password} (kept in {login})")
    _say("Ctrl-C stops everything.\n")


def _add_footage(supervisor: Supervisor, video: Path | None, *, sample: bool) -> subprocess.Popen[bytes] | None:
    is_new = not (supervisor.home / SAMPLE_MARK).exists()
    wanted = (["--sample"] if sample and is_new else []) + (["--video", str(video)] if video else [])
    if not wanted:
        return None
    return supervisor.python("videosearch.local.footage", *wanted, background=True)


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
