"""The HTML picture in a real browser: points, labels and hover are there, and nothing is fetched."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import subprocess
from pathlib import Path

import numpy as np

from firth import WordVectors

#: Runs after the page: hovers over the first point, switches the last group off, writes what it sees into the page.
PROBE = """<script>
const forbidden = [];
document.addEventListener("securitypolicyviolation", event => forbidden.push(event.blockedURI));
addEventListener("load", () => setTimeout(async () => {
  const picture = document.getElementById("picture");
  Plotly.Fx.hover(picture, [{curveNumber: 0, pointNumber: 0}]);
  const hover = picture.querySelector(".hoverlayer").textContent;
  const buttons = [...picture.querySelectorAll(".modebar-btn")].map(b => b.dataset.title).join("|");
  const before = picture.querySelectorAll(".annotation").length;
  await Plotly.restyle(picture, {visible: "legendonly"}, [picture.data.length - 1]);
  await new Promise(done => setTimeout(done, 200));
  const seen = {
    points: picture.querySelectorAll("path.point").length,
    labels: before,
    labelsLeft: picture.querySelectorAll(".annotation").length,
    requests: performance.getEntriesByType("resource").length,
    forbidden: forbidden.length,
  };
  const note = document.createElement("pre");
  note.id = "seen";
  note.textContent = JSON.stringify({...seen, hover, buttons});
  document.body.append(note);
}, 300));
</script>
"""


def dom(browser: str, page: Path, profile: Path) -> str:
    """Return the page's document after it ran, in a browser that cannot reach any host."""
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    flags += "--disable-component-update --disable-sync --virtual-time-budget=8000 --dump-dom"
    command = [browser, *flags.split(), f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_a_browser_shows_points_labels_and_hover(
    wv: WordVectors, groups: dict[str, list[str]], browser: str, tmp_path
) -> None:
    page = wv.plot(groups).save(tmp_path / "picture.html")
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    document = dom(browser, page, tmp_path / "profile")
    found = re.search(r'<pre id="seen">(.*?)</pre>', document, re.DOTALL)
    assert found, "the page did not run to its end"
    seen = json.loads(html.unescape(found[1]))
    assert seen["labels"] == 18 and seen["labelsLeft"] == 12
    assert seen["points"] == 12  # after the third group was switched off
    assert seen["requests"] == 0 and seen["forbidden"] == 0
    assert "cat" in seen["hover"] and "animals" in seen["hover"] and "nearest:" in seen["hover"]
    assert "Reset axes" in seen["buttons"]
    assert not re.search("cloud|share|link", seen["buttons"], re.IGNORECASE)
    for word in ("cat", "plum"):
        assert f">{word}</text>" in document
    assert "of the variance" in document


def test_the_page_names_no_other_place(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    page = wv.plot(groups).to_html()
    own = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.DOTALL)
    assert "http" not in own.replace("http-equiv", "") and " src=" not in own
    assert "default-src 'none'" in page


def test_odd_words_cannot_leave_their_place(wv: WordVectors) -> None:
    words = ["<b>&amp;", "caf\udce9", "$x$", "東京"]
    page = wv.plot(words, title="</script><script>alert(1)</script>").to_html()
    assert "<script>alert" not in page
    own = page[page.index("const figure") :]
    assert "\\u003cb>&lt;b&gt;&amp;amp;\\u003c/b>" in own  # plotly's own bold around the escaped word
    assert "</" not in own.partition("</script>")[0]
    page.encode()


def test_hover_can_do_without_neighbours(wv: WordVectors) -> None:
    from firth.projection.page import page

    assert "nearest:" not in page(wv.plot(["cat", "dog"]), near=0).split("const figure")[1]


def test_what_is_no_unicode_is_replaced() -> None:
    wv = WordVectors.from_words(["caf\udce9", "tea", "milk"], np.eye(3))
    picture = dataclasses.replace(wv.plot(["caf\udce9", "tea", "milk"]), title="\ud800", details=("\ud800 x",) * 3)
    content = picture.to_html().encode().decode()
    assert "<h1>\ufffd</h1>" in content and "\ufffd x" in content and "caf\ufffd" in content


def test_words_without_a_direction_have_no_neighbours() -> None:
    wv = WordVectors.from_words(["tea", "milk", "nothing"], [[1, 0], [1, 1], [0, 0]])
    picture = dataclasses.replace(wv.plot(["tea", "milk"]), wv=wv, words=("tea", "nothing"))
    content = picture.to_html()
    assert "0.71 milk" in content and "<b>nothing</b>" in content.replace("\\u003c", "<")
