// Loads every client and says which one it is: that the packages are whole, and that this version of Node.js takes them.
import { readFile } from 'node:fs/promises'

export const open = () => null

export async function versions() {
  const { devDependencies } = JSON.parse(await readFile(new URL('package.json', import.meta.url)))
  const found = {}
  for (const name of Object.keys(devDependencies)) {
    await import(name)
    found[name] = JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
  }

  return found
}

export function fail() {
  throw new Error('on purpose')
}
