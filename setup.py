"""The compiled modules; everything else about the package stands in pyproject.toml.

Every .pyx file is a module. C files beside it that belong to it are named below; all the other
files that it includes count as its own, so that a change to any of them builds it anew.
"""

import os
import shutil
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# Exact mode promises the C tool's bytes, so no compiler may fuse a multiply and an add where the
# source does not.
# -g0: Python's own flags ask for debug symbols, nine tenths of a wheel.
GCC_FLAGS = ["-O3", "-g0", "-ffp-contract=off", "-fvisibility=hidden"]
CLANG_CL_FLAGS = ["/O2", "/clang:-ffp-contract=off"]

# For tests/sanitize.py: what watches over the compiled code, such as "address,undefined". Indexes
# are checked then, too.
SANITIZERS = os.environ.get("W2V_SANITIZE", "")
if SANITIZERS:
    GCC_FLAGS = ["-O1", "-g1", "-ffp-contract=off", "-fno-omit-frame-pointer"]
    GCC_FLAGS += [f"-fsanitize={SANITIZERS}", "-fno-sanitize-recover=undefined"]
LINK_FLAGS = [f"-fsanitize={SANITIZERS}"] if SANITIZERS else ["-Wl,-s"]


def use_clang_cl(compiler) -> None:
    """Let clang-cl compile in place of cl, which lacks the vector types (w2v/core/isa.h)."""
    clang_cl = shutil.which("clang-cl")
    if clang_cl is None:
        raise SystemExit(
            "w2v needs clang-cl, which is not in PATH: install 'C++ Clang tools for Windows' of "
            "Visual Studio, or build with MinGW (--compiler=mingw32)"
        )
    if not compiler.initialized:
        compiler.initialize()  # would set cc anew, later
    compiler.cc = clang_cl


# Cython's memory views, once for all modules: a copy in each took half of the wheel. No loop of
# ours runs there, so they are compiled for size.
VIEWS = "w2v.shared._views"

C_SOURCES = {
    "w2v/_core.pyx": ["w2v/core/kernel.c"],
    "w2v/cooccurrence/_tiles.pyx": ["w2v/cooccurrence/step.c"],
    "w2v/distributed/_merge.pyx": ["w2v/distributed/merge.c"],
    "w2v/vectors/_search.pyx": ["w2v/vectors/nearest.c"],
}
HEADERS = [str(path) for pattern in ("*.h", "*.pxi") for path in Path("w2v").rglob(pattern)]


def extension(path: Path) -> Extension:
    return Extension(
        ".".join(path.with_suffix("").parts),
        [str(path), *C_SOURCES.get(path.as_posix(), [])],
        depends=HEADERS,
        include_dirs=["w2v"],
    )


N_CORES = os.cpu_count() or 1


class Build(build_ext):
    """Build on all cores, by flags of the compiler that is used: Windows has MinGW, too.

    Says what to install when a compiler or Python's headers are missing.
    """

    def finalize_options(self) -> None:
        # Here, since options given to setup() are forgotten when an editable install begins.
        super().finalize_options()
        self.parallel = self.parallel or N_CORES

    def build_extensions(self) -> None:
        is_msvc = self.compiler.compiler_type == "msvc"
        if is_msvc:
            use_clang_cl(self.compiler)
        for extension in self.extensions:
            flags = CLANG_CL_FLAGS if is_msvc else GCC_FLAGS
            if extension.name == VIEWS:
                flags = [{"-O3": "-Os", "/O2": "/O1"}.get(flag, flag) for flag in flags]
            extension.extra_compile_args = flags
            extension.extra_link_args = LINK_FLAGS if sys.platform == "linux" else []
        super().build_extensions()

    def run(self) -> None:
        try:
            super().run()
        except Exception:  # its class depends on the release of setuptools
            missing = self.missing()
            if not missing:
                raise
            # In the last line, below all that the failed commands said.
            raise SystemExit(f"error: {missing}") from None

    def missing(self) -> str | None:
        command = getattr(self.compiler, "compiler", [])  # of MSVC there is none
        if not command or not shutil.which(command[0]):
            return (
                "w2v is built with GCC or Clang, and none was found: apt install gcc (Debian, "
                "Ubuntu), dnf install gcc (Fedora), xcode-select --install (macOS), MinGW or "
                "clang-cl (Windows)"
            )
        if not any(Path(folder, "Python.h").is_file() for folder in self.include_dirs):
            return (
                "w2v is built with the header files of Python, and none were found: apt install "
                "python3-dev (Debian, Ubuntu), dnf install python3-devel (Fedora)"
            )
        return None


setup(
    cmdclass={"build_ext": Build},
    ext_modules=cythonize(
        [
            Extension(VIEWS, [VIEWS.replace(".", "/") + ".c"]),
            *(extension(path) for path in sorted(Path("w2v").rglob("*.pyx"))),
        ],
        shared_utility_qualified_name=VIEWS,
        build_dir="build/cython",
        nthreads=N_CORES,
        compiler_directives={
            "language_level": 3,
            "boundscheck": bool(SANITIZERS),
            "wraparound": False,
            "cdivision": True,
            "freethreading_compatible": True,
        },
    ),
)
