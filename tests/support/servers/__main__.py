"""`python -m tests.support.servers [--port N] [--pause S]` prints its address, then serves until killed."""

import argparse
import sys

from tests.support.servers.server import DEFAULT_MODELS, ModelServer


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.servers", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds before each piece of an answer")
    parser.add_argument("--model", action="append", help="a model that Ollama's list has")
    arguments = parser.parse_args()
    models = tuple(arguments.model or DEFAULT_MODELS)
    server = ModelServer(port=arguments.port, pause=arguments.pause, models=models)
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    server.serve()


if __name__ == "__main__":
    main()
