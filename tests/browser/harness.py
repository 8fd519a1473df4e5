# SPDX-License-Identifier: LGPL-2.1-or-later
"""A headless browser for the tests of pages, driven through ChromeDriver by the WebDriver protocol.

run(tests) starts one browser, calls the tests in order with it, and prints the line that Check prints. Without a browser it says
SKIPPED and why; on a continuous integration server (CI=true), where there has to be one, it fails.
"""
import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"]


def skip(why):
    if os.environ.get("CI") == "true":
        print("FAILED: " + why + ", and CI=true says that it has to be there")
        sys.exit(1)
    print("SKIPPED: " + why)
    sys.exit(77)


def need():
    """The paths of the browser and its driver."""
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        skip("chromium and chromedriver are not both installed (packages chromium, chromium-driver)")
    return browser, driver


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Browser:
    """A session of ChromeDriver; commands raise AssertionError with the driver's message."""

    def __init__(self):
        browser, driver = need()
        self.folder = tempfile.mkdtemp(prefix="lparsim-browser-")
        self.port = free_port()
        self.log = open(self.folder + "/driver.log", "w+b")
        self.process = subprocess.Popen([driver, "--port=%d" % self.port], stdout=self.log, stderr=self.log)
        self.session = None
        try:
            self._wait_for_driver()
            arguments = FLAGS + ["--user-data-dir=" + self.folder + "/profile"]
            answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": {"binary": browser, "args": arguments},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
            self.session = "/session/" + answer["sessionId"]
        except Exception:
            self.close()
            raise

    def _wait_for_driver(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if self._send("GET", "/status")["ready"]:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("chromedriver does not answer")

    def _send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        value = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError("%s: %s" % (path, value["message"].split("\n")[0]))
        return value

    def do(self, method, path, body=None):
        return self._send(method, self.session + path, body)

    def open(self, path):
        self.logs("browser")
        self.logs("performance")
        self.do("POST", "/url", {"url": "file://" + path})

    def script(self, text, *arguments):
        return self.do("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def command(self, name, **parameters):
        """A command of the browser's own protocol."""
        return self.do("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def logs(self, kind):
        return self.do("POST", "/se/log", {"type": kind})

    def size(self, width, height, scale=1):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def dark(self, wanted):
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}])

    def point_at(self, x, y):
        """Moves the pointer to a place of the visible page."""
        self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path):
        """The whole page, however long."""
        shot = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def pdf(self):
        """The page on A4, as the bytes of a PDF file."""
        return base64.b64decode(self.command("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)["data"])

    def close(self):
        if self.session:
            try:
                self.do("DELETE", "")
            except (AssertionError, OSError):
                pass
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(tests):
    browser = Browser()
    failures = 0
    try:
        for test in tests:
            try:
                test(browser)
                print("%s: ok" % test.__name__)
            except Exception:  # a test that breaks is a test that fails
                failures += 1
                traceback.print_exc()
                print("%s: FAILED" % test.__name__)
    finally:
        browser.close()
    print("%d%%: Checks: %d, Failures: %d, Errors: 0" % (
        100 * (len(tests) - failures) // max(len(tests), 1), len(tests), failures))
    sys.exit(1 if failures else 0)
