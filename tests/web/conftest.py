"""Fixtures of the browser tests: Ann's window, and Ben; ../conftest.py has the others."""

import uuid

import pytest
from people import PASSWORD
from window import Window

CLOSE = "for (const dialog of document.querySelectorAll('dialog')) dialog.close()"


@pytest.fixture(scope="module")
def browser(system):
    system.wait_healthy()
    with Window(system.base_url) as ann:
        ann.register(f"Ann{uuid.uuid4().hex[:6]}", PASSWORD)
        yield ann


@pytest.fixture
def window(browser):
    """Ann's window, without what a test that failed has left open; at last a look into the console."""
    browser.driver.execute_script(CLOSE)
    browser.complaints()
    yield browser
    assert browser.complaints() == []


@pytest.fixture
def ben(person):
    return person()
