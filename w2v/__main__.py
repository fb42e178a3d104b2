"""`python -m w2v` is the command w2v."""

import sys

from .cli.word2vec import w2v_main

sys.exit(w2v_main())
