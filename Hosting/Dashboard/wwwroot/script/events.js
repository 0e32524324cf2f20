// Server-sent events read with fetch, because EventSource cannot send a token.

/**
 * Reads a stream of events until it ends.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(event: { id: string, name: string, data: string }) => void} onEvent
 * @param {() => void} onBytes called whenever something arrived, comments included
 */
export async function readEvents(body, onEvent, onBytes) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = fresh();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onBytes();
    rest += value;
    const lines = rest.split(/\r\n|\n|\r/);
    rest = lines.pop();
    for (const line of lines) {
      if (line !== '') {
        field(event, line);
      } else {
        if (event.data !== null) onEvent({ id: event.id, name: event.name, data: event.data });
        event = fresh();
      }
    }
  }
}

const fresh = () => ({ id: '', name: 'message', data: null });

function field(event, line) {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'data') event.data = event.data === null ? value : `${event.data}\n${value}`;
  else if (name === 'event') event.name = value;
  else if (name === 'id') event.id = value;
}
