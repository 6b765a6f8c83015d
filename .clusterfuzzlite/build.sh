#!/usr/bin/env bash
# Builds each target of tests/fuzz/targets.py in OSS-Fuzz's shape: a program fuzz_NAME, with the kept inputs as its seeds.
set -euo pipefail
pip3 install '.[test]'
for name in $(python3 tests/fuzz/run.py --list); do
    cat >"tests/fuzz/fuzz_$name.py" <<PROGRAM
import sys

import atheris

with atheris.instrument_imports(include=["flowmap"]):
    from fuzz import targets

atheris.Setup(sys.argv, targets.TARGETS["$name"])
atheris.Fuzz()
PROGRAM
    compile_python_fuzzer "tests/fuzz/fuzz_$name.py" --paths tests
    (cd "tests/fuzz/corpus/$name" && zip --quiet -r "$OUT/fuzz_${name}_seed_corpus.zip" .)
    rm "tests/fuzz/fuzz_$name.py"
done
