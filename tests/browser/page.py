#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of a study in a headless browser: it is drawn, says nothing on the console, answers the pointer, prints, and loads nothing.

    page.py MAKE-PAGE DATA [PICTURES]

MAKE-PAGE writes the page of a result, DATA has results. With PICTURES, a folder, pictures of the pages are put there to be looked at.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import harness

MAKE_PAGE, DATA = sys.argv[1:3]
PICTURES = sys.argv[3] if len(sys.argv) > 3 else None
RESULTS = ["study-result", "study-one", "study-many", "study-odd"]
FOLDER = tempfile.TemporaryDirectory(prefix="lparsim-page-")

# How many different colours a canvas has; a blank one has one, and one with a line of text some dozen.
COLOURS = """
    const out = {};
    for (const canvas of document.querySelectorAll("canvas")) {
        if (canvas.offsetParent === null) continue;
        const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        out[canvas.id] = new Set(pixels).size;
    }
    return out;"""


def page(name):
    path = os.path.join(FOLDER.name, name + ".html")
    if not os.path.exists(path):
        subprocess.run([MAKE_PAGE, os.path.join(DATA, name + ".json"), path], check=True)
    return path


def result(name):
    with open(os.path.join(DATA, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def open_page(browser, name, width=1280, height=900):
    browser.size(width, height)
    browser.dark(False)
    browser.open(page(name))


def quiet(browser):
    """Nothing went wrong on the console, and nothing was asked of a network."""
    severe = [entry["message"] for entry in browser.logs("browser") if entry["level"] == "SEVERE"]
    assert not severe, severe
    for entry in browser.logs("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            assert url.startswith(("file://", "data:", "blob:")), "the page asks for " + url


def picture(browser, name):
    if PICTURES:
        os.makedirs(PICTURES, exist_ok=True)
        browser.picture(os.path.join(PICTURES, name + ".png"))


def pages_are_drawn(browser):
    for name in RESULTS:
        open_page(browser, name)
        colours = browser.script(COLOURS)
        assert colours, name + ": there is no chart"
        for canvas, n in colours.items():
            assert n > 8, "%s: %s is blank (%d colours)" % (name, canvas, n)
        quiet(browser)
        picture(browser, name)


def words_are_there(browser):
    for name in RESULTS:
        open_page(browser, name)
        text = browser.script("return document.body.textContent")
        data = result(name)
        assert data["title"] in text, name + ": the title is missing"
        for alternative in data["alternatives"][:50]:
            assert alternative["name"] in text, "%s: %s is missing" % (name, alternative["name"])
            for goal in alternative["goals"]:
                assert goal["goal"] in text, "%s: goal %s is missing" % (name, goal["goal"])
        for row in data["advice"] or []:
            assert row["reason"] in text, name + ": a reason is missing"


def hostile_names_do_no_harm(browser):
    open_page(browser, "study-odd")
    assert browser.script("return document.querySelectorAll('article.alternative').length") > 0
    assert browser.script("return typeof window.harmed") == "undefined"
    scripts = browser.script("return document.querySelectorAll('script').length")
    open_page(browser, "study-one")
    assert scripts == browser.script("return document.querySelectorAll('script').length"), "a name has become a script"


def the_pointer_is_answered(browser):
    open_page(browser, "study-result")
    for canvas in browser.script(COLOURS):
        browser.script("document.getElementById(arguments[0]).scrollIntoView({block: 'center'})", canvas)
        place = browser.script("""
            const canvas = document.getElementById(arguments[0]), chart = Chart.getChart(canvas);
            const box = canvas.getBoundingClientRect();
            for (let d = 0; d < chart.data.datasets.length; d++)
                for (const point of chart.getDatasetMeta(d).data)
                    if (Number.isFinite(point.x) && Number.isFinite(point.y) && point.y > 1)
                        return [box.left + point.x, box.top + point.y + (point.base !== undefined ? 1 : 0)];
            return null;""", canvas)
        assert place, canvas + " has no points"
        browser.point_at(1, 1)
        browser.point_at(place[0], place[1])
        opacity = browser.script("""
            const chart = Chart.getChart(document.getElementById(arguments[0]));
            return chart.tooltip && chart.tooltip.opacity > 0 ? chart.tooltip.body.length : 0;""", canvas)
        assert opacity > 0, canvas + ": no tooltip where the pointer is"
    quiet(browser)


def another_alternative_can_be_chosen(browser):
    open_page(browser, "study-result")
    n = browser.script("return document.getElementById('alternative-choice').options.length")
    assert n == len(result("study-result")["alternatives"]), n
    drawn = []
    for i in range(n):
        drawn.append(browser.script("""
            const choice = document.getElementById('alternative-choice');
            choice.selectedIndex = arguments[0];
            choice.dispatchEvent(new Event('change'));
            return document.getElementById('utilization').toDataURL();""", i))
    assert len(set(drawn)) > 1, "the chart is the same whatever is chosen"
    quiet(browser)


def it_fits_a_telephone_and_the_dark(browser):
    open_page(browser, "study-result", width=400, height=800)
    wide = browser.script("return document.documentElement.scrollWidth")
    assert wide <= 401, "the page is %d wide on a screen of 400" % wide
    picture(browser, "study-result-400")
    browser.size(1280, 900)
    browser.dark(True)
    browser.open(page("study-result"))
    background = browser.script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", background)[:3])
    assert brightness < 150, "dark is %s" % background
    picture(browser, "study-result-dark")
    quiet(browser)


def it_prints(browser):
    open_page(browser, "study-result")
    paper = browser.pdf()
    assert paper.startswith(b"%PDF"), "no PDF"
    pages = len(re.findall(rb"/Type\s*/Page[^s]", paper))
    assert 2 <= pages <= 60, "%d pages" % pages
    assert len(paper) > 20000, "the paper is empty"
    if PICTURES:
        with open(os.path.join(PICTURES, "study-result.pdf"), "wb") as file:
            file.write(paper)
    quiet(browser)


harness.run([pages_are_drawn, words_are_there, hostile_names_do_no_harm, the_pointer_is_answered, another_alternative_can_be_chosen,
             it_fits_a_telephone_and_the_dark, it_prints])
