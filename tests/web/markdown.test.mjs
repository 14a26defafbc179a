/**
 * Unit tests of the Markdown in messages: what becomes something, what stays text, and that nothing which
 * anybody writes becomes anything else, or takes long.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse } from '../../web/app/markdown.js';

const LONGEST = 8000;
const strong = (...children) => ({ type: 'strong', children });
const em = (...children) => ({ type: 'em', children });
const code = (text) => ({ type: 'code', text });
const link = (href) => ({ type: 'link', href });
const text = (...children) => ({ type: 'text', children });
const quote = (...children) => ({ type: 'quote', children });
const pre = (written) => ({ type: 'pre', text: written });

/** All that is in a tree: the types of its nodes, its addresses, and what a reader reads. */
function contents(nodes, found = { types: new Set(), hrefs: [], read: '' }) {
  for (const node of nodes) {
    if (typeof node === 'string') found.read += node;
    else {
      found.types.add(node.type);
      if (node.href) found.hrefs.push(node.href);
      found.read += node.text ?? node.href ?? '';
      contents(node.children ?? [], found);
    }
  }
  return found;
}

test('marks, alone and in one another', () => {
  assert.deepEqual(parse('a **b *c*** d'), [text('a ', strong('b ', em('c')), ' d')]);
  assert.deepEqual(parse('***so***, ~~gone~~'), [text(strong(em('so')), ', ', { type: 'del', children: ['gone'] })]);
  assert.deepEqual(parse('**two\nlines**'), [text(strong('two\nlines'))]);
  assert.deepEqual(parse('`**as it is**` **b**'), [text(code('**as it is**'), ' ', strong('b'))]);
});

test('what is not closed, or has no place for a mark, stays as it was written', () => {
  const all = ['2*3*4', 'a * b * c', '**open', '** a **', '~ ~~', 'a ``` b', '`', '``', '>_<', '5 > 3', 'snake_case', '\n\na\n'];
  for (const plain of all) {
    assert.deepEqual(parse(plain), [text(plain)]);
  }
  assert.deepEqual(parse('**a *b** c*'), [text(strong('a *b'), ' c*')]);
  assert.deepEqual(parse('\\*no\\* \\`no\\` C:\\dir'), [text('*no* `no` C:\\dir')]);
});

test('blocks, and blank lines beside them', () => {
  const written = 'let a = "**b**";\n\n> x';
  assert.deepEqual(parse(`see:\n\n\`\`\`js\n${written}\n\`\`\`\n\nwell`), [text('see:'), pre(written), text('well')]);
  assert.deepEqual(parse('```one line```'), [pre('one line')]);
  assert.deepEqual(parse('```let a;\nlet b;\n```'), [pre('let a;\nlet b;')]);
  assert.deepEqual(parse('```\nnever closed'), [pre('never closed')]);
  assert.deepEqual(parse('> *a*\n> b\nc'), [quote(em('a'), '\nb'), text('c')]);
  assert.deepEqual(parse('a\n\nb'), [text('a\n\nb')]);
});

test('addresses', () => {
  assert.deepEqual(parse('(https://a.example/b_(c)).'), [text('(', link('https://a.example/b_(c)'), ').')]);
  assert.deepEqual(parse('**https://a.example/*x***'), [text(strong(link('https://a.example/*x')), '*')]);
  assert.deepEqual(parse('`https://a.example`'), [text(code('https://a.example'))]);
  assert.deepEqual(parse('https://a.example/\u202Egpj.exe'), [text(link('https://a.example/'), '\u202Egpj.exe')]);
});

const EVIL = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', "';alert(1)//",
  'javascript:alert(1)', 'JaVaScRiPt://%0aalert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x',
  '[click](javascript:alert(1))', '![x](x"onerror="alert(1))', '<a href="javascript:alert(1)">x</a>',
  '<iframe srcdoc="<script>alert(1)</script>">', '&lt;script&gt;', '\u202Ehttps://evil\u0000', '{{constructor}}',
  'https://', 'http://"onmouseover="alert(1)', "https://a.example/'onclick='x", 'https://a.example/<script>x</script>',
];

test('no markup comes of anything: it is read as it was written', () => {
  for (const evil of EVIL) {
    for (const whole of [evil, `**${evil}**`, `*a ${evil}*`, `> ${evil}`, `\`${evil}\``, `\`\`\`\n${evil}\n\`\`\``]) {
      const { types, hrefs, read } = contents(parse(whole));
      for (const type of types) assert.ok(['text', 'quote', 'pre', 'strong', 'em', 'del', 'code', 'link'].includes(type), type);
      for (const href of hrefs) assert.match(new URL(href).protocol, /^https?:$/);
      assert.ok(read.includes(evil), `${whole} reads ${read}`);
    }
  }
});

test('the time is proportional to the length', () => {
  for (const part of ['*', ' **x', '*x ', '~~x **y *z ', '`', '` ', '```\n', '> ', '\\', 'https://a((', 'http://)', '(*']) {
    const from = performance.now();
    parse(part.repeat(LONGEST / part.length));
    assert.ok(performance.now() - from < 500, `${part.trim()} again and again`);
  }
});
