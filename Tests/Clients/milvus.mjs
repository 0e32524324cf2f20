// Milvus's own client for the RESTful API.
import { HttpClient } from '@zilliz/milvus2-sdk-node'

let client

export function open({ endpoint, token, database }) {
  client = new HttpClient({ endpoint, token, database: database ?? 'default' })
}

export const has = body => client.hasCollection(body)
export const create = body => client.createCollection(body)
export const describe = body => client.describeCollection(body)
export const drop = body => client.dropCollection(body)
export const insert = body => client.insert(body)
export const upsert = body => client.upsert(body)
export const get = body => client.get(body)
export const query = body => client.query(body)
export const search = body => client.search(body)
export const remove = body => client.delete(body)

let loaded

// For measurements: reads records from a file, made ready for writing.
export async function load({ file }) {
  const { readFile } = await import('node:fs/promises')
  const details = '{"start":0,"end":600}'
  loaded = JSON.parse(await readFile(file)).map(record => ({ ...record, text_rest: [], details, details_rest: [], tags: [], words: record.text }))
}

// The client's own way of writing many; the seconds it took.
export async function bulk({ collectionName, batch, parallel }) {
  let at = 0
  const worker = async () => {
    while (at < loaded.length) {
      const reply = await client.upsert({ collectionName, data: loaded.slice(at, (at += batch)) })
      if (reply.code !== 0) {
        throw new Error(reply.message)
      }
    }
  }

  const began = performance.now()
  await Promise.all(Array.from({ length: parallel }, worker))
  return (performance.now() - began) / 1000
}
