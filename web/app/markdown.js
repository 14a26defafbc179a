/**
 * Markdown: the small part of it that messages may use, as a tree.
 *
 * Pure. **bold**, *italic*, ~~struck~~, `code`, blocks between lines of ```, lines that begin with "> ",
 * and http(s) addresses; \* \~ \` stand for themselves; names behind an @, where it is said whose.
 * The tree has strings and the nodes below and
 * nothing else, so whoever draws it with elements of its own choice cannot be made to draw others. One pass:
 * the time is proportional to the length, whatever is written.
 */

/**
 * @typedef {{type: 'strong' | 'em' | 'del', children: Inline[]} | {type: 'code', text: string}
 *   | {type: 'link', href: string} | {type: 'mention', text: string, own: boolean}} Mark
 * @typedef {string | Mark} Inline
 * @typedef {(text: string, at: number) => {length: number, own: boolean} | null} Names what begins at an @
 * @typedef {{type: 'text' | 'quote', children: Inline[]} | {type: 'pre', text: string}} Block
 */

/** What may begin something: an escape, code, an address, a mark, a name. An address is what it looks like:
 *  it ends where the direction is turned. */
const TOKEN = /\\([*~`])|`([^`\n]+)`|(https?:\/\/[^\s<>"'`\p{Bidi_Control}]+)|(\*\*|~~|\*)|@/giu;
/** Behind an address this is the sentence's. */
const TAIL = new Set('.,:;!?…*_~)]}');
const WORD = /[\p{L}\p{N}]/u;
const FENCE = '```';
const LANGUAGE = /^[\w+#.-]*$/;
const QUOTE = /^>(?: |$)/;
/** @type {Record<string, 'strong' | 'em' | 'del'>} */
const MARKS = { '**': 'strong', '*': 'em', '~~': 'del' };

/** @param {string} content @param {Names} [names] without it an @ is only an @ @returns {Block[]} */
export function parse(content, names = () => null) {
  const lines = content.split('\n');
  /** @type {Block[]} */
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    const { block, next } = lines[at].startsWith(FENCE) ? fenced(lines, at) : run(lines, at, names);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

/** @param {string[]} lines @param {number} at @returns {{block: Block | null, next: number}} */
function fenced(lines, at) {
  const first = lines[at].slice(FENCE.length);
  if (first.length > FENCE.length && first.trimEnd().endsWith(FENCE)) {
    return { block: { type: 'pre', text: first.trimEnd().slice(0, -FENCE.length) }, next: at + 1 };
  }
  let end = at + 1;
  while (end < lines.length && lines[end].trimEnd() !== FENCE) end++;
  const body = lines.slice(at + 1, end);
  if (!LANGUAGE.test(first.trim())) body.unshift(first);
  return { block: { type: 'pre', text: body.join('\n') }, next: end + 1 };
}

/** Lines of one kind, quoted or not. Blank ones beside a block only part it from the text.
 *  @param {string[]} lines @param {number} at @param {Names} names @returns {{block: Block | null, next: number}} */
function run(lines, at, names) {
  const quoted = QUOTE.test(lines[at]);
  let next = at;
  while (next < lines.length && !lines[next].startsWith(FENCE) && QUOTE.test(lines[next]) === quoted) next++;
  const own = lines.slice(at, next);
  if (quoted) return { block: { type: 'quote', children: inline(own.map((line) => line.slice(2)).join('\n'), names) }, next };
  while (own.length > 0 && at > 0 && own[0].trim() === '') own.shift();
  while (own.length > 0 && next < lines.length && own[own.length - 1].trim() === '') own.pop();
  return { block: own.length > 0 ? { type: 'text', children: inline(own.join('\n'), names) } : null, next };
}

/** @param {string} text @param {Names} names @returns {Inline[]} */
function inline(text, names) {
  const tree = new Tree();
  let end = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [, escaped, code, address] = match;
    const from = match.index;
    const mark = match[4] === '**' && tree.inner === '*' && text[from + 2] === '*' ? '*' : match[4]; // ***so***
    const href = address && trimmed(address);
    const name = match[0] === '@' ? names(text, from) : null;
    const to = from + (name?.length ?? (href || mark || match[0]).length);
    tree.add(text.slice(end, from));
    if (escaped) tree.add(escaped);
    else if (code) tree.add({ type: 'code', text: code });
    else if (href) tree.add(isUrl(href) ? { type: 'link', href } : href);
    else if (name) tree.add({ type: 'mention', text: text.slice(from, to), own: name.own });
    else if (match[0] === '@') tree.add('@');
    else tree.mark(mark, { opens: edge(text, from - 1, to), closes: edge(text, to, from - 1) });
    end = to;
    TOKEN.lastIndex = to;
  }
  tree.add(text.slice(end));
  return tree.close();
}

/** @param {string} text */
const isUrl = (text) => /** @type {any} */ (URL).canParse(text); // TypeScript 4.8 does not know it

/** Whether a mark may stand here: no letter outside, no space inside.
 *  @param {string} text @param {number} outer @param {number} inner */
function edge(text, outer, inner) {
  return !WORD.test(text[outer] ?? ' ') && /\S/.test(text[inner] ?? ' ');
}

/** A closing bracket belongs to the address when that has opened one.
 *  @param {string} address */
function trimmed(address) {
  let end = address.length;
  while (end > 0 && TAIL.has(address[end - 1])) end--;
  return address[end] === ')' && address.slice(0, end).includes('(') ? address.slice(0, end + 1) : address.slice(0, end);
}

/** The nodes so far, with the marks that are open; each kind is open once at most. */
class Tree {
  /** @type {{sign: string, children: Inline[]}[]} */
  #open = [{ sign: '', children: [] }];

  /** The sign opened last. */
  get inner() {
    return this.#open[this.#open.length - 1].sign;
  }

  /** @param {Inline} node */
  add(node) {
    if (node === '') return;
    const { children } = this.#open[this.#open.length - 1];
    if (typeof node === 'string' && typeof children[children.length - 1] === 'string') children[children.length - 1] += node;
    else children.push(node);
  }

  /** @param {string} sign @param {{opens: boolean, closes: boolean}} where */
  mark(sign, { opens, closes }) {
    const at = this.#open.findIndex((one) => one.sign === sign);
    if (at > 0 && closes) {
      this.#flatten(at + 1);
      const { children } = /** @type {any} */ (this.#open.pop());
      this.add({ type: MARKS[sign], children });
    } else if (at < 0 && opens) {
      this.#open.push({ sign, children: [] });
    } else {
      this.add(sign);
    }
  }

  /** What was never closed is text. */
  close() {
    this.#flatten(1);
    return this.#open[0].children;
  }

  /** @param {number} depth that remains */
  #flatten(depth) {
    while (this.#open.length > depth) {
      const { sign, children } = /** @type {any} */ (this.#open.pop());
      this.add(sign);
      for (const child of children) this.add(child);
    }
  }
}
