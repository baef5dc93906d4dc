"""Policies against the guidance: what is refused, with which row, and what is said about a call."""

import re
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from press1 import profiles, prompts
from press1.errors import Usage
from press1.policy import PolicyRefused, check, compact, durations, elements, explain, parse, read
from press1.policy.model import FACTORS
from press1.policy.rules import check_clock

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALL = profiles.shipped()


def toml(name):
    """Tables of a shipped profile, to spoil."""
    return tomllib.loads(profiles.text(name))


def faults(tables, now=NOW):
    """(row, what, what to write) of every finding."""
    policy, findings = parse(tables)
    return [(item.row, item.what, item.write) for item in (check(policy, now) if policy else findings)]


def spoiled(name, place, value):
    """A shipped profile with one value set, or taken away (None); `place` such as "purpose.0.basis"."""
    tables = toml(name)
    *path, last = place.split(".")
    inner = tables
    for step in path:
        inner = inner[int(step)] if step.isdigit() else inner.setdefault(step, {})
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return tables


@pytest.mark.parametrize("name", ALL)
def test_shipped_profiles_pass(name):
    assert faults(toml(name)) == []


# Row, profile, place, value, words of the finding, words of what to write.
REFUSED = [
    ("S17", "documentation", "purpose.0.basis", None, "missing", "consent, balancing"),
    ("S32", "training-consent", "purpose.0.basis", None, "missing", "consent, balancing"),
    ("S32", "training-consent", "purpose.0.basis", "because", "not known", "consent"),
    ("S17", "documentation", "assessment", None, "no assessment", "[assessment]"),
    ("S17", "both-special", "assessment", None, "no assessment", "basis = \"consent\""),
    *[("S18", "documentation", f"assessment.{factor}", "  ", factor, factor) for factor in FACTORS],
    ("S18", "documentation", "assessment.author", None, "author", "author"),
    ("S18", "documentation", "assessment.date", date(2027, 1, 1), "to come", "day on which it was made"),
    ("S19", "documentation", "assessment.expires", None, "expires", "made anew"),
    ("S19", "documentation", "assessment.expires", date(2026, 11, 21), "runs out", "assess anew"),
    ("S22", "training-consent", "purpose.0.keep", None, "retention without end", "90 days"),
    ("S22", "training-consent", "purpose.0.keep", "for ever", "no retention", "90 days"),
    ("S22", "training-consent", "purpose.0.keep", "11 years", "no retention", "90 days"),
    ("S22", "training-consent", "purpose.0.keep", "6 months", "no reason", "why_keep"),
    ("S24", "training-consent", "purpose.0.mode", "someday", "unknown", "review every 30 days"),
    ("S24", "training-consent", "purpose.0.mode", "review every moon", "unknown", "delete"),
    ("S5", "training-consent", "keys", {"accept": "0"}, "two meanings: accept and withdraw", "another key"),
    ("S5", "training-opt-out", "keys", {"opt_out": "oops"}, "no telephone key", "0 to 9"),
    ("S5", "training-consent", "keys", {"accept": ""}, "no key gives it", "accept"),
    ("S9", "training-consent", "keys", {"withdraw": ""}, "cannot be withdrawn", "withdraw"),
    ("S33", "training-opt-out", "keys", {"opt_out": ""}, "no key does it", "opt_out"),
    ("S5", "spoken-yes", "keys", {"accept": "1"}, "spoken yes and a key", "leave accept out"),
    ("S5", "documentation", "spoken", True, "nothing that rests on consent", "leave spoken out"),
    ("S5", "training-consent", "timeout_s", 1, "2 to 60", "timeout_s"),
    ("S4", "training-consent", "languages", ["da", "sv"], "languages", "da"),
    ("S4", "both-training-opt-out", "purpose.0.basis", "consent", "one prompt cannot say both", "training too"),
    ("S8", "training-consent", "listeners", None, "listeners", "who will hear"),
    ("S13", "documentation", "purpose.0.basis", "authority", "opinion", "[authority]"),
    ("S15", "training-consent", "purpose", [], "no purpose", "[[purpose]]"),
    ("S15", "training-consent", "purpose.0.purpose", "marketing", "not known", "documentation"),
    ("S16", "documentation", "purpose.0.basis", "legal-obligation", "statute", "law"),
    ("S27", "training-consent", "company", None, "company", "company"),
    ("S28", "training-consent", "notice", "http://eksempel.dk/telefon", "no https address", "https"),
    ("S28", "training-consent", "notice", "https://eksempel.dk/", "no page of its own", "https"),
    ("S28", "training-consent", "notice", "https://eksempel.dk/privatlivspolitik", "general privacy page", "alone"),
    ("S28", "training-consent", "notice", "https://[eksempel/telefon", "no https address", "https"),
    ("S32", "training-opt-out", "purpose.0.why_basis", "", "no reason", "why_basis"),
    ("S32", "training-consent", "purpose.0.basis", "legal-obligation", "legal obligation", "balancing"),
    ("S34", "training-consent", "purpose.0.special", True, "cannot be special", "special"),
    ("S35", "training-special", "special", None, "written justification", "[special]"),
    ("S36", "training-opt-out", "purpose.0.cap_day", 0, "no cap", "cap_day"),
    ("S38", "training-consent", "purpose.0.why_share", "", "no reason for that volume", "why_share"),
    ("S39", "training-consent", "purpose.0.share", 0, "1 to 100", "share"),
    ("S39", "training-consent", "purpose.0.share", True, "1 to 100", "share"),
    ("S47", "documentation", "wording", "leaflet-48h", "does not fit", "training with consent"),
    ("S48", "training-consent", "starts", None, "no date", "in force"),
    ("S12", "documentation", "threat", {}, "retention without end", "90 days"),
    ("", "training-consent", "profile", "../up", "no such name", "small letters"),
    ("", "training-consent", "purpose.0.kepe", "90 days", "not known", "correct"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "name", "place", "value", "what", "write"), REFUSED, ids=str)
def test_refused_with_the_row_and_what_to_write(row, name, place, value, what, write):
    found = faults(spoiled(name, place, value))
    assert any(item[0] == row and what in item[1] and write in item[2] for item in found), found


OWN = """Vi optager samtalen til oplæring. Kun teamlederne hører den. Du kan trække dit ja tilbage når som helst, så sletter vi. \
Du har ret til indsigt, se eksempel.dk/telefon. Tryk 1, hvis det er i orden."""


@pytest.mark.parametrize(
    ("cut", "row", "element"),
    [
        ("til oplæring", "S4", "training"),
        ("Kun teamlederne hører den. ", "S8", "listeners"),
        ("trække dit ja tilbage", "S6", "withdraw"),
        (", så sletter vi", "S10", "erased"),
        ("indsigt", "S41", "access"),
        ("eksempel.dk/telefon", "S28", "address"),
        ("Tryk 1,", "S5", "accept"),
    ],
)
def test_own_words_that_lack_an_element_are_refused(cut, row, element):
    """S47."""
    whole = {**toml("training-consent"), "prompt": [{"language": "da", "text": OWN}]}
    assert faults(whole) == []
    whole["prompt"][0]["text"] = OWN.replace(cut, "")
    assert [(found[0], found[1].rpartition(": ")[2]) for found in faults(whole)] == [(row, element)]


def test_own_words_for_another_key_do_not_count():
    whole = {**toml("training-consent"), "prompt": [{"language": "da", "text": OWN.replace("Tryk 1", "Tryk 12")}]}
    assert [row for row, _, _ in faults(whole)] == ["S5"]


def test_a_recording_needs_its_file_and_its_offer(tmp_path):
    whole = {**toml("training-consent"), "prompt": [{"language": "da", "text": OWN, "wav": "own.wav"}]}
    assert [row for row, _, _ in faults(whole)] == ["S47", "S5"]


def test_sms_needs_neither_address_nor_access_in_the_prompt():
    """S29: what is recorded and why is still said first."""
    words = OWN.replace("Du har ret til indsigt, se eksempel.dk/telefon. ", "")
    whole = {**toml("training-consent"), "inform": "sms", "prompt": [{"language": "da", "text": words}]}
    assert faults(whole) == []
    whole["prompt"][0]["text"] = words.replace("til oplæring", "")
    assert [row for row, _, _ in faults(whole)] == ["S4"]


def test_a_clock_before_the_start_is_refused():
    policy, _ = parse(spoiled("training-consent", "starts", date(2026, 12, 1)))
    assert policy is not None
    (found,) = check_clock(policy, NOW)
    assert (found.row, "before the policy's start" in found.what) == ("S48", True)
    assert check_clock(policy, datetime(2026, 12, 1, tzinfo=UTC)) == []


# What no file may do

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=6,
)
NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        """profile company notice listeners languages timeout_s starts purpose keys spoken inform wording assessment special authority
        threat contact prompt basis keep share cap_day mode language text direction rest wav offer_seconds author date expires""",
    )
)


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(
        NAMES | st.text(max_size=8), JSON | st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=3), max_size=9
    )
)
def test_any_table_is_a_policy_or_findings(tables):
    policy, found = parse(tables)
    assert (policy is None) == bool(found)
    assert all(item.what and item.write for item in found)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_a_shipped_profile_with_one_value_spoiled_never_fails_otherwise(name, data):
    """And where it still passes, a box can be told of it."""
    tables = toml(name)
    places = list(_leaves(tables))
    container, key = data.draw(st.sampled_from(places))
    container[key] = data.draw(JSON)
    policy, _ = parse(tables)
    if policy is not None and not check(policy, NOW):
        assert compact.compact(policy)["purposes"]


def _leaves(tables):
    for key, value in list(tables.items() if isinstance(tables, dict) else enumerate(tables)):
        yield tables, key
        if isinstance(value, dict | list):
            yield from _leaves(value)


@pytest.mark.parametrize("content", [b"profile = ", b"\xff\xfe", b"[" * 5000, b"a = 1", b"", b"x" * 300_000])
def test_a_file_that_is_no_policy_is_usage(tmp_path, content):
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    with pytest.raises(Usage) as refused:
        read(path)
    assert refused.value.hint


def test_a_file_that_is_not_there_is_usage(tmp_path):
    with pytest.raises(Usage):
        profiles.load(tmp_path / "none.toml")
    with pytest.raises(Usage) as refused:
        profiles.load("none")
    assert "training-consent" in refused.value.hint


def test_every_reason_is_kept_and_the_first_is_told():
    policy, findings = parse({})
    assert policy is None
    refused = PolicyRefused("x", findings)
    assert refused.findings == findings and f"and {len(findings) - 1} more" in str(refused)
    assert refused.exit_code == 2


# The form of the box

FIELDS = {"profile", "purposes", "keys", "spoken", "timeout_s", "prompts", "threat", "until", "fallback", "notice"}
KEYS = {
    "documentation": ("", "", ""),
    "documentation-consent": ("1", "0", ""),
    "training-consent": ("1", "0", ""),
    "leaflet-48h": ("1", "0", ""),
    "training-opt-out": ("", "", "2"),
    "training-special": ("", "", ""),
    "both-training-consent": ("1", "0", ""),
    "both-training-opt-out": ("", "", "2"),
    "both-special": ("", "", ""),
    "spoken-yes": ("", "0", ""),
}


@pytest.mark.parametrize("name", ALL)
def test_compact_form(name):
    """docs/policy.md: fields, keys, prompts that exist, and a fallback that asks for everything (S19)."""
    policy = profiles.load(name)
    form = compact.compact(policy)
    assert set(form) == FIELDS
    assert tuple(form["keys"][key] for key in ("accept", "withdraw", "opt_out")) == KEYS[name]
    named = {ident for part in (form, form["fallback"]) if part for ids in part["prompts"].values() for ident in ids}
    assert named == {place.id for place in compact.places(policy)} and all(len(ident) <= 60 for ident in named)
    assert (form["until"] is None) == (form["fallback"] is None) == (policy.of("documentation") not in policy.announced)
    if form["fallback"]:
        inner = form["fallback"]
        assert all(row["basis"] == "consent" for row in inner["purposes"]) and inner["until"] is inner["fallback"] is None
        assert {row["purpose"] for row in inner["purposes"]} == {row["purpose"] for row in form["purposes"]}


def test_the_leaflet_keeps_for_48_hours():
    """S11."""
    assert compact.compact(profiles.load("leaflet-48h"))["purposes"][0]["keep_s"] == 48 * 3600


def test_a_rest_is_named_where_training_may_be_left_out():
    tables = spoiled("both-training-consent", "purpose.1.share", 20)
    policy, _ = parse(tables)
    assert policy is not None
    assert compact.compact(policy)["prompts"]["in_rest"] == ["both-training-consent.rest.da", "both-training-consent.rest.en"]
    assert "training" not in prompts.texts(policy)["both-training-consent.rest.en"].replace("trained", "")


def test_review_and_its_length():
    """S24."""
    policy, _ = parse(spoiled("documentation", "purpose.0.mode", "review every 30 days"))
    assert policy is not None
    assert compact.compact(policy)["purposes"][0]["review_s"] == 30 * 86_400


def test_outgoing_calls_may_have_words_of_their_own():
    """S14."""
    tables = {**toml("training-consent"), "prompt": [{"language": "da", "direction": "out", "text": OWN}]}
    policy, _ = parse(tables)
    assert policy is not None
    ids = compact.compact(policy)["prompts"]
    assert ids["in"] == ["training-consent.da", "training-consent.en"]
    assert ids["out"] == ["training-consent.out.da", "training-consent.en"]
    assert prompts.texts(policy)["training-consent.out.da"] == OWN


@pytest.mark.parametrize(
    ("text", "seconds"), [("48 hours", 172_800), ("90 dage", 7_776_000), ("1 måned", 2_592_000), ("5 moons", None), (7, None)]
)
def test_lengths_of_time(text, seconds):
    assert durations.seconds(text) == seconds


# In plain words

ROWS = {
    "documentation": {"S1", "S2", "S14", "S17", "S19", "S20", "S22", "S25", "S26", "S28"},
    "documentation-consent": {"S3", "S5", "S7", "S8", "S9", "S10"},
    "training-consent": {"S3", "S5", "S7", "S8", "S9", "S10", "S32", "S37", "S38"},
    "leaflet-48h": {"S5", "S11"},
    "training-opt-out": {"S32", "S36", "S42"},
    "training-special": {"S34", "S35", "S36"},
    "both-training-consent": {"S17", "S30", "S44"},
    "both-training-opt-out": {"S30", "S45"},
    "both-special": {"S34", "S35", "S30"},
    "spoken-yes": {"S5", "S10"},
}


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", ALL)
def test_explain_names_what_applies(name, language):
    policy = profiles.load(name)
    found = explain.explain(policy, language, prompts.texts(policy))
    assert {item.row for item in found} >= ROWS[name]
    text = " ".join(item.text for item in found)
    assert "{" not in text and "None" not in text
    assert prompts.texts(policy)[f"{name}.da"] in text


def test_explain_tells_draws_caps_quotas_and_reviews():
    policy = profiles.load("training-opt-out")
    (purpose,) = policy.purposes
    strange = replace(policy, purposes=(replace(purpose, share=20, cap_day=3, quota=50, review_s=86_400 * 30),))
    text = {item.row: item.text for item in explain.explain(strange, "en", {})}
    assert "20 calls in 100" in text["S39"] and "3 recordings a day" in text["S36"]
    assert "50 recordings" in text["S21"] and "30 days later" in text["S24"]


def test_both_languages_explain_alike():
    texts = tomllib.loads((profiles.resources.files("press1.policy") / "explain.toml").read_text())
    for key, entry in texts.items():
        if key not in ("section", "word"):
            assert _holes(entry["da"]) == _holes(entry["en"]), key


def _holes(text):
    return {part.partition("}")[0] for part in text.split("{")[1:]}


@pytest.mark.parametrize("written", ["Tryk *,", "Tryk stjerne,"])
def test_star_and_hash_are_keys_with_names(written):
    tables = {
        **toml("training-consent"),
        "keys": {"accept": "*", "withdraw": "#"},
        "prompt": [{"language": "da", "text": OWN.replace("Tryk 1,", written)}],
    }
    assert faults(tables) == []
    policy, _ = parse({**tables, "prompt": []})
    assert policy is not None
    assert (
        "Press star" in prompts.texts(policy)["training-consent.en"]
        and "med firkant" in prompts.texts(policy)["training-consent.da"]
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(ALL), st.sampled_from(["da", "en"]))
def test_any_words_can_be_searched(text, name, language):
    policy = profiles.load(name)
    assert elements.carried(text, policy, language) <= set(elements.ELEMENTS)
    assert elements.carried(text + policy.address, policy, language) >= {"address"}


def test_reasons_are_read_in_the_readers_language():
    policy, _ = parse(spoiled("training-special", "special.justification", {"da": "Akut.", "en": "Urgent."}))
    assert policy is not None
    for language, word in (("da", "Akut."), ("en", "Urgent.")):
        assert word in " ".join(item.text for item in explain.explain(policy, language, {}))
    alone, _ = parse(spoiled("training-special", "special.justification", {"da": "Akut."}))
    assert alone is not None and alone.justification == {"da": "Akut.", "en": "Akut."}
    for wrong in ({"sv": "x"}, {"da": 1}, ["x"], {}):
        assert any(row == "S35" for row, _, _ in faults(spoiled("training-special", "special.justification", wrong)))


def test_a_notice_may_be_spoken_in_both_languages():
    """S2: who does not understand the first is told too."""
    policy, _ = parse({**toml("both-training-opt-out"), "joined": True})
    assert policy is not None and check(policy, NOW) == []
    form = compact.compact(policy)
    assert form["prompts"]["in"] == form["prompts"]["out"] == ["both-training-opt-out.da-en"]
    assert form["prompts"]["in_rest"] == ["both-training-opt-out.rest.da-en"]
    assert form["fallback"]["prompts"]["in"] == [f"both-training-opt-out.consent.{language}" for language in ("da", "en")]
    text = prompts.texts(policy)["both-training-opt-out.da-en"]
    assert "optager" in text and "records" in text
    clip = prompts.build(policy, "en")
    assert (clip.id, clip.language) == ("both-training-opt-out.da-en", "da-en")
    assert clip.offer == clip.samples and 24 < clip.samples / clip.rate < 36
    assert not any("not heard first" in item.text for item in explain.explain(policy, "en", {}))


@pytest.mark.parametrize(("name", "languages"), [("training-consent", ["da", "en"]), ("documentation", ["da"])])
def test_joining_is_for_notices_in_two_languages(name, languages):
    assert [row for row, _, _ in faults({**toml(name), "joined": True, "languages": languages})] == ["S2"]
