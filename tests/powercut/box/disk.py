"""A board for long runs: its card is a file, so that what is stored is neither in the heap nor slows it. MicroPython.

The interpreter's allocator looks for room from the beginning of the heap, so a card kept there makes every allocation dearer
with each sector it holds. All media share one plan of faults here: a power cut may fall on any write of any of them.
"""

import errno

import board

from hal.sim_media import Faults, SdCard


class FileCard(SdCard):
    """Answers without a word once it has left: finalisers of files that were open ask it while nothing can be allocated."""

    def readblocks(self, first, buf):
        if not self.present:
            return -errno.ENODEV
        return super().readblocks(first, buf)

    def writeblocks(self, first, buf):
        if not self.present:
            return -errno.ENODEV
        return super().writeblocks(first, buf)

    def leave(self):
        """Pulled, or the power went: nothing reaches the file any more."""
        self.present = False
        self.close()


class DiskBoard(board.Board):
    """`path`: the card's file. `cut_next` (write, torn): the start that comes next loses its power there."""

    path = "card.img"
    cut_next = None
    newest = None

    def __init__(self, media, seconds=0):
        super().__init__(board.Media(media.keys, {}, media.state, media.blocks), seconds)
        faults = self.faults = Faults()
        self.keyflash.faults = self._state.faults = faults
        self.sd = FileCard(self.path, media.blocks, faults)
        for block in media.sectors:
            self.sd.writeblocks(block, media.sectors[block])
        if DiskBoard.cut_next:
            faults.cut(*DiskBoard.cut_next)
            DiskBoard.cut_next = None
        DiskBoard.newest = self

    def media(self):
        """The card's contents stay in the file."""
        return board.Media(bytes(self.keyflash.cells), {}, bytes(self._state.cells), self.sd.blocks)

    def card_out(self):
        self.inserted = False
        self.sd.leave()

    def card_in(self):
        self.sd = FileCard(self.path, self.sd.blocks, self.faults)
        self.inserted = True
        self.serial += 1
