# One line a job; CONTRIBUTING.md says when to use which.
.PHONY: build test slow lint format dist clean

build:  ; python setup.py build_ext --inplace
test:   ; python -m pytest
slow:   ; python -m pytest -m "slow or not slow"
lint:   ; ruff check . && ruff format --check .
format: ; ruff check --fix . && ruff format .
dist:   ; python -m build
clean:  ; rm -rf build dist *.egg-info; find w2v -name "*.so" -delete
