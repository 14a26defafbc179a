"""axe-core, the judge of what can be used by everybody, as Debian's Chromium brings it along.

The browser's developer tools hold Lighthouse, and that holds axe-core: a program as a text, in one literal
of its bundle. It is read there once and run in the page under test through the driver, which the page's
Content-Security-Policy does not bind.
"""

import pytest

BUNDLE = "devtools://devtools/bundled/third_party/lighthouse/lighthouse-dt-bundle.js"
# The literal around the notice at the program's head, with its quotes, up to the quote that is not escaped.
LITERAL = r"""
const bundle = document.body.textContent;
const start = bundle.indexOf('/*! axe v') - 1;
if (start < 0) return '';
let end = start + 1;
while (end < bundle.length && bundle[end] !== bundle[start]) end += bundle[end] === '\\' ? 2 : 1;
return bundle.slice(start, end + 1);
"""
RUN = """
const [done] = arguments;
axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => {
  const told = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  done(told.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.any[0]?.message ?? node.failureSummary}`)));
}, (error) => done([String(error)]));
"""


def program(driver):
    """axe-core's source. Leaves the page that is shown."""
    driver.get(BUNDLE)
    literal = driver.execute_script(LITERAL)
    if not literal:
        pytest.skip("this Chromium's developer tools have no axe-core")
    return driver.execute_script(f"return {literal};")


class Judge:
    """Judges the page that a window shows."""

    def __init__(self, window):
        self._driver = window.driver
        self._program = program(window.driver)

    def serious(self):
        """What is serious or critical, a line each: the rule, the element, the reason."""
        if not self._driver.execute_script("return 'axe' in window"):
            self._driver.execute_script(self._program)
        return self._driver.execute_async_script(RUN)
