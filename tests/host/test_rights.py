"""Rights on this computer: the case log, what is due for review or unused, and the access bundle."""

import hashlib
import io
import json
import os
import re
import tempfile
import threading
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import vault_rig as rig
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import press1.__main__ as main
from press1 import audio, export, profiles
from press1.bench import open_call
from press1.errors import Damaged, Gone, Usage
from press1.policy import kept, read
from press1.rights import access, bundle, cases, leftovers, review, sheet
from press1.rights.cases import CaseLog
from press1.rights.places import Found, Places
from press1.rights.sheet import Known

NOW, DAY = rig.NOW, rig.DAY
writer = rig.writer


@pytest.fixture
def log(tmp_path: Path) -> CaseLog:
    return CaseLog(tmp_path / "home", NOW)


def test_cases_are_numbered_and_their_steps_kept(log):
    first = log.add("objection", "opened", "service", call="ab" * 16, text="æøå")
    second = log.add("access", "opened", "service")
    log.add("objection", "assessed", "officer", first.case)
    year = first.case[:4]
    assert (first.case, second.case) == (f"{year}-0001", f"{year}-0002")
    found = log.get(first.case)
    assert [step.step for step in found.steps] == ["opened", "assessed"] and found.open and found.call == "ab" * 16
    log.add("objection", "decided", "officer", first.case, outcome="dismissed")
    assert not log.get(first.case).open
    with pytest.raises(Gone):
        log.get(f"{year}-0009")
    with pytest.raises(Usage):
        log.add("access", "opened", "  ")


def test_cases_that_are_opened_at_once_have_numbers_of_their_own(log):
    threads = [threading.Thread(target=log.add, args=("access", "opened", "service")) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(log.cases()) == 16


def test_a_torn_last_line_is_dropped_and_a_broken_one_is_said(log):
    log.add("access", "opened", "service")
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[: len(whole) // 2])
    assert len(log.steps()) == 1
    log.add("access", "decided", "service", log.steps()[0].case, outcome="done")
    assert len(log.steps()) == 2 and log.path.read_bytes().startswith(whole)
    log.path.write_bytes(whole[: len(whole) // 2] + b"\n" + whole)
    with pytest.raises(Damaged):
        log.steps()


def taken(tmp_path: Path, *made) -> Places:
    vault = rig.opened(rig.make(tmp_path))
    for one in made:
        vault.take(rig.save(tmp_path / "in", one))
    return Places(vault, None)


def test_an_upheld_erasure_leaves_a_receipt_and_a_hold_prevents_it(tmp_path):
    here = taken(tmp_path, rig.recording("one"))
    (found,) = here.all()
    here.hold(found, NOW + 9 * DAY, "dispute", "head of claims")
    (held,) = here.find([found.id[:6]])
    with pytest.raises(Usage, match="held"):
        here.erase(held)
    here.release(held, "head of claims")
    here.erase(here.all()[0])
    assert here.all() == [] and [row["reason"] for row in here.vault.catalogue.receipts()] == ["erased"]
    with pytest.raises(Gone):
        here.find([found.id])


def test_only_what_is_for_training_alone_unused_and_free_is_purged(tmp_path, log):
    end = NOW + 50 * DAY
    names = {
        "old": [("training", end)],
        "both": [("training", end), ("documentation", end)],
        "used": [("training", end)],
        "held": [("training", end)],
    }
    here = taken(tmp_path, *(rig.recording(name, purposes=rows) for name, rows in names.items()))
    ids = {name: rig.recording(name, purposes=rows).id.hex() for name, rows in names.items()}
    log.add("used", "done", "trainer", recordings=(ids["used"],))
    here.hold(next(one for one in here.all() if one.id == ids["held"]), NOW + DAY, "dispute", "role")
    assert [one.id for one in review.unused(here.all(), cases.used(log), NOW)] == [ids["old"]]
    assert review.unused(here.all(), cases.used(log), writer.CREATED) == []
    here.erase(here.find([ids["old"]])[0], "unused")
    again = rig.opened(here.vault.config)  # from the files: the tombstone knows the reason too
    assert again.tombstones.stones[ids["old"]].reason == again.catalogue.receipts()[0]["reason"] == "unused"
    again.close()


def test_review_is_due_before_the_end_by_the_policys_mode(tmp_path):
    """S24: the policy has a person look 30 days before what is kept goes."""
    text = re.sub(r"(?m)^mode .*$", "", profiles.text("training-consent"))
    text = text.replace("[[purpose]]", '[[purpose]]\nmode = "review every 30 days"')
    home = tmp_path / "home"
    kept.keep(home, bytes(32), text, [])
    policy = read(home / "policies" / f"{bytes(32).hex()}.toml")
    assert policy.purposes[0].review_s == 30 * DAY
    entries = [{"event": "policy", "t": NOW - DAY, "hash": bytes(32), "profile": "training-consent"}]
    item = {
        "id": b"a" * 16,
        "call": b"c" * 16,
        "created": NOW,
        "expires": NOW + 120 * DAY,
        "purposes": ["training"],
        "hold": False,
    }
    (row,) = review.due([Found((b"a" * 16).hex(), item=item)], review.Terms(home, entries))
    assert (row.why, row.due, row.end) == ("retention", NOW + 90 * DAY, NOW + 120 * DAY)
    held = Found((b"a" * 16).hex(), item={**item, "hold": True})
    assert [one.why for one in review.due([held], review.Terms(home, entries))] == ["hold"]
    assert review.due([Found((b"a" * 16).hex(), item=item)], review.Terms(tmp_path / "empty", entries)) == []


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def made_bundle(tmp_path: Path, language: str = "en", voices: str = "both", names=("mine",), **known) -> dict[str, bytes]:
    tmp_path.mkdir(exist_ok=True)
    paths = [rig.save(tmp_path / "in", rig.recording(name, seconds=1.0)) for name in names]
    out = tmp_path / "b.zip"
    facts = Known(**{"policy": profiles.load("training-consent"), "words": "May we?", "met": True, **known})
    terms = bundle.Terms(language, NOW, "2026-0001", voices)
    with bundle.beside(out) as file:
        bundle.write([([export.from_path(path)], facts) for path in paths], writer.OWNER, file, terms)
    return unzipped(out)


def pcm(folder: Path, data: bytes):
    (folder / "x.wav").write_bytes(data)
    return soundfile.read(folder / "x.wav", dtype="int16", always_2d=True)[0]


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_callers_side_alone_is_that_and_says_that_it_is(tmp_path, language):
    whole = made_bundle(tmp_path / "both", language)
    alone = made_bundle(tmp_path / "alone", language, "caller")
    sound, page, proof = bundle._NAMES[language]
    assert set(whole) - set(alone) == {proof} and not set(alone) - set(whole)
    both, far = pcm(tmp_path, whole[sound]), pcm(tmp_path, alone[sound])
    assert both.shape[1] == 2 and np.array_equal(far[:, 0], both[:, 0]) and not np.array_equal(far[:, 0], both[:, 1])
    words, said = sheet.texts(language), alone[f"{page}.html"].decode().replace("&#x27;", "'")
    assert words["good_alone"] in said and words["check_alone"] in said and words["good"] not in said and proof not in said
    assert words["sound_alone"].format(name=sound) in said and words["good"] in whole[f"{page}.html"].decode()


def test_several_calls_of_one_person_have_a_folder_each(tmp_path):
    files = made_bundle(tmp_path, names=("mine", "mine too"))
    folders = sorted({name.split("/")[0] for name in files})
    assert [folder[:3] for folder in folders] == ["1. ", "2. "] and len(files) == 8
    assert len({files[f"{folder}/signature.json"] for folder in folders}) == 2


def test_a_bundle_takes_as_much_memory_for_ten_minutes_as_for_one(tmp_path):
    """S26: an hour's WAV is 115 MB."""
    facts, peaks = Known(policy=profiles.load("training-consent"), met=True), []
    for seconds in (60, 600):
        folder = tmp_path / str(seconds)
        folder.mkdir()
        files = open_call.write(folder, seconds, writer.OWNER)
        with bundle.beside(folder / "b.zip") as file:
            tracemalloc.start()
            bundle.write(
                [([export.from_path(path) for path in files], facts)], writer.OWNER, file, bundle.Terms("da", NOW, "2026-0001")
            )
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        with zipfile.ZipFile(folder / "b.zip") as archive:
            assert archive.getinfo("optagelse.wav").file_size > 32_000 * seconds
    assert peaks[1] - peaks[0] < 2_000_000


def test_a_bundle_that_fails_leaves_nothing_and_is_for_one_user_only(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    made_bundle(tmp_path / "good")
    assert os.name != "posix" or (tmp_path / "good" / "b.zip").stat().st_mode & 0o777 == 0o600
    (tmp_path / "bad").mkdir()
    path = rig.save(tmp_path / "bad", rig.recording("mine", seconds=1.0))
    data = path.read_bytes()
    path.write_bytes(data[:9000] + bytes([data[9000] ^ 1]) + data[9001:])
    out = tmp_path / "bad" / "b.zip"
    with pytest.raises(Damaged), bundle.beside(out) as file:
        bundle.write([([export.from_path(path)], Known())], writer.OWNER, file, bundle.Terms("da", NOW, "2026-0001"))
    assert {one.suffix for one in out.parent.iterdir()} == {".p1r", ".key"} and list((tmp_path / "temp").iterdir()) == []
    with pytest.raises(Usage, match="cannot write"), bundle.beside(tmp_path / "nowhere" / "b.zip"):
        pass


def test_what_a_killed_bundle_left_open_is_removed_and_another_that_is_under_way_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, age in (("press1-access-old", 2 * 3600), ("press1-access-new", 60), ("another", 2 * 3600)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recording.wav").write_bytes(b"open")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    leftovers.forget_killed()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "press1-access-new"]


def test_no_such_bundle(tmp_path):
    for language, voices in (("fr", "both"), ("da", "employee")):
        with pytest.raises(Usage):
            bundle.Terms(language, NOW, "2026-0001", voices)
    with pytest.raises(Usage):
        access.give([], writer.OWNER, io.BytesIO(), CaseLog(tmp_path), access.Wanted("service"))
    assert not (tmp_path / cases.NAME).exists()


def test_anybody_can_check_the_sound_by_the_signature_in_the_bundle(tmp_path):
    files = made_bundle(tmp_path)
    assert set(files) == {"recording.wav", "sheet.html", "sheet.pdf", "signature.json"}
    proof = json.loads(files["signature.json"])
    (part,) = proof["parts"]
    signed = bytes.fromhex(part["signed"])
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(proof["box_key"])).verify(bytes.fromhex(part["signature"]), signed)
    after_domain = signed[len(b"press1/v1/recording\x00") :]
    assert after_domain[104:136].hex() == part["sound_sha256"]
    samples = pcm(tmp_path, files["recording.wav"])
    ((start, count),) = part["spans"]
    table = audio.decode(bytes(range(256)))
    code = {int(value): number for number, value in enumerate(np.asarray(table).ravel())}
    again = bytes(code[int(value)] for value in samples[start : start + count].ravel())
    assert hashlib.sha256(again).hexdigest() == part["sound_sha256"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_sheet_says_what_is_known_and_nothing_of_others(tmp_path, language):
    """Another call in the journal, a case's free text, and who decided stay out."""
    mine, other = rig.recording("mine", seconds=1.0), b"o" * 16
    entries = [
        {"n": 1, "t": NOW - 50, "event": "consent", "call": mine.header["call"], "by": "key", "prompt": "p", "sample": 1},
        {"n": 2, "t": NOW - 40, "event": "pull", "id": mine.id, "to": b"k" * 16},
        {"n": 3, "t": NOW - 30, "event": "threat", "call": other, "reason": "threat"},
        {"n": 4, "t": NOW - 20, "event": "erase", "id": other, "reason": "expired", "slot": NOW, "file": NOW, "pulled": False},
    ]
    log = CaseLog(tmp_path / "home", NOW)
    log.add("erasure", "decided", "Hansen of claims", recordings=(mine.id.hex(),), text="says Jensen", outcome="refused")
    files = made_bundle(tmp_path, language, entries=entries, cases=log.cases())
    page = files["ark.html" if language == "da" else "sheet.html"].decode()
    words = sheet.texts(language)
    for key in ("e_consent", "e_pull", "training", "b_consent", "good", "r5"):
        assert words[key] in page, key
    assert words["c_erasure"].format(outcome=words["refused"]) in page
    for stranger in (words["e_threat"], words["e_erase"], other.hex(), "Jensen", "Hansen", (b"k" * 16).hex()):
        assert stranger not in page
    assert "{" not in page.split("</style>")[1]
    assert set(sheet.texts("da")) == set(sheet.texts("en"))


def test_access_by_file_is_a_case_and_leaves_nothing_half_done(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path / "home"))
    path = rig.save(tmp_path / "in", rig.recording("mine"))
    key = tmp_path / "owner.pem"
    monkeypatch.delenv("PRESS1_PASSPHRASE", raising=False)
    from press1 import keys

    keys.write_private(key, writer.OWNER, "")
    words = ["access", str(path), "--role", "service", "--identity", str(key)]
    assert main.run([*words, "--out", str(tmp_path / "a.zip"), "-l", "fr"]) == 2
    assert main.run([*words, "--out", str(tmp_path / "a.zip"), "--caller-only", "-l", "en"]) == 0
    assert set(unzipped(tmp_path / "a.zip")) == {"recording.wav", "sheet.html", "sheet.pdf"}
    (first,) = CaseLog(tmp_path / "home").cases()
    assert (first.steps[-1].outcome, first.steps[-1].text) == ("done", "the caller's side of the call only")
    (tmp_path / "a.zip").unlink()
    data = path.read_bytes()
    path.write_bytes(data[:9000] + bytes([data[9000] ^ 1]) + data[9001:])
    assert main.run([*words, "--out", str(tmp_path / "a.zip")]) in (5, 6)
    assert not (tmp_path / "a.zip").exists() and list(tmp_path.glob(".a*")) == []
    case = CaseLog(tmp_path / "home").cases()[-1]
    assert case.kind == "access" and case.steps[-1].outcome == "refused"
