"""`python -m tests.fuzz MINUTES [TARGET]`: random inputs for each target, so many minutes each; the findings on disk.

`python -m tests.fuzz again TARGET SEED` repeats one.
"""

from __future__ import annotations

import sys

from tests.fuzz.run import FINDINGS, run_seed, run_target
from tests.fuzz.targets import TARGETS


def main() -> int:
    """The exit status: 1 where there are findings."""
    first, *rest = sys.argv[1:] or ["1"]
    if first == "again":
        print(run_seed(rest[0], int(rest[1])) or "nothing")
        return 0
    total = 0
    for name in rest or TARGETS:
        count, findings = run_target(name, 60 * float(first))
        total += len(findings)
        print(f"{name}: {count:,} inputs, {len(findings)} findings", *findings, sep="\n  ", flush=True)
    if total:
        print(f"the inputs are in {FINDINGS}")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
