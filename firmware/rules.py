"""The policy that is in force, with its prompts. What is damaged or incomplete is no policy, and nothing is recorded."""

from core.config import Policy
from core.errors import Malformed, error_code
from line.clip import Clip


class Rules:
    """`box.rules`. Fields: policy (the one in force, or None), lapsed (an assessment has run out), prompts (clips by id)."""

    def __init__(self, box):
        self._box = box
        self._doubted = False  # a prompt could not be read in a call
        self.lapsed = False
        self.forget()

    def forget(self):
        """No policy is loaded."""
        self._loaded = self.policy = None
        self.prompts = {}

    def load(self):
        """Take up policy and prompts from flash."""
        self.forget()
        source = self._box.state.get("policy")
        if source is None:
            return
        try:
            policy = Policy(source)
            self.prompts = {name: self._prompt(name) for name in policy.prompt_ids()}
        except (Malformed, OSError) as error:
            self._box.note("fault", fault="policy", detail=error_code(error))
            return
        self._loaded = policy
        self.enforce()

    def _prompt(self, name):
        state = self._box.state
        about = state.get("prompt/" + name)
        if about is None:
            raise Malformed("prompt is missing")
        clip = Clip(state.blob("prompt/" + name + ".al"), about["offer"], about["samples"], about["hash"])
        clip.survey()
        return clip

    def enforce(self):
        """S19: which policy is in force now; a change of that kind is journalled and stays on the lamp."""
        policy = self._loaded.in_force(self._box.clock.now()) if self._loaded else None
        lapsed = policy is not self._loaded
        if policy is self.policy and lapsed == self.lapsed:
            return
        self.policy, self.lapsed = policy, lapsed
        if lapsed:
            self._box.note("policy", profile=policy.profile if policy else "", lapsed=True)

    def prompt_failed(self, error):
        """In a call: what is in flash is looked through again when the call is over."""
        self._box.note("fault", fault="prompt", detail=error_code(error))
        self._doubted = True

    def call_ended(self):
        """Look through the flash that a call could not read."""
        if self._doubted:
            self._doubted = False
            self.load()

    def digest(self):
        """Hash of the policy that was loaded; empty when none is in force."""
        return self._loaded.digest() if self.policy else b""

    def threat_keep_s(self):
        """How long a recording of a threat is kept; 0: none may be made."""
        return self.policy.threat_keep_s if self.policy else 0
