// Adds the API reference to the site: Javadoc and Dokka, as the profile release of the Maven build makes them.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const site = dirname(fileURLToPath(import.meta.url))
const root = resolve(site, '../..')
const references = {
  'dist/api/java': ['java-api/target/reports/apidocs', 'java-api/target/apidocs'],
  'dist/api/kotlin': ['kotlin-ext/target/dokka'],
}

// The plugin of Javadoc keeps pages of an older version when only sources have changed.
for (const each of Object.values(references).flat()) {
  rmSync(resolve(root, each), { recursive: true, force: true })
}

const maven = ['-B', '-ntp', '-q', '-Prelease', '-pl', 'kotlin-ext', '-am', 'package', '-DskipTests', '-Dgpg.skip']
const { status } = spawnSync('mvn', maven, { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

for (const [target, candidates] of Object.entries(references)) {
  const source = candidates.map((each) => resolve(root, each)).find(existsSync)
  if (!source) throw new Error(`no API reference in ${candidates.join(' or ')}`)
  rmSync(resolve(site, target), { recursive: true, force: true })
  cpSync(source, resolve(site, target), { recursive: true })
}
