"""The owner's day at the desk in a real browser: first run, fetch, listen, hold, erase, lock, in two languages, on a phone too.

Debian's Chromium, driven by Playwright. PRESS1_SCREENSHOTS names a folder that keeps a picture of every page.
"""

import contextlib
import os
import re
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from desk_server import PASSPHRASE, create, make_box, place, serving
from press1 import keys
from press1.device import Device
from press1.errors import NoBox
from press1.transport import open_port

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt install chromium)"),
    pytest.mark.timeout(240),
]
expect = playwright.expect
WAIT_MS = 30_000


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def made_box(tmp_path_factory):
    return make_box(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def box(made_box, tmp_path):
    shutil.copytree(made_box, tmp_path / "box", ignore=shutil.ignore_patterns("control"))
    return tmp_path / "box"


class Visitor:
    """A browser tab at the desk that takes pictures and notices what the page's own content policy refuses."""

    def __init__(self, browser, address, language="en-GB", width=1100, height=850, **more):
        self.context = browser.new_context(locale=language, viewport={"width": width, "height": height}, **more)
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(WAIT_MS)
        self.address, self.complaints = address, []
        self.tab.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    def picture(self, name):
        folder = os.environ.get("PRESS1_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.tab.screenshot(path=f"{folder}/{name}.png", full_page=True)

    def go(self, path="/"):
        self.tab.goto(self.address + path)
        return self.tab

    def press(self, name):
        self.tab.get_by_role("button", name=name).click()

    def begin(self, first, again, button):
        self.go()
        self.tab.get_by_label(first).fill(PASSPHRASE)
        self.tab.get_by_label(again).fill(PASSPHRASE)
        self.press(button)

    def close(self):
        self.context.close()
        assert self.complaints == []

    def fits(self):
        """Nothing is wider than the screen."""
        assert self.tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_owners_day(browser, box):
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address)
        tab = visitor.go()
        expect(tab.get_by_role("heading", name="Welcome")).to_be_visible()
        visitor.picture("01-first-run")
        visitor.begin("Choose a passphrase", "The same again", "Begin")
        expect(tab.get_by_role("heading", name="Recordings", exact=True)).to_be_visible()
        expect(tab.locator("ul.calls > li")).to_have_count(2)
        visitor.picture("02-on-the-box")
        fetch_all(visitor)
        listen(visitor)
        hold_and_release(visitor)
        object_to(visitor)
        erase(visitor)
        visitor.press("Lock")
        expect(tab.get_by_role("heading", name="The desk is locked")).to_be_visible()
        visitor.go("/boxes")
        expect(tab.get_by_role("heading", name="The desk is locked")).to_be_visible()
        visitor.picture("11-locked")
        tab.get_by_label("Passphrase").fill("not the passphrase")
        visitor.complaints.clear()
        visitor.press("Unlock")
        expect(tab.get_by_role("alert")).to_contain_text("not the passphrase")
        visitor.complaints = [text for text in visitor.complaints if "403" not in text]
        tab.get_by_label("Passphrase").fill(PASSPHRASE)
        visitor.press("Unlock")
        expect(tab.locator("ul.calls > li")).to_have_count(1)
        visitor.close()


def fetch_all(visitor):
    tab = visitor.tab
    visitor.press("Fetch 2 new recordings")
    expect(tab.get_by_role("status")).to_contain_text("Done. 2 new recordings")
    visitor.picture("03-fetched")
    tab.get_by_role("link", name="To the recordings").click()
    expect(tab.get_by_text("On the box and on this computer")).to_have_count(2)
    visitor.picture("04-recordings")
    tab.get_by_role("link", name="Boxes").click()
    tab.get_by_label("Name of this box").fill("Reception")
    visitor.press("Save the name")
    expect(tab.get_by_role("heading", name="Reception")).to_be_visible()
    expect(tab.get_by_text("Everything on this box is on this computer too.")).to_be_visible()
    visitor.picture("05-boxes")
    tab.get_by_role("link", name="What is recorded").click()
    expect(tab.get_by_role("heading", name="In force on Reception: Training with consent")).to_be_visible()
    visitor.picture("06-policy")


def until(true):
    """Wait in Python: the page's content policy lets no driver evaluate text over and over."""
    end = time.monotonic() + WAIT_MS / 1000
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def listen(visitor):
    tab = visitor.go()
    tab.get_by_role("link", name="Incoming call").first.click()
    expect(tab.get_by_text("The caller pressed the key 1")).to_be_visible()
    visitor.press("Open the recording")
    expect(tab.get_by_role("img", name="Sound of the call")).to_be_visible()
    player = tab.locator("audio")
    until(lambda: player.evaluate("player => player.readyState >= 1"))
    assert 15 < player.evaluate("player => player.duration") < 19
    player.evaluate("player => { player.muted = true; return player.play(); }")
    until(lambda: player.evaluate("player => player.currentTime > 0.5"))
    player.evaluate("player => player.pause()")
    assert float(tab.locator("#playhead").get_attribute("x1")) > 76
    visitor.picture("07-call")


def hold_and_release(visitor):
    tab = visitor.tab
    tab.get_by_text("Keep it …").click()
    tab.get_by_label("Why must it be kept?").fill("Claim 17 of the insurance")
    tab.locator("#role").fill("reception")
    visitor.press("Keep it")
    expect(tab.get_by_role("status")).to_contain_text("The recording is kept.")
    expect(tab.get_by_text("Claim 17 of the insurance. By reception")).to_be_visible()
    expect(tab.get_by_role("link", name="Erase")).to_have_count(0)
    visitor.picture("08-held")
    visitor.press("Release it")
    expect(tab.get_by_role("status")).to_contain_text("The hold has ended.")


def object_to(visitor):
    tab = visitor.tab
    tab.get_by_text("Open a case …").click()
    tab.get_by_label("What does the person say?").fill("It says too much about my health")
    visitor.press("Open a case")
    expect(tab.get_by_role("status")).to_contain_text("The case is open.")
    visitor.go()
    tab.get_by_role("link", name="waits for your decision").click()
    visitor.picture("12-objection")
    tab.get_by_label("What did you weigh?").fill("Nothing about health was said")
    visitor.press("Note it")
    tab.get_by_label("The person is right").check()
    tab.get_by_label("Why? (no names)").fill("Not needed")
    visitor.press("Decide")  # the word was not written
    expect(tab.get_by_role("alert")).to_contain_text("Nothing was erased")
    visitor.complaints = [text for text in visitor.complaints if "422" not in text]
    tab.get_by_label("The recording stays").check()
    tab.get_by_label("Why? (no names)").fill("The training needs it")
    visitor.press("Decide")
    expect(tab.get_by_text("dismissed, the recording stays. The training needs it")).to_be_visible()
    visitor.picture("13-decided")
    visitor.go()
    expect(tab.get_by_text("waits for your decision")).to_have_count(0)
    tab.get_by_role("link", name="Incoming call").first.click()


def erase(visitor):
    tab = visitor.tab
    tab.get_by_role("link", name="Erase …").click()
    tab.get_by_label("Why is it erased?").fill("The caller asked for it")
    tab.get_by_label("write ERASE here").fill("no")
    visitor.press("Erase for good")
    expect(tab.get_by_role("alert")).to_contain_text("Nothing was erased")
    visitor.complaints = [text for text in visitor.complaints if "422" not in text]
    visitor.picture("09-erase")
    tab.get_by_label("write ERASE here").fill("erase")
    visitor.press("Erase for good")
    expect(tab.get_by_role("status")).to_contain_text("The recording is erased.")
    expect(tab.locator("ul.calls > li")).to_have_count(1)
    visitor.picture("10-erased")


def test_in_danish_on_a_phone(browser, box):
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address, "da-DK", 360, 740, is_mobile=True, has_touch=True)
        visitor.begin("Vælg en adgangssætning", "Den samme igen", "Begynd")
        tab = visitor.tab
        expect(tab.get_by_role("heading", name="Optagelser")).to_be_visible()
        visitor.fits()
        visitor.picture("21-telefon-optagelser")
        visitor.press("Hent 2 nye optagelser")
        expect(tab.get_by_role("status")).to_contain_text("Færdig.")
        visitor.fits()
        visitor.picture("22-telefon-hentet")
        tab.get_by_role("link", name="Til optagelserne").click()
        tab.get_by_role("link", name="Indgående samtale").first.click()
        visitor.press("Åbn optagelsen")
        expect(tab.get_by_role("img", name="Samtalens lyd")).to_be_visible()
        visitor.fits()
        visitor.picture("23-telefon-samtale")
        visitor.go("/boxes")
        visitor.fits()
        visitor.picture("24-telefon-bokse")
        visitor.go("/policy")
        visitor.fits()
        visitor.picture("25-telefon-politik")
        tab.get_by_role("link", name="English").click()
        expect(tab.get_by_role("heading", name="What is recorded")).to_be_visible()
        visitor.close()


def test_without_javascript_by_keyboard(browser, box):
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address, java_script_enabled=False)
        tab = visitor.go()
        expect(tab.get_by_label("Choose a passphrase")).to_be_focused()
        tab.keyboard.type(PASSPHRASE)
        tab.keyboard.press("Tab")
        tab.keyboard.type(PASSPHRASE)
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("heading", name="Recordings", exact=True)).to_be_visible()
        tab.keyboard.press("Tab")
        expect(tab.get_by_role("link", name="To the contents")).to_be_focused()
        tab.get_by_role("button", name="Fetch 2 new recordings").focus()
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("status")).to_contain_text("Done. 2 new recordings")
        visitor.go()
        tab.get_by_role("link", name="Incoming call").first.focus()
        tab.keyboard.press("Enter")
        tab.get_by_role("button", name="Open the recording").focus()
        tab.keyboard.press("Enter")
        expect(tab.get_by_text("Signed by the box; checked: nothing was altered.")).to_be_visible()
        visitor.context.close()


def download(visitor, button):
    with visitor.tab.expect_download() as waiting:
        visitor.press(button)
    return waiting.value


def fetched(visitor, first, again, begin, fetch, done):
    visitor.begin(first, again, begin)
    visitor.press(fetch)
    expect(visitor.tab.get_by_role("status")).to_contain_text(done)


ENGLISH = ("Choose a passphrase", "The same again", "Begin", "Fetch 2 new recordings", "Done. 2 new recordings")
DANISH = ("Vælg en adgangssætning", "Den samme igen", "Begynd", "Hent 2 nye optagelser", "Færdig.")


def test_a_person_gets_their_recording_and_the_authority_its_report(browser, box):
    """S26, S48: by mouse, with scripts."""
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address)
        fetched(visitor, *ENGLISH)
        tab = visitor.go()
        tab.get_by_role("link", name="Incoming call").first.click()
        visitor.picture("30-call")
        tab.get_by_role("link", name="Give somebody their recording").click()
        expect(tab.get_by_role("checkbox", checked=True)).to_have_count(1)
        tab.get_by_label("The caller only").check()
        visitor.picture("31-access")
        made = download(visitor, "Make the file")
        assert re.fullmatch(r"access-\d{4}-0001\.zip", made.suggested_filename)
        with zipfile.ZipFile(made.path()) as archive:
            assert sorted(archive.namelist()) == ["recording.wav", "sheet.html", "sheet.pdf"]
        visitor.go("/access")
        visitor.picture("32-access-all")
        visitor.press("Make the file")  # nothing is picked
        expect(tab.get_by_role("alert")).to_contain_text("Pick at least one call")
        visitor.complaints = [text for text in visitor.complaints if "422" not in text]
        for one in tab.get_by_role("checkbox").all():
            one.check()
        with zipfile.ZipFile(download(visitor, "Make the file").path()) as archive:
            assert len(archive.namelist()) == 8
        tab.get_by_role("link", name="Requests").click()
        expect(tab.get_by_role("heading", name="Access, case")).to_have_count(2)
        visitor.picture("33-cases")
        report(visitor)
        visitor.close()


def report(visitor):
    tab = visitor.tab
    tab.get_by_role("link", name="Report").click()
    visitor.picture("34-report")
    made = download(visitor, "Save as PDF")
    assert made.suggested_filename.endswith(".pdf") and Path(made.path()).read_bytes().startswith(b"%PDF-")
    text = Path(download(visitor, "Save as web page").path()).read_text(encoding="utf-8")
    assert "<td>Consent by a key</td><td>2</td>" in text and "the box has signed the last one" in text
    tab.get_by_label("From").fill("2031-01-01")
    tab.get_by_label("To", exact=True).fill("2031-02-01")
    tab.evaluate("document.getElementById('first').max = ''")
    visitor.press("Save as PDF")
    expect(tab.get_by_role("alert")).to_contain_text("nothing in that period")
    visitor.complaints = [text for text in visitor.complaints if "422" not in text]


def test_papers_in_danish_on_a_phone(browser, box):
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address, "da-DK", 360, 740, is_mobile=True, has_touch=True)
        fetched(visitor, *DANISH)
        tab = visitor.go("/access")
        visitor.fits()
        visitor.picture("41-telefon-indsigt")
        tab.get_by_role("checkbox").first.check()
        assert download(visitor, "Lav filen").suggested_filename.startswith("indsigt-")
        tab = visitor.go("/report")
        visitor.fits()
        visitor.picture("42-telefon-rapport")
        assert download(visitor, "Gem som PDF").suggested_filename.startswith("rapport-")
        visitor.go("/cases")
        visitor.fits()
        tab.get_by_text("Nogen gør indsigelse, men der er ingen optagelse").click()
        visitor.picture("43-telefon-sager")
        visitor.close()


def test_papers_without_javascript_by_keyboard(browser, box):
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address, java_script_enabled=False)
        fetched(visitor, *ENGLISH)
        tab = visitor.go("/access")
        tab.get_by_role("checkbox").first.focus()
        tab.keyboard.press("Space")
        tab.get_by_role("button", name="Make the file").focus()
        with tab.expect_download() as waiting:
            tab.keyboard.press("Enter")
        assert waiting.value.suggested_filename.startswith("access-")
        tab = visitor.go("/report")
        tab.get_by_role("button", name="Save as PDF").focus()
        with tab.expect_download() as waiting:
            tab.keyboard.press("Enter")
        assert waiting.value.suggested_filename.endswith(".pdf")
        visitor.context.close()


def test_every_field_has_a_name_and_every_page_a_heading(browser, box):
    """What a screen reader says of each control; headings without a gap."""
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address)
        fetched(visitor, *ENGLISH)
        call = visitor.go().get_by_role("link", name="Incoming call").first.get_attribute("href")
        for path in ("/", call, f"{call}/erase", "/access", f"/access?call={call[6:]}", "/report", "/cases", "/boxes", "/policy"):
            tab = visitor.go(path)
            assert tab.locator("h1").count() == 1, path
            for one in tab.locator("button, summary, a").all():
                assert one.text_content().strip(), path
            identical = tab.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
            assert len(set(identical)) == len(identical), path
            missing = "[...document.querySelectorAll('input:not([type=hidden])')].filter(one => !one.labels.length).length"
            assert tab.evaluate(missing) == 0, path
        visitor.close()


def test_it_locks_when_nobody_is_there(browser, box):
    app = create(place(box))
    with serving(app) as address:
        visitor = Visitor(browser, address)
        visitor.begin("Choose a passphrase", "The same again", "Begin")
        expect(visitor.tab.locator("ul.calls > li")).to_have_count(2)
        app.state.desk.access.idle_s = 1
        until(lambda: app.state.desk.office.private is None)  # not only the page is locked: the key is forgotten
        visitor.go()
        expect(visitor.tab).to_have_url(re.compile("/unlock"))
        visitor.close()


def test_what_the_command_line_erased_is_gone_at_the_desk(browser, box):
    """Receipts are exchanged whenever a box is met, before anybody asks for it."""
    with serving(create(place(box))) as address:
        visitor = Visitor(browser, address)
        visitor.begin("Choose a passphrase", "The same again", "Begin")
        visitor.press("Fetch 2 new recordings")
        expect(visitor.tab.get_by_role("status")).to_contain_text("Done. 2 new recordings")
        visitor.go()
        visitor.press("Lock")
        expect(visitor.tab.get_by_role("heading", name="The desk is locked")).to_be_visible()
        until(lambda: erased_elsewhere(box))
        visitor.tab.get_by_label("Passphrase").fill(PASSPHRASE)
        visitor.press("Unlock")
        expect(visitor.tab.locator("ul.calls > li")).to_have_count(1)
        visitor.close()


def erased_elsewhere(box):
    """One of the box's recordings is erased by another program; False while the desk's session is still closing."""
    try:
        port = open_port(f"sim:{box}")
    except NoBox:
        return False
    with contextlib.closing(port):
        device = Device(port)
        device.hello()
        device.auth("owner", keys.load_private(box / "host" / "owner.pem"))
        device.erase(device.ls()[0]["id"])
    return True
