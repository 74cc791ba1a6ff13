import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { mira } from '../fake-tencent/brand.ts'

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const compose = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, { environment?: Record<string, string>; depends_on?: unknown; image?: string; volumes?: string[]; ports?: string[] }>
  volumes: Record<string, unknown>
}
const apps = Object.keys(compose.services).filter((name) => name.startsWith('app-'))

test('Ops: compose brings a replica set, two processes with the same settings, and one port in front of exactly these', () => {
  expect(apps).toEqual(['app-1', 'app-2'])
  const [one, two] = apps.map((name) => compose.services[name])
  expect(one).toEqual(two)
  const upstreams = /reverse_proxy (.+) \{/.exec(read('config/Caddyfile'))?.[1]?.split(' ')
  expect(upstreams).toEqual(apps.map((name) => `${name}:${one?.environment?.['PORT']}`))
  expect(Object.entries(compose.services).flatMap(([name, { ports }]) => (ports ? [name] : []))).toEqual(['front'])
  const named = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] ?? ''))
  expect(named.filter((volume) => !volume.startsWith('.')).toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
})

test('Ops: what compose sets is what the product reads, and the replica set is the one that it founds', () => {
  const environment = compose.services['app-1']?.environment ?? {}
  const config = loadConfig({
    PUBLIC_URL: 'https://crm.brand.test',
    SESSION_SECRET: 'a-session-secret-of-the-tests',
    WECOM_CORP_ID: mira.corpId,
    WECOM_AGENT_ID: String(mira.agentId),
    WECOM_AGENT_SECRET: mira.agentSecret,
    WECOM_CALLBACK_TOKEN: mira.weComKeys.token,
    WECOM_CALLBACK_AES_KEY: mira.weComKeys.aesKey,
    ...environment,
  })
  expect(config).toMatchObject({ port: 3000, mongodbUri: environment['MONGODB_URI'], trustProxy: 1 })
  expect(read('compose.yaml')).toContain(`"--replSet", "${/replicaSet=(\w+)/.exec(environment['MONGODB_URI'] ?? '')?.[1]}"`)
})

test('Ops: the image is built by the steps of README and runs what npm start runs', () => {
  const dockerfile = read('Dockerfile')
  const { scripts, engines } = JSON.parse(read('package.json')) as { scripts: Record<string, string>; engines: { node: string } }
  expect(read('README.md')).toContain('npm ci && npm run build && npm start')
  expect([...dockerfile.matchAll(/^RUN (npm ci|npm run build)/gm)].map(([, step]) => step)).toEqual(['npm ci', 'npm run build'])
  const command = /^CMD (\[.+\])$/m.exec(dockerfile)?.[1] ?? '[]'
  expect((JSON.parse(command) as string[]).join(' ')).toBe(scripts['start']?.replace('exec ', ''))
  expect(Number(/node:(\d+)/.exec(dockerfile)?.[1])).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]))
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', 'node_modules', 'data']))
})
