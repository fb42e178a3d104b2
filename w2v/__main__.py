"""`python -m w2v` is the command w2v."""

import sys

from .cli.main import w2v_main

sys.exit(w2v_main())
