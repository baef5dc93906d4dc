"""HMAC-DRBG with SHA-256 (NIST SP 800-90A rev. 1, section 10.1.2). Keeps nothing between boots."""

from micropython import const

from core.errors import NoEntropy
from crypto.hmac import hmac_sha256

_MIN_ENTROPY = const(32)  # bytes; security strength 256 bits
_MAX_REQUEST = const(65536)  # bytes; table 2: 2^19 bits
RESEED_INTERVAL = 100000  # requests; table 2 allows 2^48


class HmacDrbg:
    """Random bytes from an entropy input; the methods carry the names of the specification."""

    def __init__(self, entropy, nonce=b"", personalization=b""):
        """Section 10.1.2.3. Raises NoEntropy when `entropy` is shorter than 32 bytes."""
        if len(entropy) < _MIN_ENTROPY:
            raise NoEntropy("drbg seed")
        self._key = bytes(32)
        self._value = b"\x01" * 32
        self._update(entropy, nonce, personalization)
        self._requests = 1

    def reseed(self, entropy, additional=b""):
        """Section 10.1.2.4: mix in fresh entropy."""
        if len(entropy) < _MIN_ENTROPY:
            raise NoEntropy("drbg seed")
        self._update(entropy, additional)
        self._requests = 1

    def generate(self, n, additional=b""):
        """Section 10.1.2.5: `n` random bytes. Raises NoEntropy when a reseed is overdue."""
        if n > _MAX_REQUEST:
            raise ValueError("drbg request")
        if self._requests > RESEED_INTERVAL:
            raise NoEntropy("drbg reseed")
        if additional:
            self._update(additional)
        out = bytearray()
        while len(out) < n:
            self._value = hmac_sha256(self._key, self._value)
            out += self._value
        self._update(additional)
        self._requests += 1
        return bytes(out[:n])

    def _update(self, *provided):
        """Section 10.1.2.2."""
        self._key = hmac_sha256(self._key, self._value, b"\x00", *provided)
        self._value = hmac_sha256(self._key, self._value)
        if any(provided):
            self._key = hmac_sha256(self._key, self._value, b"\x01", *provided)
            self._value = hmac_sha256(self._key, self._value)
