"""Parts on a real FAT: head, keys, envelopes, trailers, found files."""

import hashlib
import os

from core import cbor
from core.errors import CardFull, Malformed, NoCard, NotReady
from crypto import chacha20poly1305, ed25519, hkdf, hpke, x25519
from hal.sim_media import PowerCut
from seal import header
from seal.records import content_keys
from seal.trailer import FoundJob, is_signed
from sealbox import CALL, DEPUTY, EVIDENCE, FIRST, NOW, OWNER, SIGNER, FixedHal, SealBox, read, run
from sealed import block, pairs, records
from store import preamble
from strict import eq, raises

END = NOW + 7776000


def _open_envelope(private, info, sealed):
    """RFC 9180 section 6.1, the receiver's side; the firmware has only the sender's."""
    enc, box = sealed[:32], sealed[32:]
    public = x25519.public_key(private)
    prk = hpke._labeled_extract(hpke._KEM_SUITE, b"", b"eae_prk", x25519.x25519(private, enc))
    shared = hpke._labeled_expand(hpke._KEM_SUITE, prk, b"shared_secret", enc + public, 32)
    key, nonce = hpke._key_schedule(shared, info)
    return chacha20poly1305.unseal(key, nonce, box)


def _call(box, blocks=40, first=FIRST):
    box.fill(1)
    box.recorder.open(CALL, first)
    slot = box.recorder.part.slot
    for i in range(blocks):
        box.recorder.block(block(i), block(i + 7), 0)
        box.recorder.step()
    return slot


def _head(data):
    start = preamble.parse(data)
    return start, cbor.decode(data[64 : 64 + start.header_length]), data[: start.head_length]


def test_a_recording_is_what_the_format_says():
    box = SealBox(owners=(OWNER, DEPUTY))
    slot = _call(box)
    box.recorder.close("hangup")
    box.sign()
    (part,) = box.closed
    data = read(part.path)
    start, fields, head = _head(data)
    eq((start.id, start.created, start.expires, len(head)), (part.id, NOW, END, 4096))
    assert not any(head[64 + start.header_length :])
    eq(fields["consent"], dict(EVIDENCE, first_sample=FIRST))
    eq((fields["part"], fields["first_sample"], fields["box_key"], fields["rate"]), (1, FIRST, SIGNER[1], [8000, 1]))
    eq(fields["box"], header.box_id(SIGNER[1]))
    eq(fields["line"], CALL["line"])
    info = b"press1/v1/owner" + fields["box"] + part.id
    for private, row in zip((OWNER, DEPUTY), fields["envelopes"]):
        eq(row["key"], hashlib.sha256(x25519.public_key(private)).digest()[:16])
        file_secret = _open_envelope(private, info, row["sealed"])
        prk = hkdf.extract(hashlib.sha256(head).digest(), file_secret + box.slots.secret(slot))
        enc, mac = [hkdf.expand(prk, b"press1/v1/content/" + label, 32) for label in (b"enc", b"mac")]
        found = records(data[4096:-512], enc, mac)
        eq(b"".join(p for kind, _, p in found if kind == 1), b"".join(pairs(block(i), block(i + 7)) for i in range(40)))
        eq(found[-1][:2], (3, 1))
    trailer = data[-512:]
    ed25519.verify(SIGNER[1], b"press1/v1/recording\x00" + trailer[:136], trailer[136:200])
    eq(trailer[11:16], b"\x00" + part.totals.records.to_bytes(4, "big"))
    eq(box.slots.read(slot).state, "live")
    assert is_signed(part.path, len(data))
    box.unmount()


def test_the_longest_header_fits_one_unit():
    """Names and prompts of 60 characters, three purposes, evidence, notice and line test, and eight owners."""
    name = "x" * 60
    wide = 0xFFFFFFFFFF
    rows = [
        {"purpose": "documentation", "basis": "legal-obligation", "end": wide},
        {"purpose": "threat", "basis": "vital-interest", "end": wide},
    ]
    rows.append({"purpose": "training", "basis": "consent", "end": wide})
    notice = {"prompt": name, "prompt_hash": bytes(32), "prompt_sample": wide, "samples": wide}
    evidence = dict(
        EVIDENCE, prompt=name, prompt_sample=wide, offer_sample=wide, decision_sample=wide, first_sample=wide, level=-1000
    )
    call = dict(CALL, direction="unknown", profile=name, purposes=rows, notice=notice, consent=evidence)
    call["line"] = {"hash": bytes(16), "tested": wide}

    class Made:
        id = bytes(16)
        envelopes = [{"key": bytes(16), "sealed": bytes(80)}] * 8

    fields = header.fields(Made, call, 1000, wide, SIGNER[1], (15625, 2))
    eq(len(header.build(fields, NOW, END)), 4096)


def test_parts_of_a_call_have_ids_slots_and_keys_of_their_own():
    box = SealBox()
    box.fill(2)
    box.recorder.open(CALL, FIRST)
    box.recorder.mark()
    box.recorder.close("hangup")
    box.sign()
    heads = [_head(read(part.path)) for part in box.closed]
    eq([fields["part"] for _, fields, _ in heads], [1, 2])
    eq(heads[0][1]["call"], heads[1][1]["call"])
    eq(heads[0][1]["consent"], heads[1][1]["consent"])
    assert heads[0][0].id != heads[1][0].id and box.closed[0].slot != box.closed[1].slot
    box.unmount()


def test_secrets_are_wiped_from_the_set_when_the_part_is_open():
    box = SealBox()
    box.fill(1)
    made = box.stock._sets[0]
    box.recorder.open(CALL, FIRST)
    assert not any(made.file_secret) and not any(made.slot_secret)
    box.unmount()


def test_no_card_no_set_no_room():
    box = SealBox()
    with raises(NotReady):
        box.recorder.open(CALL, FIRST)
    box.fill(1)
    box.hal.sd.present = False
    with raises(NoCard):
        box.recorder.open(CALL, FIRST)
    eq(box.stock.ready, 1)
    box.hal.sd.present = True
    box.unmount()
    small = SealBox(FixedHal(blocks=700))
    small.fill(1)
    with raises(CardFull):
        small.recorder.open(CALL, FIRST)
    small.unmount()


def test_a_card_that_fails_at_opening_leaves_no_key():
    box = SealBox()
    box.fill(1)
    slot = box.stock._sets[0].slot
    box.hal.sd.read_only = True
    with raises(NoCard):
        box.recorder.open(CALL, FIRST)
    eq(box.recorder.is_open, False)
    assert not any(bytes(box.hal.keyflash.cells[slot * 64 + 16 : slot * 64 + 48]))
    box.unmount()


def test_a_full_card_ends_with_a_signed_part():
    box = SealBox(FixedHal(blocks=1200))
    room = box.parts.room()
    _call(box, blocks=room * 13)
    eq((box.recorder.is_open, box.recorder.part), (True, None))
    box.sign()
    (part,) = box.closed
    eq(part.reason, "storage")
    assert room - 8 <= part.totals.records <= room
    assert is_signed(part.path, os.stat(part.path)[6])
    box.unmount()


def test_erase_leaves_neither_key_nor_file():
    box = SealBox()
    slot = _call(box)
    secret = box.slots.secret(slot)
    (part,) = box.recorder.erase("withdrawn")
    assert secret not in bytes(box.hal.keyflash.cells)
    with raises(OSError):
        os.stat(part.path)
    box.unmount()


def test_a_power_cut_while_erasing_spares_no_part():
    """From the first program on: whatever the cut leaves, boot finishes the erasure of every part."""
    cut = 1
    while True:
        box = SealBox()
        box.fill(2)
        box.recorder.open(CALL, FIRST)
        box.recorder.mark()
        slots = box.recorder._done[0].slot, box.recorder.part.slot
        box.hal.faults.cut(cut, torn=64)
        try:
            box.recorder.erase("withdrawn")
            box.unmount()
            break
        except PowerCut:
            hal = box.hal.power_on()
        box.unmount()
        box = SealBox(hal)
        box.slots.recover()
        live = [number for number in slots if box.slots.read(number).state == "live"]
        eq(live, [] if cut > 1 else [slots[1]])
        box.unmount()
        cut += 1
    assert cut > 4, cut


def test_found_files_are_signed_as_found():
    box = SealBox()
    slot = _call(box, blocks=40)
    part = box.recorder.part
    flushed = os.stat(part.path)[6]
    eq(flushed, 4096 * 4)  # three records and the head
    box.unmount()
    box = SealBox(box.hal)
    assert not is_signed(part.path, flushed)
    job = FoundJob(part.path, SIGNER, NOW + 500)
    run(job)
    eq((job.id, job.records, job.already), (part.id, 3, False))
    data = read(part.path)
    eq(len(data), flushed + 512)
    trailer = data[-512:]
    eq(trailer[8:24], b"\x00\x01\x01\x00" + (3).to_bytes(4, "big") + (3 * 2028).to_bytes(8, "big"))
    eq(trailer[72:104], hashlib.sha256(data[4096:-512]).digest())
    eq(trailer[104:136], bytes(32))
    ed25519.verify(SIGNER[1], b"press1/v1/recording\x00" + trailer[:136], trailer[136:200])
    again = FoundJob(part.path, SIGNER, NOW + 900)
    run(again)
    assert again.already
    eq(read(part.path), data)
    eq(box.slots.read(slot).state, "live")
    box.unmount()


def test_a_found_tail_shorter_than_a_record_is_overwritten():
    box = SealBox()
    _call(box, blocks=40)
    path = box.recorder.part.path
    box.recorder.part.writer._file.flush()
    box.unmount()
    box = SealBox(box.hal)
    with open(path, "ab") as file:
        file.write(b"\x01" * 1000)
    run(FoundJob(path, SIGNER, NOW))
    data = read(path)
    eq(len(data), 4 * 4096 + 1000)
    eq(data[4 * 4096 : 4 * 4096 + 8], b"P1END\r\n\x1a")
    run_again = FoundJob(path, SIGNER, NOW)
    run(run_again)
    assert run_again.already
    box.unmount()


def test_a_file_that_is_no_recording_is_refused():
    box = SealBox()
    for content in (b"", b"x" * 5000, bytes(64)):
        with open("/sd/X.P1R", "wb") as file:
            file.write(content)
        with raises(Malformed):
            run(FoundJob("/sd/X.P1R", SIGNER, NOW))
    box.unmount()


def test_power_cut_at_every_write_of_a_short_call():
    """Whatever was flushed is whole: the file opens as a recording or does not exist, and its records are good ones."""
    cut = 1
    while True:
        box = SealBox(FixedHal(blocks=4096))
        box.fill(1)
        made = box.stock._sets[0]
        secrets = bytearray(made.file_secret), bytearray(made.slot_secret)  # copies: the originals are wiped
        path = box.shelf.path(made.id, END)
        box.hal.faults.cut(cut, torn=cut * 37 % 512)
        try:
            _call(box, blocks=30)
            box.recorder.close("hangup")
            box.sign()
            box.unmount()
            break
        except PowerCut:
            hal = box.hal.power_on()
        box.unmount()
        box = SealBox(hal)
        _check_after_cut(box, path, secrets)
        box.unmount()
        cut += 1
    assert cut > 20, cut


def _check_after_cut(box, path, secrets):
    try:
        data = read(path)
    except OSError:
        return
    if not data:
        return
    start, _, head = _head(data)
    body = data[start.head_length :]
    keys = content_keys(head, *secrets)
    records(body[: len(body) // 4096 * 4096], *keys)
