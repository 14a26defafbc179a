/**
 * Text for people: what messages say, times, days, names. Pure but for the locale.
 */

import { h } from './dom.js';
import { parse } from './markdown.js';

/** @type {Record<string, string>} */
const TAGS = { strong: 'strong', em: 'em', del: 's' };

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const shortDayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const agoFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/**
 * A message's text as nodes: what markdown.js knows becomes elements, all else stays text.
 * @param {string} text
 * @param {import('./markdown.js').Names} [names] whom an @ names
 * @returns {Node[]}
 */
export function formatted(text, names) {
  return parse(text, names).map((block) => {
    if (block.type === 'pre') return h('pre', { tabindex: '0', dir: 'ltr' }, h('code', {}, block.text));
    return h(block.type === 'quote' ? 'blockquote' : 'p', { dir: 'auto' }, ...block.children.map(inline));
  });
}

/** @param {import('./markdown.js').Inline} node @returns {Node | string} */
function inline(node) {
  if (typeof node === 'string') return node;
  if (node.type === 'link') return link(node.href);
  if (node.type === 'code') return h('code', {}, node.text);
  if (node.type === 'mention') return h('span', { class: node.own ? 'mention own' : 'mention', data: { testid: 'mention' } }, node.text);
  return h(TAGS[node.type], {}, ...node.children.map(inline));
}

/**
 * The same in one line, as plain text.
 * @param {string} text
 */
export function plain(text) {
  return parse(text).map((block) => (block.type === 'pre' ? block.text : block.children.map(words).join('')))
    .join(' ').replace(/\s+/g, ' ').trim();
}

/** @param {import('./markdown.js').Inline} node @returns {string} */
function words(node) {
  if (typeof node === 'string') return node;
  if (node.type === 'link') return node.href;
  return 'text' in node ? node.text : node.children.map(words).join('');
}

/** @param {string} address http or https */
function link(address) {
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, address);
}

/**
 * The time of day, with the full date as its title.
 * @param {string} iso
 * @param {{short?: boolean}} options short: without AM or PM, for where there is no room for it
 * @returns {HTMLTimeElement}
 */
export function timeOf(iso, { short = false } = {}) {
  const date = new Date(iso);
  const parts = timeFormat.formatToParts(date).filter(({ type }) => !short || type !== 'dayPeriod');
  const text = parts.map(({ value }) => value).join('').trim();
  return h('time', { datetime: iso, title: fullFormat.format(date) }, text);
}

/** @param {string} iso */
export function dayKey(iso) {
  return new Date(iso).toDateString();
}

/** @param {string} iso @returns {string} in the reader's language: today, yesterday, or the date */
export function dayLabel(iso) {
  const date = new Date(iso);
  const ago = daysAgo(date);
  if (ago === 0 || ago === 1) return capital(agoFormat.format(-ago, 'day'));
  return (ago < 180 ? dayFormat : longDayFormat).format(date);
}

/** @param {string} text */
const capital = ([first = '', ...rest]) => first.toLocaleUpperCase() + rest.join('');

/** @param {string} iso @returns {string} for a list: the time today, the date before */
export function briefly(iso) {
  const date = new Date(iso);
  return (daysAgo(date) === 0 ? timeFormat : shortDayFormat).format(date);
}

/** @param {Date} date whole local days ago; rounding absorbs the hour of a clock change */
function daysAgo(date) {
  const midnight = (/** @type {Date} */ at) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
}

/** @param {string} name */
export function avatar(name) {
  let hue = 0;
  for (const char of name) hue = (hue * 31 + (char.codePointAt(0) ?? 0)) % 8;
  const initial = [...name.trim()][0] ?? '?';
  return h('span', { class: `avatar hue${hue}`, 'aria-hidden': 'true' }, initial.toUpperCase());
}
