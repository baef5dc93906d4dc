"""`press1 policy`: the questions, the table of faults, plain words, and what a box gets."""

import json
import sys
import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest

import press1.__main__ as main
from press1 import profiles
from press1.cli import policy as verb
from press1.errors import RefusedByBox
from press1.policy import PolicyRefused, ask, check, kept, loading, parse, write
from press1.policy.model import FACTORS


def run(capsys, *arguments):
    """(exit code, output, errors)."""
    code = main.run(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


class Person:
    """Answers by a word of the question; everything else by Enter."""

    def __init__(self, **answers):
        self.answers = {name: list(given) if isinstance(given, list) else [given] for name, given in answers.items()}
        self.said = []
        self.asked = []

    def line(self, question, default):
        self.asked.append(question)
        texts = {
            key: text
            for language in ("da", "en")
            for key, text in ask.questions(language).items()
            if question.startswith(text.partition("{")[0][:40])
        }
        for key in texts:
            given = self.answers.get(key)
            if given:
                return given.pop(0) if len(given) > 1 else given[0]
        return "It is so." if not default and "Enter" not in question else default

    def policy(self, language="en"):
        return ask.Interview(language, self.line, self.said.append).policy()


NAMES = {"profile": "office", "company": "North Ltd", "notice": "https://north.example/calls", "listeners": "our leaders"}
INTERVIEWS = {
    "consent": {},
    "documentation": {"purposes": "1", "documentation": "2"},
    "law": {"purposes": "1", "documentation": "3", "keep": "5 years", "law": "Act 1, section 2"},
    "authority": {"purposes": "1", "documentation": "4"},
    "both": {"purposes": "3", "documentation": "2", "training": "2", "threat": ["y", "j"], "mode": "2", "keep": "6 months"},
    "special": {"purposes": "2", "training": "3", "share": "20", "threat": "n"},
    "both consent": {"purposes": "3", "documentation": "1", "spoken": "n"},
}


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("answers", INTERVIEWS.values(), ids=INTERVIEWS)
def test_whatever_is_answered_the_guidance_has_nothing_against_it(answers, language):
    """Through the file's text, as a person would go on from it."""
    yes = ask.questions(language)["yes"]
    given = {key: [yes] if key == "threat" and value[0] == "y" else value for key, value in answers.items()}
    found = tomllib.loads(write.dumps(Person(**NAMES, **given).policy(language)))
    policy, findings = parse(found)
    assert findings == [] and policy is not None
    assert check(policy) == []
    assert policy.languages[0] == language and policy.company[language] == "North Ltd"


def test_an_answer_that_will_not_do_is_asked_again_and_says_why():
    person = Person(
        **{**NAMES, "profile": ["No!", "office"], "notice": ["north.example", NAMES["notice"]]},
        keep=["for ever", "48 hours"], share=["0", "all", "20"], starts=["soon", ""],
    )  # fmt: skip
    found = person.policy()
    why = [text for text in person.said if text.startswith("That will not do")]
    assert found["profile"] == "office" and found["purpose"][0]["keep"] == "48 hours" and found["purpose"][0]["share"] == 20
    assert len(why) == 6 and any("small letters" in text for text in why) and any("1 to 100" in text for text in why)


@pytest.mark.parametrize(("file", "offered"), [("front-desk", "front-desk"), ("Vores kontor", "")])
def test_the_files_name_is_offered_as_the_policys_where_it_can_be_one(file, offered):
    person, asked = Person(**{**NAMES, "profile": "office"}), []
    ask.Interview("en", lambda question, default: asked.append(default) or person.line(question, default), list, file).policy()
    assert asked[0] == offered


def test_a_documentation_that_asks_makes_training_ask():
    """S4: one prompt cannot ask for one and announce the other."""
    person = Person(**NAMES, purposes="3", documentation="1", training="2")
    assert [row["basis"] for row in person.policy()["purpose"]] == ["consent", "consent"]


def test_every_factor_is_asked_for():
    """S18."""
    found = Person(**NAMES, purposes="1", documentation="2").policy()
    assert set(FACTORS) < set(found["assessment"])


def test_both_languages_ask_the_same():
    assert {key.removesuffix("_da").removesuffix("_en") for key in ask.questions("da")} == {
        key.removesuffix("_da").removesuffix("_en") for key in ask.questions("en")
    }


@pytest.mark.parametrize("text", ['"quoted" \\ back', "line\nbreak", "æøå €", "\x7f", "tab\t"])
def test_texts_survive_the_file(text):
    assert tomllib.loads(write.dumps({"company": text, "purpose": [{"law": text}], "special": {"justification": text}})) == {
        "company": text, "purpose": [{"law": text}], "special": {"justification": text},
    }  # fmt: skip


def test_new_writes_by_a_terminal_session(capsys, monkeypatch, tmp_path):
    person = Person(**NAMES)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        "rich.prompt.Prompt.ask", lambda question, default="", **_: person.line(question.removeprefix("[bold]"), default)
    )
    path = tmp_path / "office.toml"
    code, out, _ = run(capsys, "policy", "new", str(path), "--language", "en")
    assert code == 0 and "Written to" in out
    assert run(capsys, "policy", "check", str(path))[0] == 0
    assert run(capsys, "policy", "new", str(path), "--language", "en")[0] == 2  # never overwritten


def test_new_without_a_person_is_usage(capsys, tmp_path):
    code, _, err = run(capsys, "policy", "new", str(tmp_path / "x.toml"))
    assert code == 2 and "policy show" in err


@pytest.mark.parametrize("name", profiles.shipped())
def test_show_prints_what_check_takes(capsys, tmp_path, name):
    _, out, _ = run(capsys, "policy", "show", name)
    path = tmp_path / "copy.toml"
    path.write_text(out, encoding="utf-8")
    code, said, _ = run(capsys, "policy", "check", str(path))
    assert code == 0 and "nothing against it" in said


def test_check_tells_every_fault_with_its_row_and_what_to_write(capsys, tmp_path):
    path = tmp_path / "lax.toml"
    text = profiles.text("documentation").partition("[assessment]")[0]
    path.write_text(text.replace("90 days", "5 years"), encoding="utf-8")
    code, out, err = run(capsys, "policy", "check", str(path))
    assert code == 2
    assert "S17" in out and "[assessment] with author" in out and "S22" in out and "why_keep" in out
    assert "S17" in err and "and 1 more" in err
    code, out, _ = run(capsys, "policy", "check", str(path), "--json")
    assert [row["row"] for row in json.loads(out)] == ["S17", "S22"]


def test_check_on_another_day(capsys):
    """S19."""
    assert run(capsys, "policy", "check", "documentation", "--at", "2029-12-31")[0] == 0
    code, out, _ = run(capsys, "policy", "check", "documentation", "--at", "2030-01-01")
    assert code == 2 and "S19" in out
    assert run(capsys, "policy", "check", "documentation", "--at", "someday")[0] == 2


def test_check_of_a_file_that_is_no_policy(capsys, tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("profile = [", encoding="utf-8")
    code, out, _ = run(capsys, "policy", "check", str(path), "--json")
    assert code == 2 and "no TOML" in json.loads(out)[0]["what"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_explain_prints_sections_and_rows(capsys, language):
    code, out, _ = run(capsys, "policy", "explain", "both-training-consent", "-l", language)
    assert code == 0 and "S44" in out and ("Når røret løftes" if language == "da" else "When the handset is lifted") in out
    _, out, _ = run(capsys, "policy", "explain", "both-training-consent", "--json", "-l", language)
    assert {"section", "row", "text"} == set(json.loads(out)[0])
    assert run(capsys, "policy", "explain", "both-training-consent", "-l", "fr")[0] == 2


# What a box gets


class Box:
    """Takes prompts and a policy, in order."""

    def __init__(self, now):
        self.now, self.log = now, []

    def time(self):
        return {"time": int(self.now.timestamp())}

    def put_prompt(self, name, *_):
        self.log.append(name)

    def load_policy(self, form):
        self.log.append(form["profile"])
        return b"h" * 32


class Clip:
    def __init__(self, name):
        self.id, self.alaw, self.offer, self.text, self.language, self.hash, self.samples = (
            name,
            b"",
            1,
            "words",
            "da",
            b"p" * 32,
            2,
        )


def test_prompts_go_before_the_policy():
    box = Box(datetime.now(UTC))
    policy = profiles.load("documentation")
    clips = [Clip(name) for name in profiles.prompt_ids("documentation")]
    assert loading.load(box, policy, clips) == b"h" * 32
    assert box.log == [*profiles.prompt_ids("documentation"), "documentation"]


def test_a_box_whose_clock_stands_before_the_start_gets_nothing():
    """S48."""
    tables = tomllib.loads(profiles.text("training-consent"))
    policy, _ = parse({**tables, "starts": date.today() + timedelta(days=2)})
    box = Box(datetime.now(UTC))
    with pytest.raises(PolicyRefused) as refused:
        loading.load(box, policy, [Clip("x")])
    assert "S48" in str(refused.value) and "before the policy's start" in str(refused.value)
    assert box.log == []


def test_a_policy_that_the_guidance_refuses_goes_to_no_box(capsys, tmp_path):
    path = tmp_path / "lax.toml"
    path.write_text(profiles.text("training-opt-out").replace("why_basis", "# why_basis"), encoding="utf-8")
    code, out, err = run(capsys, "--port", "/dev/none", "policy", "load", str(path))
    assert code == 2 and "S32" in out and "S32" in err  # and the port was never opened


def test_what_was_loaded_is_kept_by_the_hashes_of_the_journal(tmp_path):
    """S48: a report finds policy and words by the journal."""
    kept.keep(tmp_path, b"h" * 32, "profile = 1\n", [Clip("x.da")])
    assert kept.policy(tmp_path, b"h" * 32) == "profile = 1\n" and kept.policy(tmp_path, b"i" * 32) is None
    assert kept.prompt(tmp_path, b"p" * 32) == {"id": "x.da", "language": "da", "text": "words", "samples": 2, "offer": 1}
    assert kept.prompt(tmp_path, b"q" * 32) is None


def test_refused_policy_keeps_its_exit_code():
    assert PolicyRefused("x", parse({})[1]).exit_code == 2 != RefusedByBox.exit_code
    assert verb.known_language("da") == "da"


def test_no_box_is_provisioned_by_a_policy_that_the_guidance_refuses(tmp_path):
    """Before anything that it held is destroyed."""
    from press1.provision import provision

    path = tmp_path / "lax.toml"
    path.write_text(profiles.text("training-special").replace("justification", "# justification"), encoding="utf-8")
    with pytest.raises(PolicyRefused) as refused:
        provision(None, [], b"", b"", None, str(path), [], int(datetime.now(UTC).timestamp()), lambda: None)
    assert "S35" in str(refused.value)
    with pytest.raises(PolicyRefused) as refused:
        provision(None, [], b"", b"", None, "training-consent", [], 0, lambda: None)
    assert "S48" in str(refused.value)
