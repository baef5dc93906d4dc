"""Tables of the catalogue. Ids are hex text, times UTC seconds. Changes go by a migration, never here alone."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call", String(32), nullable=False, index=True),
    Column("part", Integer, nullable=False),
    Column("box", String(32), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("profile", Text, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("state", String(10), nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),  # nonce || ChaCha20-Poly1305 of the key file under the wrapping key
    Column("imported", BigInteger, nullable=False),
)
purposes = Table(
    "purposes",
    metadata,
    Column("recording", String(32), primary_key=True),
    Column("purpose", String(16), primary_key=True),
    Column("basis", String(20), nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("ended", BigInteger),  # when its use was stopped
)
holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("recording", String(32), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("review", BigInteger, nullable=False),
    Column("released", BigInteger),
    Column("released_by", Text),
    Column("told", BigInteger),  # when its box had it from here; 0: it was being sent; null: never
    Column("told_end", BigInteger),  # when its box had heard that it was over
)
receipts = Table(
    "receipts",  # what this vault destroyed
    metadata,
    Column("id", String(32), primary_key=True),
    Column("box", String(32), nullable=False, index=True),
    Column("reason", String(10), nullable=False),
    Column("slot", BigInteger, nullable=False),  # when the key was destroyed
    Column("file", BigInteger),  # when the sealed file was removed; null: the store did not answer yet
    Column("origin", String(8), nullable=False),  # vault or box
    Column("told", BigInteger),  # when the box had heard of it
)
box_receipts = Table(
    "box_receipts",  # what a box destroyed
    metadata,
    Column("id", String(32), primary_key=True),
    Column("box", String(32), nullable=False),
    Column("reason", String(10), nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("file", BigInteger),
    Column("pulled", Boolean, nullable=False),
    Column("received", BigInteger, nullable=False),
)
boxes = Table(
    "boxes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("journal", BigInteger, nullable=False),  # number of the last journal entry that was read
    Column("synced", BigInteger, nullable=False),
)
facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
