"""`sitemap.xml` and `robots.txt`, which name pages in full: only where the site's address is known."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from lxml import etree

from catalog.head import address

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# As many as the protocol allows in one file.
MOST = 50_000


def sitemaps(site: str, names: Sequence[str]) -> dict[str, bytes]:
    """The files of the map by name: one, or an index and its parts where there are too many pages for one."""
    root = f"{site.rstrip('/')}/"
    pages = [root + quote(address(name)) for name in names]
    parts = [pages[at : at + MOST] for at in range(0, len(pages), MOST)]
    if len(parts) == 1:
        return {"sitemap.xml": _listed("urlset", "url", parts[0])}
    files = {f"sitemap-{number}.xml": _listed("urlset", "url", part) for number, part in enumerate(parts, 1)}
    return {"sitemap.xml": _listed("sitemapindex", "sitemap", [root + name for name in files]), **files}


def robots(site: str) -> bytes:
    """Everybody may read everything; where the map is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.rstrip('/')}/sitemap.xml\n".encode()


def _listed(whole: str, one: str, addresses: Sequence[str]) -> bytes:
    made = etree.Element(f"{{{SITEMAP}}}{whole}", nsmap={None: SITEMAP})
    for address_of in addresses:
        etree.SubElement(etree.SubElement(made, f"{{{SITEMAP}}}{one}"), f"{{{SITEMAP}}}loc").text = address_of
    written: bytes = etree.tostring(made, xml_declaration=True, encoding="UTF-8")
    return written
