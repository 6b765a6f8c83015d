"""The command line. Only here is anything printed, is the environment read, and does the process end.

Nothing is imported before `main` runs: an interrupt while modules are loaded ends the process quietly too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]

_COLLECT = (5_000_000, 50, 50)
"""When to look for cycles: facts and reports have none.

Of 40,000 streams, which are a million objects, a third of the time would go into looking; of a small analysis a fifth, here and
at the end.
"""


def main() -> None:
    """Run the command that sys.argv names, and exit with its code."""
    import gc
    import os
    import sys

    gc.set_threshold(*_COLLECT)
    # Else pydantic looks through all installed packages for plugins of its own, and runs what it finds.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads for matrices, and there are none
    try:
        arguments = _arguments()
        from flowmap.cli.app import app

        try:
            app(arguments, prog_name="flowmap")
        finally:
            if sys.stdout is not None:  # closed from the start
                sys.stdout.flush()  # help and version are printed outside any command
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _give_up_stdout()
        sys.exit(141)
    except OSError as error:
        from flowmap.cli.boundary import OUTPUT, say
        from flowmap.message import msg

        _give_up_stdout()
        say(msg("standard output cannot be written: {reason}", reason=error.strerror or error))
        sys.exit(OUTPUT)
    finally:
        gc.freeze()  # else the interpreter goes through every object once more before it gives all of them back


def _arguments() -> list[str]:
    """Return those of the process; the language is settled, before help texts are made at import."""
    import os
    import sys
    from pathlib import Path

    from flowmap.cli.language import given, language, settle

    arguments = settle(sys.argv[1:], os.environ, Path.cwd())
    name = given()
    lacks = arguments[-1:] == ["--lang"] and "--" not in arguments
    if lacks or (name is not None and name != language()):
        _refuse_language("" if lacks else str(name))
    return arguments


def _refuse_language(name: str) -> NoReturn:
    """End the process: there is no language `name`, or none was named."""
    import sys

    from flowmap.cli.boundary import CONFIG, say
    from flowmap.message import LANGUAGES, listed, msg

    names = listed(LANGUAGES)
    if name:
        say(msg("--lang {name}: there is no such language; there are {names}", name=name, names=names))
    else:
        say(msg("--lang: name a language; there are {names}", names=names))
    sys.exit(CONFIG)


def _give_up_stdout() -> None:
    """Drop what is still buffered, so that the interpreter does not try again at its end."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
