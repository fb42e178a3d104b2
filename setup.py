"""The compiled modules; everything else about the package stands in pyproject.toml.

Every .pyx file is a module. C files beside it that belong to it are named below; all the other
files that it includes count as its own, so that a change to any of them builds it anew.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

# Exact mode promises the C tool's bytes, so no compiler may fuse a multiply and an add where the
# source does not. MSVC does not contract by default.
# -g0: Python's own flags ask for debug symbols, nine tenths of a wheel.
FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0", "-ffp-contract=off"]

C_SOURCES = {
    "w2v/_core.pyx": ["w2v/core/kernel.c"],
    "w2v/_similarity.pyx": ["w2v/_nearest.c"],
}
HEADERS = [str(path) for pattern in ("*.h", "*.pxi") for path in Path("w2v").rglob(pattern)]


def extension(path: Path) -> Extension:
    return Extension(
        ".".join(path.with_suffix("").parts),
        [str(path), *C_SOURCES.get(path.as_posix(), [])],
        depends=HEADERS,
        include_dirs=["w2v"],
        extra_compile_args=FLAGS,
        extra_link_args=["-Wl,-s"] if sys.platform == "linux" else [],
    )


N_CORES = os.cpu_count() or 1

setup(
    options={"build_ext": {"parallel": N_CORES}},
    ext_modules=cythonize(
        [extension(path) for path in sorted(Path("w2v").rglob("*.pyx"))],
        build_dir="build/cython",
        nthreads=N_CORES,
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "freethreading_compatible": True,
        },
    ),
)
