"""The page of the duty to inform (S27, S28), and the SMS in its place (S29)."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

import press1.__main__ as main
from press1 import notice, profiles
from press1.errors import Usage
from press1.notice import sms
from press1.policy import PolicyRefused

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Text, headings, links; fails on tags that do not nest."""

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.headings, self.links, self.attributes = [], "", [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings.append((self.open[-1], data))
        self.text += "" if "style" in self.open else data

    def of(self, tag):
        return [attributes for found, attributes in self.attributes if found == tag]


def page(name, language="en", **changes):
    return Page(notice.page(replace(profiles.load(name), **changes), language, "other.html"))


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", profiles.shipped())
def test_the_page_says_what_the_duty_asks_for(name, language):
    """S27: who, why, basis, who hears it, how long, rights, complaint; S8."""
    policy = profiles.load(name)
    found = page(name, language)
    wanted = [
        policy.company[language],
        policy.listeners[language],
        "datatilsynet.dk",
        policy.contact["email"],
        policy.contact["post"],
    ]
    wanted += ["artik" if language == "da" else "articl"]
    wanted += {"da": ["Indsigt", "Indsigelse", "Sletning", "klage"], "en": ["Access", "Objection", "Erasure", "complain"]}[
        language
    ]
    assert [text for text in wanted if text not in found.text] == []
    letters = {"a": any(p.asked for p in policy.purposes), "f": bool(policy.announced), "d": bool(policy.threat_keep_s)}
    for letter, applies in letters.items():
        article = f"litra {letter})" if language == "da" else f"6(1)({letter})"
        assert (article in found.text) == applies, article
    assert ("48" in found.text) == (name == "leaflet-48h")
    assert "{" not in found.text and "None" not in found.text


@pytest.mark.parametrize("name", profiles.shipped())
def test_the_page_stands_alone_and_can_be_read_by_anyone(name):
    found = page(name, "da")
    levels = [level for level, _ in found.headings]
    assert levels[:1] == ["h1"] and levels.count("h1") == 1
    assert found.of("html") == [{"lang": "da"}]
    assert not [tag for tag, attributes in found.attributes if tag in ("script", "img", "link") or "src" in attributes]
    assert {"skip", "other"} <= {attributes.get("class") for attributes in found.of("a")}
    named = {attributes["aria-labelledby"] for attributes in found.of("section")}
    assert named == {attributes["id"] for attributes in found.of("h2")}
    assert all(link.startswith(("#", "mailto:", "tel:", "https://www.datatilsynet.dk", "other.html")) for link in found.links)


def test_what_a_caller_can_do_follows_the_policy():
    assert "press 2 or say so" in page("training-opt-out").text
    assert "documentation goes on" in page("both-training-opt-out").text
    assert "press 0" in page("both-training-consent").text and "documentation stays" in page("both-training-consent").text
    assert "grounds of your own situation" in page("training-special").text
    assert "if you say yes" in page("spoken-yes").text


def test_volume_review_and_recipients_are_told():
    policy = profiles.load("training-opt-out")
    (purpose,) = policy.purposes
    contact = {**policy.contact, "recipients": "North IT", "officer": "Eva"}
    found = page("training-opt-out", purposes=(replace(purpose, share=20, review_s=30 * 86_400),), contact=contact)
    for text in ("at most 20 %", "40 calls a day", "30 days later", "North IT", "Eva"):
        assert text in found.text, text


def test_an_owners_words_cannot_become_markup():
    found = notice.page(
        replace(profiles.load("training-special"), justification={"en": "<script>alert(1)</script> & more"}), "en"
    )
    assert "<script>" not in found and "&lt;script&gt;" in found and "&amp; more" in found


def test_a_page_without_a_way_to_reach_anyone_is_refused():
    with pytest.raises(PolicyRefused) as refused:
        notice.page(replace(profiles.load("training-consent"), contact={"officer": "Eva"}), "da")
    assert refused.value.findings[0].row == "S27" and "[contact]" in refused.value.findings[0].write


def test_both_languages_have_the_same_texts():
    assert set(notice.texts("da")) == set(notice.texts("en"))


def run(capsys, *arguments):
    code = main.run(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_the_command_writes_both_pages_that_link_to_each_other(capsys, tmp_path):
    assert run(capsys, "notice", "documentation", "--out", str(tmp_path / "web"))[0] == 0
    danish, english = ((tmp_path / "web" / f"notice.{language}.html").read_text(encoding="utf-8") for language in ("da", "en"))
    assert 'href="notice.en.html"' in danish and 'href="notice.da.html"' in english


def test_no_page_from_a_policy_that_the_guidance_refuses(capsys, tmp_path):
    path = tmp_path / "lax.toml"
    path.write_text(profiles.text("documentation").partition("[assessment]")[0], encoding="utf-8")
    code, _, err = run(capsys, "notice", str(path), "--out", str(tmp_path))
    assert code == 2 and "S17" in err and not list(tmp_path.glob("*.html"))


# SMS


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", profiles.shipped())
def test_the_sms_says_who_why_how_long_and_where(name, language):
    policy = profiles.load(name)
    found = sms.write(policy, language)
    assert policy.company[language] in found.text and policy.address in found.text
    assert all(notice.texts(language)[f"word_{purpose.purpose}"] in found.text for purpose in policy.purposes)
    assert ("48" if name == "leaflet-48h" else "90") in found.text
    assert found.segments == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("æ" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ś" * 70, 1),
        ("ś" * 71, 2),
        ("", 1),
        ("a" * 460, 4),
    ],
)
def test_what_a_text_costs(text, count):
    """3GPP TS 23.038."""
    assert sms.segments(text) == count


def test_the_log_grows_and_keeps_no_number(capsys, tmp_path):
    path = tmp_path / "log" / "sms.jsonl"
    for number in ("+45 70 12 34 56", "20 30 40 50"):
        code, out, err = run(capsys, "notice", "training-consent", "--sms", number, "--call", "ab12", "--log", str(path))
        assert code == 0 and "Eksempel ApS" in out and "1 SMS" in err
    found = list(sms.entries(path))
    assert [entry.to for entry in found] == ["…3456", "…4050"] and found[0].call == "ab12"
    assert found[0].text == out.strip() and len(found[0].hash) == 64
    assert "7012" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", ["", "12", "Kim", "1" * 20, "+45 70 12 34 56; drop"])
def test_what_is_no_number_is_logged_nowhere(tmp_path, number):
    with pytest.raises(Usage):
        sms.log(tmp_path / "sms.jsonl", profiles.load("training-consent"), "da", number)
    assert list(sms.entries(tmp_path / "sms.jsonl")) == []
