"""What a person does at the pages, in the words of the office."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, expect

from engine.demonstration import PASSWORD
from tests.office.at_work import applicant

#: Milliseconds for what a page does, with all its scripts, on a machine that has other things to do.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

#: Refusals that the pages explain are still noted by the browser as failed requests.
_EXPLAINED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

_WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
"""


class Desk:
    """A browser tab, and the person before it."""

    def __init__(self, site: str, page: Page, screenshots: Path) -> None:
        self.site = site
        self.page = page
        self.complaints: list[str] = []
        self._screenshots = screenshots
        page.set_default_timeout(PATIENCE)
        page.add_init_script(_WATCH)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> None:
        """Open a path of the site."""
        self.page.goto(self.site + path)

    def log_in(self, username: str, path: str = "/inbox") -> None:
        """Log in, as the first thing or after somebody else, and open a path; the log-in page is not drawn for it."""
        context = self.page.context
        context.clear_cookies(name="yichuang")
        csrf = re.search(r'name="csrf" value="([^"]+)"', context.request.get(f"{self.site}/login").text())
        assert csrf is not None
        form = {"csrf": csrf[1], "username": username, "password": PASSWORD}
        assert context.request.post(f"{self.site}/login", form=form, max_redirects=0).status == 302
        self.go(path)

    def accept(self, matter: str, serial: int = 901, email: str = "") -> str:
        """Start a case of a matter at the acceptance desk; returns its number."""
        self.go(f"/accept/{matter}")
        person = applicant(serial)
        for field in ("name", "phone", "id_number"):
            self.page.fill(f"#{field}", person[field])
        self.page.fill("#email", email)
        self.page.select_option("#id_type", person["id_type"])
        self.page.click("#accept")
        self.page.wait_for_url("**/slip")
        return self.page.url.split("/")[-2]

    def fill_in(self) -> None:
        """Fill the task's form as far as it asks for something that it does not propose."""
        self.page.wait_for_selector("#complete:enabled")
        for field in self.page.locator(".fjs-form :is(input[type=text], textarea)[required]").all():
            if field.is_editable() and not field.input_value():
                field.fill("情况属实，同意。")

    def complete(self) -> None:
        """Fill the form in and complete the task."""
        here = self.page.url
        self.fill_in()
        self.page.click("#complete")
        self.page.wait_for_url(lambda url: url != here)

    def open_diagram(self) -> None:
        """Wait until the diagram of this page is drawn."""
        expect(self.page.locator("[data-diagram][data-drawn]")).to_be_visible()

    def photograph(self, name: str, *, whole: bool = True) -> None:
        """Keep the page as it looks at a desk and on a phone; nothing may stick out to the side.

        :param whole: also what is below the window's edge, where no dialog lies over it.
        """
        for width, height in ((390, 844), (1280, 900)):
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.evaluate("window.scrollTo(0, 0)")
            self.page.screenshot(path=self._screenshots / f"{name}-{width}.png", full_page=whole)
            inner = self.page.evaluate("document.documentElement.scrollWidth")
            assert inner <= width, f"{name} is {inner} wide on a screen of {width}"
        assert self.page.evaluate("window.violations") == []

    def forget_refused_styles(self) -> None:
        """That the browser has refused styles inside of HTML was to be seen."""
        is_one = re.compile("Applying inline style violates")
        assert any(is_one.match(complaint) for complaint in self.complaints)
        self.complaints = [complaint for complaint in self.complaints if not is_one.match(complaint)]
        self.page.evaluate("window.violations = window.violations.filter((one) => one !== 'style-src-attr')")

    def print_out(self, name: str) -> None:
        """Keep the page as it comes out of a printer; it takes one sheet."""
        paper = self.page.pdf(path=self._screenshots / f"{name}.pdf", prefer_css_page_size=True)
        sheets = len(re.findall(rb"/Type\s*/Page\b", paper))
        assert sheets == 1, f"{name} takes {sheets} sheets of paper"

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _EXPLAINED.search(message.text):
            self.complaints.append(message.text)
