"""The tool that trains the detector's network: on chords and noise here, through the real detector, as text that it reads."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from press1.bench import dtmf_corpus as corpus
from press1.bench.dtmf_peers import ours
from press1.bench.dtmf_voices import RATE, to_int16
from press1.bench.train import __main__ as tool
from press1.bench.train import course, export, features, judge, packages, synthetic, thresholds
from press1.bench.train.network import HIGH, LOW, Network, joined
from press1.sim import interpreter

WEIGHTS = interpreter.firmware() / "detect" / "weights.py"
WORDS = ["--every", "140", "--speeds", "1", "--units", "6", "--rounds", "100"]
TOYS = (
    packages.Package("toy-voices", "toy", "toy", r"([^/]+)/.*\.wav"),
    packages.Package("toy-held-out", "hw", "held", r"([^/]+)/.*\.wav"),
    packages.Package("toy-music", "moh", "music", r"([^/]+)\.wav", "music"),
)
# Reads vectors of 15 features, prints what the firmware's own kernel makes of each.
SCORES = """
import sys
from array import array
from detect import score
from detect.tables import Tables
from detect.weights import UNITS
weights = Tables.of(8000, 1).weights
feature = array("i", bytes(60))
work = array("i", bytes(68))
while sys.stdin.buffer.readinto(feature) == 60:
    print(score.network(feature, weights, UNITS, work))
"""


def noise(seed: int, seconds: float = 4.0) -> np.ndarray:
    """That comes and goes, as speech does."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    return to_int16(rng.normal(0, 1500, len(t)) * (np.sin(2 * np.pi * 3 * t) > 0))


def toys(share: Path) -> None:
    """Packages of noise and chords."""
    for at, samples in (
        ("toy/one/a.wav", noise(1)),
        ("held/Robot/a.wav", noise(2)),
        ("music/tune.wav", synthetic.chimes(np.random.default_rng(3), 100)),
    ):
        file = share / at
        file.parent.mkdir(parents=True)
        soundfile.write(file, samples, RATE, subtype="PCM_16")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(folder, what `main` returned) of one whole training on toys."""
    folder = tmp_path_factory.mktemp("train")
    toys(folder / "share")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packages, "SHARE", folder / "share")
        patch.setattr(packages, "PACKAGES", TOYS)
        patch.setattr(synthetic, "voices", lambda: noise(4))
        code = tool.main([*WORDS, "--work", str(folder), "--out", str(folder / "one.py")])
        again = tool.main([*WORDS, "--work", str(folder), "--out", str(folder / "two.py")])
        tool.main([*WORDS, "--work", str(folder), "--out", str(folder / "other.py"), "--seeds", "5"])
        material = course.Course(folder, 1, 140)
    return folder, (code, again), material


def network_of(text: str) -> Network:
    """The float network of a weights.py."""
    network = Network(1)
    network.parameters, _ = export.read(text)
    return network


def firmware_scores(text: str, vectors: np.ndarray) -> np.ndarray:
    """What score.py on MicroPython says with these weights, Q8."""
    with judge.firmware_with(text) as root:
        done = subprocess.run(
            [interpreter.micropython(), "-c", SCORES],
            input=vectors.astype("<i4").tobytes(), env={**os.environ, "MICROPYPATH": str(root)}, capture_output=True, check=True,
        )  # fmt: skip
    return np.array(done.stdout.split(), np.int64)


def test_the_firmware_s_weights_are_an_export_to_the_last_character():
    text = WEIGHTS.read_text()
    assert export.text(*export.read(text)) == text


def test_same_seeds_give_the_same_file_and_other_seeds_another(trained):
    folder, codes, _ = trained
    assert codes == (0, 0)
    assert (folder / "one.py").read_text() == (folder / "two.py").read_text() != (folder / "other.py").read_text()
    assert len(export.read((folder / "one.py").read_text())[0][1]) == 12  # units of two networks


def test_loss_falls_and_keys_part_from_chords(trained):
    _, _, material = trained
    sounds, keyed = list(material.sounds()), list(material.keyed())
    data = tool.fit.lesson([(s.hops, s.weight) for s in sounds], [(k.hops, k.presses) for k in keyed])
    network, losses = tool.fit.train(data, 6, 31, 100)
    assert losses[-1] < losses[0] / 2
    means = thresholds.choose(network.score, sounds)
    assert thresholds.hits(network.score, [s for s in sounds if s.natural], means) == Counter({"voice": 0, "music": 0})
    assert thresholds.heard(network.score, keyed[0], means)["in other damage"] > 80
    untaught = Network(6, 31)
    assert thresholds.heard(untaught.score, keyed[0], thresholds.choose(untaught.score, sounds))["in other damage"] < 80


def test_exported_integers_score_like_the_float_network(trained):
    """Bit for bit what `Table.score` says, and within rounding what the floats say."""
    rng = np.random.default_rng(7)
    vectors = rng.integers((LOW - 300).astype(int), (HIGH + 300).astype(int), (400, 15)).astype(np.int32)
    networks = [Network(24, seed) for seed in (1, 2)]
    both = Network(1)
    both.parameters = joined(networks)
    table = export.rounded(both.parameters)
    got = firmware_scores(export.text(both.parameters, (0.9, -1.1, -2.2)), vectors)
    assert np.array_equal(got, table.score(vectors))
    mean = np.mean([n.score(features.scaled(vectors)) for n in networks], axis=0)
    assert np.abs(got / 256 - mean).max() < 0.03 < np.ptp(mean) / 50


def test_the_detector_weighs_with_what_was_written(trained):
    """Through the whole detector: its scores of real hops are those of the trained network."""
    folder, _, material = trained
    text = (folder / "one.py").read_text()
    speaker = material.pieces[-1].samples()
    with judge.firmware_with(text) as root:
        hops = features.hops(features.heard(speaker, root))
    assert len(hops.run) > 10
    assert np.abs(hops.firmware_score / 256 - network_of(text).score(hops.inputs)).max() < 0.03


def test_every_sound_of_a_package_is_taken_once_and_by_speaker(trained):
    _, _, material = trained
    assert [(p.name, p.kind, p.held_out) for p in material.pieces] == [
        ("toy_one", "voice", False), ("hw_Robot", "voice", True), ("moh_tune", "music", False),
    ]  # fmt: skip


def test_absent_packages_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(packages, "SHARE", tmp_path)
    assert tool.main(["--work", str(tmp_path), "--out", str(tmp_path / "w.py")]) == 2
    told = capsys.readouterr().err
    assert all(package.name in told for package in packages.PACKAGES)
    assert "apt-get install asterisk-core-sounds-en-wav" in told
    assert not (tmp_path / "w.py").exists()


def test_the_firmware_s_file_is_written_by_name_only():
    assert WEIGHTS.resolve() != tool.parser().parse_args([]).out.resolve()


def test_the_judge_hears_with_the_weights_that_it_is_given():
    """With the firmware's own what the bench hears, with thresholds out of reach nothing."""
    clips = list(corpus.tolerance(np.random.default_rng(1), 1))
    parameters, means = export.read(WEIGHTS.read_text())
    with judge.firmware_with(export.text(parameters, means)) as root:
        heard = judge.decided(clips, root)
    assert heard == ours(clips)
    assert len(heard[0]) == len(clips[0].presses)
    with judge.firmware_with(export.text(parameters, (99, 99, 99))) as root:
        assert judge.decided(clips, root) == [[] for _ in clips]


@pytest.mark.parametrize("words", [["--every", "0"], ["--judge", "/nowhere.py"], ["--speeds", "12"], ["--means", "1"]])
def test_words_that_make_no_sense_are_refused(words, tmp_path):
    with pytest.raises(SystemExit, match="2"):
        tool.main([*words, "--work", str(tmp_path)])


@pytest.mark.parametrize(("part", "factor"), [(0, 4000), (2, 400)])
def test_numbers_beyond_the_firmware_s_integers_are_refused(part, factor):
    network = Network(6, 1)
    network.parameters[part] *= factor
    with pytest.raises(export.Press1Error, match="integers"):
        export.rounded(network.parameters)


def test_sums_beyond_32_bits_are_refused():
    """Every number fits 16 bits, what they may add up to does not fit."""
    network = Network(200, 1)
    network.parameters[2] *= 200
    with pytest.raises(export.Press1Error, match="integers"):
        export.rounded(network.parameters)
