"""What a page of the catalog may load, as a Content-Security-Policy: nothing but what lies beside it.

Pages have it in their head, and `serving.py` sends it as a header too. It stands alone, so that what serves pages does
not load what makes them.
"""

from __future__ import annotations

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
# What only a header can say: no other site shows these pages within its own.
HEADER = f"{POLICY}; frame-ancestors 'none'"
