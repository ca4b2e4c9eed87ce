"""The Content-Security-Policy of all pages: a page may load only files of its own site.

Pages have it in their head, and `server.py` sends it as a header. It is a module of its own so that the server does not
import what renders pages.
"""

from __future__ import annotations

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
# Only a header can say that no other site may show these pages within its own.
HEADER = f"{POLICY}; frame-ancestors 'none'"
