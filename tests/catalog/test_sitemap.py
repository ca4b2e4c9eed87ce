"""The sitemap names every page, when it changed, and the same page in the other language."""

from __future__ import annotations

from lxml import etree

from catalog.sitemap import make_sitemaps


def test_a_large_sitemap_is_in_parts() -> None:
    assert list(make_sitemaps("https://x.example", ["a/index.html"], {})) == ["sitemap.xml"]
    files = make_sitemaps("https://x.example", [f"{number}.html" for number in range(50_001)], {})
    assert len(files) == 3
    assert len(etree.fromstring(files["sitemap.xml"])) == 2


def test_each_page_has_the_day_of_its_last_change_and_its_other_language() -> None:
    names = ["index.html", "zh/index.html", "towns/index.html", "towns/versions/1.0.0/index.html"]
    names += ["towns/plans/a/1.0.0.html", "zh/towns/plans/a/1.0.0.html", "other/index.html"]
    dates = {"towns": {"1.0.0": "2026-01-01T00:00:00Z", "1.1.0": "2026-02-01T00:00:00Z"}}
    site_map = etree.fromstring(make_sitemaps("https://x.example/d/", names, dates)["sitemap.xml"])
    entries = {
        url[0].text.removeprefix("https://x.example/d/"): (
            [part.text[:10] for part in url if part.tag.endswith("lastmod")],
            [part.get("href").removeprefix("https://x.example/d/") for part in url if part.tag.endswith("link")],
        )
        for url in site_map
    }
    assert entries == {
        "": (["2026-02-01"], ["", "zh/"]),
        "zh/": (["2026-02-01"], ["", "zh/"]),
        "towns/": (["2026-02-01"], ["towns/"]),
        "towns/versions/1.0.0/": (["2026-01-01"], ["towns/versions/1.0.0/"]),
        "towns/plans/a/1.0.0.html": (["2026-01-01"], ["towns/plans/a/1.0.0.html", "zh/towns/plans/a/1.0.0.html"]),
        "zh/towns/plans/a/1.0.0.html": (["2026-01-01"], ["towns/plans/a/1.0.0.html", "zh/towns/plans/a/1.0.0.html"]),
        "other/": ([], ["other/"]),
    }
