// Runs the functions of one script: a line of JSON {command, arguments} in, a line {result} or {error} out. Ends with its input.
import { createInterface } from 'node:readline'

const log = (...parts) => process.stderr.write(parts.map(String).join(' ') + '\n')
for (const name of ['log', 'info', 'warn', 'error', 'debug']) {
  console[name] = log // A client's own words must not get among the answers.
}

const functions = await import(`./${process.argv[2]}.mjs`)
for await (const line of createInterface({ input: process.stdin })) {
  const { command, arguments: value } = JSON.parse(line)
  let answer
  try {
    answer = { result: (await functions[command](value)) ?? null }
  } catch (error) {
    answer = { error: `${error?.name}: ${error?.message}${error?.status ? ` (status ${error.status})` : ''}` }
  }

  process.stdout.write(JSON.stringify(answer, (_, part) => (typeof part === 'bigint' ? Number(part) : part)) + '\n')
}

process.exit(0)
