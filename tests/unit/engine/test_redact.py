"""No password gets into a text."""

import pytest

from engine.redact import redact

SECRET = "s3/cr:et"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://shop:{SECRET}@db.example/shop is not reachable",
        f"postgresql+psycopg://shop:{SECRET}@db/shop",
        f"postgresql//shop:{SECRET}@db/shop is not a database URL",
        f"postgresql://db/shop?user=shop&password={SECRET}&sslmode=require",
        f"host=db password={SECRET} dbname=shop",
        f"host=db password='{SECRET} x' dbname=shop",
        f"PGPASSWORD={SECRET}",
    ],
)
def test_a_password_is_replaced(text):
    shown = redact(text)
    assert SECRET not in shown
    assert "***" in shown
    assert "shop" in shown or "PGPASSWORD" in shown


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///data/shop.db",
        "mail to shop@example.org: 3 items",
        "http://127.0.0.1:9464/metrics",
        "at 12:30",
    ],
)
def test_other_text_stays(text):
    assert redact(text) == text
