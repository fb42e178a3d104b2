# One line a job; CONTRIBUTING.md says when to use which.
C = $(wildcard w2v/*/*.[ch])
.PHONY: build test fuzz sanitize races soak mutants slow lint format docs dist clean

build:  ; python setup.py build_ext --inplace
test:   ; python -m pytest
fuzz:   ; python tests/fuzz.py
sanitize: ; python tests/sanitize.py
races:  ; python tests/sanitize.py thread
soak:   ; python tests/soak.py
mutants: ; python tests/mutate.py
slow:   ; python -m pytest -m "slow or not slow"
lint:   ; ruff check . && ruff format --check . && cython-lint w2v && clang-format -n -Werror $(C)
format: ; ruff check --fix . && ruff format . && clang-format -i $(C)
docs:   ; rm -rf build/docs && sphinx-build -q -n -W --keep-going -d build/doctrees docs build/docs && python docs/check_links.py build/docs
dist:   ; python -m build
clean:  ; rm -rf build dist *.egg-info; find w2v -name "*.so" -delete
