"""The desk's papers: access bundles of what the vault holds, objections without a recording, the report's form. No box is here."""

import io
import os
import re
import socket
import tempfile
import threading
import time
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import soundfile
import vault_rig as rig

from desk_server import PASSPHRASE, create, serving
from press1 import keys
from press1.desk import office
from press1.desk.place import Place
from press1.rights import bundle

MADE = [rig.recording(name, seconds=1.0, call=name.encode().ljust(16)) for name in ("first", "second")]
CALLS = [made.header["call"].hex() for made in MADE]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(office, "usb_ports", list)
    monkeypatch.setattr("press1.vault.vault.time.time", lambda: rig.NOW)
    home, temp = tmp_path / "home", tmp_path / "temp"
    home.mkdir()
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    keys.write_private(home / "owner.pem", rig.writer.OWNER, None)
    app = create(Place(home / "owner.desk.pem", home / "vault", home, None, home / "owner.pem"), idle_s=600)
    made = app.state.desk.office
    made.begin(PASSPHRASE)
    for one in MADE:
        made.vault.take(rig.save(tmp_path / "in", one))
    made.lock()
    with serving(app) as address, httpx.Client(base_url=address, follow_redirects=True, trust_env=False, timeout=60) as client:
        client.post("/unlock", data={"token": token(client.get("/unlock")), "passphrase": PASSPHRASE})
        yield client, made


def token(answer):
    return re.search(r'name="token" value="([0-9a-f]{64})"', answer.text)[1]


def ask(client, **fields):
    data = {"token": token(client.get("/access")), "call": CALLS[:1], "role": "service", "language": "en", "voices": "both"}
    return client.post("/access", data={**data, **fields})


def files(answer):
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_call_is_handed_over_as_the_command_line_does(desk):
    client, made = desk
    page = client.get("/access", params={"call": CALLS[0]}).text
    assert page.index(f'value="{CALLS[0]}" checked') < page.index("<details>") < page.index(f'value="{CALLS[1]}"')
    answer = ask(client)
    (case,) = made.log.cases()
    assert answer.headers["content-disposition"] == f'attachment; filename="access-{case.number}.zip"'
    assert answer.headers["cache-control"] == "no-store" and "default-src 'none'" in answer.headers["content-security-policy"]
    found = files(answer)
    assert set(found) == {"recording.wav", "sheet.html", "sheet.pdf", "signature.json"}
    assert soundfile.info(io.BytesIO(found["recording.wav"])).channels == 2
    assert (case.kind, case.call, case.steps[0].role, case.steps[-1].outcome) == ("access", CALLS[0], "service", "done")
    assert MADE[0].id.hex() in case.recordings and MADE[1].id.hex() not in case.recordings


def test_several_calls_and_the_callers_side_alone(desk):
    client, made = desk
    found = files(ask(client, call=CALLS, voices="caller", language="da"))
    assert sorted(name.split("/")[1] for name in found) == sorted(["ark.html", "ark.pdf", "optagelse.wav"] * 2)
    assert all(soundfile.info(io.BytesIO(data)).channels == 1 for name, data in found.items() if name.endswith(".wav"))
    (case,) = made.log.cases()
    assert set(case.recordings) == {one.id.hex() for one in MADE}


@pytest.fixture
def slow(monkeypatch):
    """Bundles begin, and go on when the test says so: (begun, go)."""
    begun, go, real = threading.Event(), threading.Event(), bundle._sound

    def waiting(*what):
        begun.set()
        assert go.wait(60)
        return real(*what)

    monkeypatch.setattr(bundle, "_sound", waiting)
    yield begun, go
    go.set()


def test_other_pages_answer_while_a_bundle_is_made(desk, slow):
    client, made = desk
    begun, go = slow
    sent = {"token": token(client.get("/access")), "call": CALLS[:1], "role": "service", "language": "en", "voices": "both"}
    answers = []
    asking = threading.Thread(target=lambda: answers.append(httpx.post(
        f"{client.base_url}/access", data=sent, cookies=client.cookies, timeout=60, trust_env=False)))  # fmt: skip
    asking.start()
    assert begun.wait(30)
    for path in ("/", f"/call/{CALLS[0]}", f"/call/{CALLS[1]}/listen?for=training", "/access", "/cases"):
        assert client.get(path, timeout=10).status_code == 200, path
    hold = {"token": sent["token"], "reason": "a dispute", "role": "service", "review": "2099-01-01"}
    assert client.post(f"/call/{CALLS[1]}/hold", data=hold, timeout=10).status_code == 200
    made.tidy()
    assert not answers
    go.set()
    asking.join(30)
    assert set(files(answers[0])) == {"recording.wav", "sheet.html", "sheet.pdf", "signature.json"}
    until(nothing_left)


def test_a_browser_that_goes_away_leaves_nothing(desk, slow):
    """Before the file is made, and with the first of it in hand."""
    client, made = desk
    begun, go = slow
    for before in (True, False):
        line = asked_by_hand(client)
        assert begun.wait(30)
        if before:
            line.close()
        go.set()
        if not before:
            assert line.recv(200).startswith(b"HTTP/1.1 200")
            line.close()
        until(nothing_left)
    assert [case.steps[-1].outcome for case in made.log.cases()] == ["done", "done"]


def asked_by_hand(client):
    body = f"token={token(client.get('/access'))}&call={CALLS[0]}&role=service&language=en&voices=both"
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    line = socket.create_connection((client.base_url.host, client.base_url.port))
    line.sendall(
        f"POST /access HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\ncontent-length: {len(body)}\r\n"
        f"content-type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
    )
    return line


def nothing_left():
    """No opened sound in the temporary folder, nor in a nameless file that is still open."""
    temp, held = tempfile.gettempdir(), []
    for one in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):
            held.append(os.readlink(one))
    return not os.listdir(temp) and not any(one.startswith(temp) for one in held)


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_is_missing_or_wrong_makes_no_file_and_no_case(desk):
    client, made = desk
    for fields, status in (
        ({"call": []}, 422), ({"role": " "}, 422), ({"language": "fr"}, 422), ({"voices": "employee"}, 422),
        ({"call": "0" * 32}, 409), ({"token": "0" * 64}, 403), ({"token": ""}, 403),
    ):  # fmt: skip
        answer = ask(client, **fields)
        assert answer.status_code == status and "alert" in answer.text, fields
        assert answer.headers["content-type"].startswith("text/html") and made.log.cases() == []
        if status == 422 and "role" not in fields:
            assert 'value="service"' in answer.text  # what was written stands there still


def test_a_recording_that_is_damaged_is_refused_and_logged(desk):
    client, made = desk
    (path,) = (made.place.vault / "store").rglob(f"{MADE[0].id.hex()}.p1r")
    data = path.read_bytes()
    path.write_bytes(data[:9000] + bytes([data[9000] ^ 1]) + data[9001:])
    answer = ask(client)
    assert answer.status_code == 409 and "altered" in answer.text
    (case,) = made.log.cases()
    assert case.steps[-1].outcome == "refused"


def test_an_objection_without_a_recording_is_a_case(desk):
    client, made = desk
    sent = {"token": token(client.get("/cases")), "ground": "Does not want to be recorded", "role": "service"}
    assert client.post("/cases/open", data={**sent, "ground": ""}).status_code == 422
    assert made.log.cases() == []
    answer = client.post("/cases/open", data=sent)
    assert answer.url.path == "/cases" and "Does not want to be recorded" in answer.text
    (case,) = made.log.cases()
    assert case.kind == "objection" and case.open and case.recordings == ()


def test_what_was_written_stands_there_still_when_a_form_is_refused(desk):
    client, made = desk
    sent = {"token": token(client.get("/cases")), "role": "reception", "ground": "illness is named"}
    assert 'value="illness is named"' in client.post("/cases/open", data={**sent, "role": " "}).text
    client.post(f"/call/{CALLS[0]}/object", data=sent)
    (case,) = made.log.cases()
    kept = client.post(f"/call/{CALLS[1]}/object", data={**sent, "role": " "}).text
    assert 'value="illness is named"' in kept
    client.post(f"/cases/{case.number}/assess", data={**sent, "text": "weighed"})
    answer = client.post(f"/cases/{case.number}/decide", data={**sent, "text": "she is right", "outcome": "upheld", "word": "no"})
    assert answer.status_code == 422 and 'value="she is right"' in answer.text and 'value="reception"' in answer.text
    assert re.search(r'value="upheld" checked', answer.text) and not re.search(r'value="dismissed" required checked', answer.text)


def test_a_long_list_is_shown_in_pieces_and_a_day_can_be_picked(desk, tmp_path):
    client, made = desk
    for number in range(60):
        made.vault.take(rig.save(tmp_path / "many", rig.recording(f"n{number}", seconds=0.02, call=b"%016d" % number)))
    first = client.get("/").text
    assert first.count('<li id="n') == 50 and 'href="?show=100#n51"' in first and "(12 left)" in first
    rest = client.get("/", params={"show": "100"}).text
    assert rest.count('<li id="n') == 62 and "show=150" not in rest
    day = re.search(r'name="day" type="date" required value="()"', first)
    assert day and client.get("/", params={"day": "2020-01-01"}).text.count('<li id="n') == 0
    there = f"{datetime.fromtimestamp(rig.writer.CREATED):%Y-%m-%d}"
    shown = client.get("/", params={"day": there}).text
    assert shown.count('<li id="n') == 50 and f'href="?day={there}&amp;show=100#n51"' in shown
    for nonsense in ("x", "-1", "9" * 30, "²"):
        assert client.get("/", params={"show": nonsense, "day": nonsense}).status_code == 200


def test_a_change_of_language_leads_back_to_the_same_page(desk):
    client, _ = desk
    listening = f"/call/{CALLS[0]}/listen?for=training"
    link = re.search(r'href="(/language/da\?back=[^"]+)"', client.get(listening).text)[1]
    assert client.get(link).url.raw_path.decode() == listening
    client.get("/language/en")
    form = f"{client.base_url}/call/{CALLS[0]}"
    sent = {"token": token(client.get(form)), "role": " ", "ground": "no"}
    refused = client.post(f"{form}/object", data=sent, headers={"referer": form})
    link = re.search(r'href="(/language/da\?back=[^"]+)"', refused.text)[1]
    assert client.get(link).url == form


def test_the_report_needs_its_box(desk):
    client, _ = desk
    page = client.get("/report").text
    assert 'action="/report"' not in page and "plug it in" in page
    sent = {"token": token(client.get("/report")), "first": "2026-01-01", "last": "2026-11-21", "language": "en", "kind": "pdf"}
    assert client.post("/report", data={**sent, "box": "0" * 32}).status_code == 409
    for wrong in ({"first": "nonsense"}, {"last": "2025-01-01"}, {"language": "fr"}, {"kind": "exe"}):
        assert client.post("/report", data={**sent, **wrong}).status_code == 422


def test_locked_there_is_no_paper(desk):
    client, made = desk
    client.post("/lock", data={"token": token(client.get("/"))})
    for path in ("/access", "/report"):
        assert client.get(path).url.path == "/unlock"
        assert client.post(path, data={"call": CALLS[0]}).url.path == "/unlock"
    assert made.log.cases() == []
