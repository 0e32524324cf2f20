// Builds and updates elements. What the server said goes in as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an HTML element: `el('td', { class: 'number' }, '12')`. A child that is null or false is left out. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** Makes an SVG element. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Sets the text of an element when it differs, so that nothing is laid out for nothing. */
export function text(element, value) {
  const words = value ?? '';
  if (element.textContent !== words) element.textContent = words;
  return element;
}

/** Sets an attribute when it differs; null, undefined and false take it away. */
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else {
    const words = value === true ? '' : String(value);
    if (element.getAttribute(name) !== words) element.setAttribute(name, words);
  }
  return element;
}

/** Shows or hides. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/**
 * Makes a parent's children match a list: one child an item, kept while its key is kept, so that focus and selection stay.
 * @param {Element} parent whose children are all owned by this function
 * @param {Iterable} items what to show, in order
 * @param {(item) => string|number} keyOf a key that is unique in the list
 * @param {(item) => Element} create makes a child
 * @param {(child: Element, item) => void} update brings a child up to date; also called for new ones
 */
export function keyed(parent, items, keyOf, create, update) {
  const old = new Map();
  for (const child of parent.children) old.set(child.dataset.key, child);
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = old.get(key);
    if (child) {
      old.delete(key);
    } else {
      child = create(item);
      child.dataset.key = key;
    }
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
    update(child, item);
  }
  for (const child of old.values()) child.remove();
}

/** The element with an id; it is in the page. */
export function byId(id) {
  return document.getElementById(id);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else attribute(element, name, value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}
