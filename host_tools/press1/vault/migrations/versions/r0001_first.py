"""The first catalogue: recordings, purposes, holds, receipts of vault and boxes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _ident(name: str = "id", primary_key: bool = False, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), primary_key=primary_key, nullable=nullable and not primary_key)


def _time(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _text(name: str, size: int | None = None, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(size) if size else sa.Text, nullable=nullable)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "recordings",
        _ident(primary_key=True), _ident("call", nullable=False), sa.Column("part", sa.Integer, nullable=False),
        _ident("box", nullable=False), _time("created"), _time("expires"), _text("profile"), _text("direction", 8),
        _text("state", 10), _time("seconds"), _time("size"), _text("sha256", 64),
        sa.Column("wrapped", sa.LargeBinary, nullable=False), _time("imported"),
    )  # fmt: skip
    for column in ("call", "box", "expires"):
        op.create_index(f"ix_recordings_{column}", "recordings", [column])
    op.create_table(
        "purposes",
        _ident("recording", primary_key=True), sa.Column("purpose", sa.String(16), primary_key=True),
        _text("basis", 20), _time("end"), _time("ended", nullable=True),
    )  # fmt: skip
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True), _ident("recording", nullable=False), _text("reason"),
        _text("who"), _time("since"), _time("review"), _time("released", nullable=True), _text("released_by", nullable=True),
    )  # fmt: skip
    op.create_index("ix_holds_recording", "holds", ["recording"])
    op.create_table(
        "receipts",
        _ident(primary_key=True), _ident("box", nullable=False), _text("reason", 10), _time("slot"), _time("file", nullable=True),
        _text("origin", 8), _time("told", nullable=True),
    )  # fmt: skip
    op.create_index("ix_receipts_box", "receipts", ["box"])
    op.create_table(
        "box_receipts",
        _ident(primary_key=True), _ident("box", nullable=False), _text("reason", 10), _time("slot"), _time("file", nullable=True),
        sa.Column("pulled", sa.Boolean, nullable=False), _time("received"),
    )  # fmt: skip
    op.create_table("boxes", _ident(primary_key=True), _time("journal"), _time("synced"))
    op.create_table("facts", sa.Column("name", sa.String(32), primary_key=True), _text("value"))


def downgrade() -> None:
    """Drop every table."""
    for table in ("facts", "boxes", "box_receipts", "receipts", "holds", "purposes", "recordings"):
        op.drop_table(table)
