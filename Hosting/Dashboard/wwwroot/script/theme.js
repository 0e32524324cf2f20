// Light, dark, or as the system says. The choice stays with the browser.

const KEY = 'sluice.theme';
const ORDER = ['system', 'light', 'dark'];
const listeners = new Set();
const colours = new Map();
const probe = document.createElement('span');
let current = stored();

/** What was chosen: system, light or dark. */
export const chosen = () => current;

/** Chooses the next one. */
export function next() {
  current = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length];
  try {
    localStorage.setItem(KEY, current);
  } catch {
    // A browser that keeps nothing still switches.
  }
  apply();
  return current;
}

/** Calls back when colours change. */
export function onChange(listener) {
  listeners.add(listener);
}

/** Applies what was chosen. */
export function apply() {
  if (current === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current;
  colours.clear();
  for (const listener of listeners) listener();
}

/** A colour as a canvas takes it, by its name in tokens.css. */
export function colour(name) {
  let value = colours.get(name);
  if (!value) {
    if (!probe.isConnected) {
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(--${name})`;
    value = getComputedStyle(probe).color;
    colours.set(name, value);
  }
  return value;
}

function stored() {
  try {
    const value = localStorage.getItem(KEY);
    return ORDER.includes(value) ? value : 'system';
  } catch {
    return 'system';
  }
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
