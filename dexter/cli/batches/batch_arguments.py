"""Arguments of `batch` to an action."""

import functools
import os
from pathlib import Path
from typing import Annotated

import typer

from dexter.cli.options import Options
from dexter.cli.parameters import Action, Home, Limit, home_of

_FILE_HELP = "CSV (column question or query, else the first) or JSON lines; - reads standard input."
_JSON_HELP = "One JSON object for each result, and one for the summary."
_FAILURES_HELP = "Stop after so many failures of one kind in a row, such as a refused key; 0 never stops."
_RESULTS_HELP = "Ask nothing: print what every question has by now, in the order of the file."
_NAME_HELP = "What the batch is called, by default as its file: under another name all is asked again."


def batch(  # noqa: PLR0917  typer reads them by name
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help=_FILE_HELP)],
    parallel: Annotated[
        int, typer.Option("--parallel", "-j", min=1, max=64, metavar="N", help="Ask so many at once.")
    ] = 1,
    json: Annotated[bool, typer.Option("--json", help=_JSON_HELP)] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="PROVIDER:MODEL", help="The model to ask.")
    ] = None,
    limit: Limit = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help=_NAME_HELP)] = None,
    max_failures: Annotated[
        int, typer.Option("--max-failures", min=0, metavar="N", help=_FAILURES_HELP, show_default=True)
    ] = 5,
    results: Annotated[bool, typer.Option("--results", help=_RESULTS_HELP)] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask sources such as SEC EDGAR anew instead of using the cache.")
    ] = False,
    home: Home = None,
) -> Action:
    """Ask all questions of a file, each in its own session, but those that were answered before."""
    if results:
        from dexter.cli.batches.batch_results import tell_results

        home_ = home_of(home or context.obj)
        return functools.partial(tell_results, home_, file, json=json, limit=limit, name=name)
    from dexter.cli.batches.batch import run_batch

    options = Options(
        home=home_of(home or context.obj),
        directory=Path.cwd(),
        environment=dict(os.environ),
        model=model,
        refresh=refresh,
        # What one question found must not depend on which of the others were asked before.
        no_recall=True,
        json=json,
    )
    return functools.partial(
        run_batch,
        options,
        file,
        parallel=parallel,
        limit=limit,
        name=name,
        most_failures=max_failures,
    )
