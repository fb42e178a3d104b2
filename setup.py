"""The compiled modules; everything else about the package stands in pyproject.toml."""

import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

# Exact mode promises the C tool's bytes, so no compiler may fuse a multiply and an add where the
# source does not. MSVC does not contract by default.
FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off"]


def extension(name, *c_sources, depends=()):
    return Extension(
        f"w2v.{name}",
        [f"w2v/{name}.pyx", *c_sources],
        depends=list(depends),
        extra_compile_args=FLAGS,
    )


setup(
    ext_modules=cythonize(
        [
            extension("_text", depends=["w2v/_text.h"]),
            extension("_phrases", depends=["w2v/_text.h"]),
            extension("_vocab"),
            extension(
                "_similarity", "w2v/_nearest.c", depends=["w2v/_nearest.h", "w2v/_nearest_body.h"]
            ),
            extension("_files", depends=["w2v/_numbers.h", "w2v/_text.h"]),
            extension("_core", "w2v/_kernel.c", depends=["w2v/_kernel.h", "w2v/_kernel_body.h"]),
        ],
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "freethreading_compatible": True,
        },
    )
)
