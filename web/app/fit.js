/**
 * A text field as high as its text.
 */

/** @param {HTMLElement} form around it @param {HTMLTextAreaElement} text */
export function fit(form, text) {
  const { style } = text;
  // The form keeps its height meanwhile: the log above would grow and lose its place.
  form.style.height = `${form.offsetHeight}px`;
  style.height = 'auto';
  // Not laid out yet, or hidden: one row, as the markup says.
  if (text.scrollHeight > 0) style.height = `${text.scrollHeight}px`;
  form.style.height = '';
}
