"""The desk's door: who may come in, what a form must carry, what an answer may hold. No box is plugged in here."""

import re
import stat
import time
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from desk_server import PASSPHRASE, create, serving
from press1 import keys
from press1.desk import office
from press1.desk.app import ROUTES
from press1.desk.place import Place

HERE = Path(office.__file__).parent
CALL = "0" * 32


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(office, "usb_ports", list)
    home = tmp_path / "home"
    app = create(Place(home / "owner.pem", home / "vault", home), idle_s=600)
    with serving(app) as address:
        yield address, app.state.desk


@pytest.fixture
def address(desk):
    return desk[0]


@pytest.fixture
def visitor(address):
    with httpx.Client(base_url=address, follow_redirects=True, trust_env=False) as client:
        yield client


def token(answer):
    return re.search(r'name="token" value="([0-9a-f]{64})"', answer.text)[1]


def begin(client, first=PASSPHRASE, again=PASSPHRASE):
    return client.post("/begin", data={"token": token(client.get("/begin")), "passphrase": first, "again": again})


def unlock(client, passphrase=PASSPHRASE):
    return client.post("/unlock", data={"token": token(client.get("/unlock")), "passphrase": passphrase})


def lock(client):
    return client.post("/lock", data={"token": token(client.get("/"))})


def test_first_run_makes_a_locked_key_and_a_vault(desk, visitor):
    place = desk[1].office.place
    assert begin(visitor, "short", "short").status_code == 422
    assert begin(visitor, PASSPHRASE, PASSPHRASE + "!").status_code == 422
    assert not place.identity.exists()
    assert begin(visitor).url.path == "/"
    assert stat.S_IMODE(place.identity.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in place.identity.read_bytes() and (place.vault / "vault.json").exists()
    assert visitor.get("/begin").url.path != "/begin"  # once
    before = place.identity.read_bytes()
    visitor.post("/begin", data={"token": token(visitor.get("/")), "passphrase": "x" * 20, "again": "x" * 20})
    assert place.identity.read_bytes() == before


def test_it_does_not_lock_while_somebody_is_unlocking(desk, visitor, monkeypatch):
    """What is due is destroyed first, which may take longer than the desk's round of what to lock."""
    made = desk[1].office
    monkeypatch.setattr(made, "tidy", lambda: time.sleep(5 if made.private else 0))
    visitor.timeout = 30
    assert begin(visitor).url.path == "/" and made.private is not None


def test_locked_nothing_is_shown(visitor):
    begin(visitor)
    assert visitor.get("/").url.path == "/"
    assert lock(visitor).url.path == "/unlock"
    for route in ROUTES:
        if route.path.startswith(("/static", "/unlock", "/begin", "/language")):
            continue
        path = route.path.format(call=CALL, box=CALL, case="2026-0001") if "{" in route.path else route.path
        for method in getattr(route, "methods", ()) or ():
            answer = visitor.request(method, path, follow_redirects=False)
            assert answer.status_code == 303 and answer.headers["location"] == "/unlock", (method, path)


def test_the_passphrase_and_nothing_else_opens(visitor, monkeypatch):
    begin(visitor)
    lock(visitor)
    monkeypatch.setenv("PRESS1_PASSPHRASE", PASSPHRASE)
    for wrong in ("", "four words of no sens", PASSPHRASE.upper()):
        assert unlock(visitor, wrong).status_code == 403
        assert visitor.get("/").url.path == "/unlock"
    assert unlock(visitor).url.path == "/"


def test_a_key_without_passphrase_gets_a_copy_that_has_one(tmp_path):
    private = X25519PrivateKey.generate()
    keys.write_private(tmp_path / "owner.pem", private, None)
    place = Place(tmp_path / "owner.desk.pem", tmp_path / "vault", tmp_path, None, tmp_path / "owner.pem")
    made = office.Office(place)
    made.begin(PASSPHRASE)
    assert keys.raw_public(made.key) == keys.raw_public(private)
    assert b"ENCRYPTED" in place.identity.read_bytes()
    made.lock()
    with pytest.raises(office.WrongKey):
        _ = made.key


def test_a_key_that_was_there_keeps_its_passphrase(tmp_path):
    keys.write_private(tmp_path / "owner.pem", X25519PrivateKey.generate(), "another passphrase")
    made = office.Office(Place(tmp_path / "owner.pem", tmp_path / "vault", tmp_path))
    with pytest.raises(office.WrongKey):
        made.begin(PASSPHRASE)
    assert not (tmp_path / "vault").exists()


def test_cookies(address, visitor):
    before = visitor.get("/begin").cookies["press1_desk"]
    answer = begin(visitor)
    cookie = answer.history[0].headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    after = visitor.cookies["press1_desk"]
    assert after != before  # what a visitor had before says nothing
    with httpx.Client(base_url=address, cookies={"press1_desk": before}, trust_env=False) as stranger:
        assert stranger.get("/").status_code == 303
    lock(visitor)
    with httpx.Client(base_url=address, cookies={"press1_desk": after}, trust_env=False) as late:
        assert late.get("/").status_code == 303


def test_one_owner_at_a_time(address, visitor):
    begin(visitor)
    with httpx.Client(base_url=address, follow_redirects=True, trust_env=False) as other:
        assert unlock(other).url.path == "/"
        assert visitor.get("/").url.path == "/unlock"


def test_idle(desk, visitor):
    begin(visitor)
    desk[1].access.idle_s = 0.0
    assert visitor.get("/").url.path == "/unlock"


def test_a_form_of_another_page_does_nothing(address, visitor):
    begin(visitor)
    good = token(visitor.get("/"))
    with httpx.Client(base_url=address, trust_env=False) as stranger:
        foreign = token(stranger.get("/unlock"))
    for data, headers in (
        ({}, {}),
        ({"token": foreign}, {}),
        ({"token": good[:-1] + ("0" if good[-1] != "0" else "1")}, {}),
        ({"token": "æ"}, {}),
        ({"token": good}, {"origin": "http://evil.example"}),
        ({"token": good}, {"origin": address + ".evil.example"}),
        ({"token": good}, {"sec-fetch-site": "cross-site"}),
    ):
        assert visitor.post("/lock", data=data, headers=headers).status_code == 403, (data, headers)
        assert visitor.get("/").url.path == "/"
    assert visitor.post("/lock", data={"token": good}, headers={"origin": address}).url.path == "/unlock"


def test_another_name_for_this_computer_is_refused(visitor):
    """DNS rebinding: a page of another name that resolves to 127.0.0.1."""
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ""):
        assert visitor.get("/unlock", headers={"host": host}).status_code == 400


def test_every_answer_forbids_what_a_page_does_not_need(visitor):
    begin(visitor)
    for path in ("/", "/boxes", "/policy", "/static/desk.css", "/static/desk.js", "/nothing", f"/call/{CALL}"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and "server" not in headers
        assert path.startswith("/static") or headers["cache-control"] == "no-store"
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        assert "Starlette" not in visitor.get(path).text


def test_missing_and_wrong(visitor):
    begin(visitor)
    assert visitor.get("/nothing").status_code == 404
    gone = visitor.get(f"/call/{CALL}")
    assert gone.status_code == 409 and "erased" in gone.text and "Traceback" not in gone.text
    assert visitor.get("/boxes/" + CALL + "/progress").status_code == 404
    away = visitor.post(f"/boxes/{CALL}/clock", data={"token": token(visitor.get("/"))})
    assert away.status_code == 409 and "plugged in" in away.text


def test_languages(visitor):
    assert 'lang="da"' in visitor.get("/begin", headers={"accept-language": "nb,da;q=0.8,en;q=0.5"}).text
    assert 'lang="en"' in visitor.get("/begin", headers={"accept-language": "fr"}).text
    assert 'lang="da"' in visitor.get("/language/da?back=/begin").text
    assert 'lang="da"' in visitor.get("/language/fr?back=/begin").text  # no such language: nothing changes
    for back in ("https://evil.example", "//evil.example", "/\\evil.example", "evil"):
        answer = visitor.get("/language/en", params={"back": back}, follow_redirects=False)
        assert answer.headers["location"] == "/"


def test_names_are_text(desk):
    names = desk[1].names
    desk[1].office.place.home.mkdir(exist_ok=True)
    names.give("ab", "  The <b>front</b>\n desk " + "x" * 99)
    assert names.of("ab").startswith("The <b>front</b> desk") and len(names.of("ab")) == 40
    names.give("ab", "")
    assert names.of("ab") == ""


def test_templates_hold_no_script_and_no_style():
    for path in (HERE / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|javascript:|\|safe|<style", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path
        for form in re.findall(r'<form method="post".*?</form>', text, re.S):
            assert "token" in form, path
