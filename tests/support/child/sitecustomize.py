"""Guards a Python child of the tests as conftest guards the tests; Python imports it by its name at start."""

import importlib.util
import os
import sys
from pathlib import Path

# A worker is such a child and runs tests: they are to know the errors of its guards.
_NAME = "tests.support.guards"

_real_home = os.environ.get("DEXTER_TEST_REAL_HOME")
if _real_home:
    _spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).parents[1] / "guards.py")
    if _spec is not None and _spec.loader is not None:
        _guards = importlib.util.module_from_spec(_spec)
        sys.modules[_NAME] = _guards
        _spec.loader.exec_module(_guards)
        _guards.install(Path(_real_home))
