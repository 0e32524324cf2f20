// OpenAI's own client (openai), against the embedding server of `sluice serve`.
import OpenAI from 'openai'

let client
let attempts = 0
let wire = []

export function open({ url, apiKey }) {
  client = new OpenAI({
    apiKey,
    baseURL: url,
    maxRetries: 0,
    fetch: (address, init) => {
      attempts++
      wire.push(JSON.parse(init.body ?? 'null'))
      return fetch(address, init)
    },
  })
}

// What a call came to: its answer, or the exception as a program sees it; with the number of requests it took and the encoding that was asked for.
async function outcome(call) {
  attempts = 0
  wire = []
  const seen = () => ({ attempts, encoding: wire[0]?.encoding_format ?? null })
  try {
    return { answer: await call(), ...seen() }
  } catch (error) {
    const { status, message, type, param, code } = error
    return { error: { name: error.constructor.name, status, message, type, param, code, retryAfter: error.headers?.get('retry-after') ?? null }, ...seen() }
  }
}

export const embed = ({ request, retries = 0, apiKey }) => outcome(() => (apiKey ? client.withOptions({ apiKey }) : client).embeddings.create(request, { maxRetries: retries }))
export const multi = ({ request }) => outcome(() => client.post('/embeddings/multi', { body: request }))
export const models = () => outcome(async () => (await client.models.list()).data)
export const missing = () => outcome(() => client.post('/completions', { body: { prompt: 'x' } }))

// Fills the server with one large request, sees a small one refused, and lets the client come again until it is served.
export async function rush({ model, texts, retries }) {
  let over = false
  // A small one may be under way when it arrives, and then it has to come again like everyone else.
  const large = client.embeddings.create({ model, input: texts, encoding_format: 'base64' }, { maxRetries: retries }).finally(() => (over = true))
  const small = { model, input: 'a small one' }
  let refused
  while (!(refused = await outcome(() => client.embeddings.create(small))).error) {
    if (over) {
      throw new Error('the large request ended before a small one was refused')
    }
  }

  const served = await outcome(() => client.embeddings.create(small, { maxRetries: retries }))
  return { refused, served, large: (await large).data.length }
}
