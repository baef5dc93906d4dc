"""Holds remember whether their box has them, and has heard of their end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two times more."""
    op.add_column("holds", sa.Column("told", sa.BigInteger, nullable=True))
    op.add_column("holds", sa.Column("told_end", sa.BigInteger, nullable=True))


def downgrade() -> None:
    """Without them."""
    op.drop_column("holds", "told_end")
    op.drop_column("holds", "told")
