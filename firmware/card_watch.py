"""Follows the card as it comes and goes, and does then what waited for it."""


class CardWatch:
    """`box.card_watch`."""

    def __init__(self, box):
        self._box = box
        self._serial = -1
        self._mounts = 0  # of the card, when it was last seen to come

    def step(self):
        """Once a second, and at each step while a card is looked at."""
        box = self._box
        serial = box.hal.card_serial() if box.hal.card() else -1
        if serial != self._serial:
            self._serial = serial
            box.server.drop()
            box.card.follow()
        elif box.card.coming:
            box.card.follow()
        if box.card.present and box.card.mounts != self._mounts:
            self.came()

    def came(self):
        """A card is there, new or back, and may be used."""
        box = self._box
        self._mounts = box.card.mounts
        box.sweep.on_card()
        box.call.card_back()
        if box.identity and not box.on_line:
            box.ledger.find()
        box.flush_journal()
