# One line a job; CONTRIBUTING.md says when to use which.
.PHONY: build test slow lint format dist clean

build:  ; python setup.py build_ext --inplace
test:   ; python -m pytest
slow:   ; python -m pytest -m "slow or not slow"
lint:   ; ruff check . && ruff format --check .
format: ; ruff check --fix . && ruff format .
dist:   ; python -m build
clean:  ; rm -rf build dist *.egg-info w2v/*.so w2v/_core.c w2v/_files.c w2v/_phrases.c w2v/_similarity.c w2v/_text.c w2v/_vocab.c
