/**
 * Unit tests of what is shown of a message that was found.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pieces } from '../../web/app/snippet.js';

/** As the server marks it: the words, wherever they stand in the text as it was written. */
function found(content, ...words) {
  const marked = words.reduce((text, word) => text.replaceAll(word, `\u0002${word}\u0003`), content);
  return pieces({ content, snippet: marked });
}

const show = (all) => all.map(({ text, hit }) => (hit ? `[${text}]` : text)).join('');

test('words are marked, and formatting is not shown', () => {
  assert.equal(show(found('der **Rhabarber** ist *reif*', 'Rhabarber', 'reif')), 'der [Rhabarber] ist [reif]');
  assert.equal(show(found('> `code` und ~~weg~~', 'code', 'weg')), '[code] und [weg]');
  assert.equal(show(found('```\nx = 1;\ny\n```', 'x')), '[x] = 1; y');
});

test('what only looks like formatting or markup stays', () => {
  assert.equal(show(found('2 ** 3 <b>acht</b>', 'acht')), '2 ** 3 <b>[acht]</b>');
});

test('a word is not marked inside of another one', () => {
  assert.equal(show(pieces({ content: 'reifen unreif reif', snippet: 'reifen unreif \u0002reif\u0003' })), 'reifen unreif [reif]');
  assert.equal(show(pieces({ content: 'Ei eilt Ei', snippet: '\u0002Ei\u0003 eilt' })), '[Ei] eilt [Ei]');
  assert.equal(show(pieces({ content: 'größer groß', snippet: 'größer \u0002groß\u0003' })), 'größer [groß]');
});

test('of a long text the surroundings are shown, by whole words, of two places', () => {
  const filler = 'wort '.repeat(60);
  const text = show(found(`${filler}eins ${filler}zwei ${filler}drei`, 'eins', 'zwei', 'drei'));
  assert.match(text, /^… (wort ){13}\[eins\] (wort ){13,14}… (wort ){13}\[zwei\] (wort ?){13,14} … $/);
  assert.ok(found('ja '.repeat(2000), 'ja').map(({ text: part }) => part).join('').length < 500, 'also where everything was looked for');
});

test('a text takes as long as it is, also where everything was looked for', () => {
  const before = performance.now();
  found('x '.repeat(40_000), 'x');
  assert.ok(performance.now() - before < 1500, 'it took seconds when each place was compared with all others');
});

test('a run without spaces is not lost', () => {
  const text = show(found(`${'x'.repeat(500)} eins ${'y'.repeat(500)}`, 'eins'));
  assert.match(text, /^… \[eins\]/);
});

test('where the words are not found again, the piece of the server is shown without signs', () => {
  assert.equal(show(pieces({ content: 'anders', snippet: '**\u0002gleich\u0003**' })), 'gleich');
});
