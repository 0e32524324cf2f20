// Marks in the navigation which section is being read.

/** Watches the sections. */
export function followSections() {
  const links = new Map([...document.querySelectorAll('.tabs a')].map(link => [link.hash.slice(1), link]));
  const visible = new Set();
  const watcher = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (entry.isIntersecting) visible.add(entry.target.id);
      else visible.delete(entry.target.id);
    }
    const current = [...links.keys()].find(id => visible.has(id));
    for (const [id, link] of links) {
      if (id === current) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  }, { rootMargin: '-110px 0px -55% 0px' });
  for (const id of links.keys()) watcher.observe(document.getElementById(id));
}
