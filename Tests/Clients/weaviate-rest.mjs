// Weaviate's former client (REST alone): its batches go another way than those of the present one.
import client from 'weaviate-ts-client'

const weaviate = client.default ?? client
let rest

export function open({ port }) {
  rest = weaviate.client({ scheme: 'http', host: `127.0.0.1:${port}` })
}

export async function batch({ name, objects }) {
  const answers = await rest.batch.objectsBatcher().withObjects(...objects.map(item => ({ class: name, id: item.id, properties: item.properties, vectors: { default: item.vector } }))).do()
  return answers.map(answer => answer.result.status)
}

export const read = ({ name, id }) => rest.data.getterById().withClassName(name).withId(id).withVector().do()

export const describe = ({ name }) => rest.schema.classGetter().withClassName(name).do()
