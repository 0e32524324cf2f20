// Where the parts of the drawing stand, in pixels.

const CHARACTER = 7.4; // Width of one at 13 px, on average.
const MOST_ENDS = 3;
const END_HEIGHT = 42;

/** Beside each other: sources, four stages with a basin between each two, sinks. */
export function beside(width, view) {
  const stageHeight = 112;
  const end = clamp(width * 0.118, 112, 150);
  const gap = 18;
  const link = clamp(width * 0.082, 78, 100);
  const stage = (width - 2 * (end + gap) - 3 * link) / 4;
  const sources = ends(view.sources.map(source => [source.location, source.state]), end);
  const sinks = ends(view.sinks.map(sink => [sink.name, sink.kind]), end);
  const tall = Math.max(stageHeight, column(sources.length), column(sinks.length));
  const top = 14;
  const middle = top + tall / 2;
  const y = middle - stageHeight / 2;
  const geometry = { width, height: top + tall + 10, paths: [], arrows: [], ends: [], stages: [], links: [] };
  const first = end + gap;

  stack(sources, 0, middle, end).forEach(box => {
    geometry.ends.push(box);
    geometry.paths.push({ thin: true, d: bend(end, box.y + box.height / 2, first, middle) });
  });
  for (let i = 0; i < 4; i++) geometry.stages.push({ x: first + i * (stage + link), y, width: stage, height: stageHeight });
  for (let i = 0; i < 3; i++) {
    const left = first + i * (stage + link) + stage;
    const basinWidth = link - 36;
    const x = left + 18;
    geometry.links.push({
      x, y: middle - 24, width: basinWidth, height: 48, lying: false,
      nameX: x + basinWidth / 2, nameY: middle - 32, shareX: x + basinWidth / 2, shareY: middle + 5, wordsX: x + basinWidth / 2, wordsY: middle + 40,
    });
    geometry.paths.push({ d: `M${left} ${middle}h18M${x + basinWidth} ${middle}h12` });
    geometry.arrows.push(`M${x + basinWidth + 18} ${middle}l-7 -4v8z`);
  }

  const last = width - end - gap;
  stack(sinks, width - end, middle, end).forEach(box => {
    geometry.ends.push(box);
    geometry.paths.push({ thin: true, d: bend(last, middle, box.x, box.y + box.height / 2) });
  });
  return geometry;
}

/** Below each other, for narrow windows. */
export function below(width, view) {
  const stageHeight = 104;
  const linkHeight = 58;
  const sources = ends(view.sources.map(source => [source.location, source.state]), width);
  const sinks = ends(view.sinks.map(sink => [sink.name, sink.kind]), width);
  const geometry = { width, height: 0, paths: [], arrows: [], ends: [], stages: [], links: [] };
  let y = 2;
  for (const box of sources) {
    geometry.ends.push({ ...box, x: 0, y, width, height: END_HEIGHT });
    y += END_HEIGHT + 6;
  }
  geometry.paths.push({ d: `M24 ${y - 6}v12` });
  geometry.arrows.push(`M24 ${y + 14}l-4 -7h8z`);
  y += 14;
  for (let i = 0; i < 4; i++) {
    geometry.stages.push({ x: 1, y, width: width - 2, height: stageHeight });
    y += stageHeight;
    if (i === 3) break;
    geometry.paths.push({ d: `M24 ${y}v${linkHeight - 8}` });
    geometry.arrows.push(`M24 ${y + linkHeight}l-4 -7h8z`);
    geometry.links.push({
      x: 48, y: y + 26, width: width - 60, height: 14, lying: true,
      nameX: 48, nameY: y + 20, shareX: 120, shareY: y + 20, wordsX: 172, wordsY: y + 20,
    });
    y += linkHeight;
  }
  geometry.paths.push({ d: `M24 ${y}v12` });
  geometry.arrows.push(`M24 ${y + 20}l-4 -7h8z`);
  y += 20;
  for (const box of sinks) {
    geometry.ends.push({ ...box, x: 0, y, width, height: END_HEIGHT });
    y += END_HEIGHT + 6;
  }
  geometry.height = y;
  return geometry;
}

/** At most three boxes; a fourth stands for all others. */
function ends(pairs, width) {
  const room = Math.floor((width - 16) / CHARACTER);
  const boxes = pairs.slice(0, MOST_ENDS).map(([full, note]) => ({ label: tail(full.split('?')[0], room), full, note }));
  if (pairs.length > MOST_ENDS) boxes.push({ label: `and ${pairs.length - MOST_ENDS} more`, full: pairs.slice(MOST_ENDS).map(pair => pair[0]).join('\n'), note: '' });
  return boxes;
}

/** The end of a path says more than its beginning; what follows a question mark says least. */
function tail(words, room) {
  return words.length <= room ? words : `…${words.slice(words.length - room + 1)}`;
}

function stack(boxes, x, middle, width) {
  const top = middle - column(boxes.length) / 2;
  return boxes.map((box, index) => ({ ...box, x, y: top + index * (END_HEIGHT + 8), width, height: END_HEIGHT }));
}

const column = boxes => (boxes === 0 ? 0 : boxes * END_HEIGHT + (boxes - 1) * 8);
const bend = (x1, y1, x2, y2) => `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
