import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** Enforces where things live and what each part may import, as style.md's first section draws it. */

const root = fileURLToPath(new URL('..', import.meta.url))

interface Source {
  /** Path from the repository's root. */
  path: string
  text: string
  /** The text without comments. */
  code: string
  imports: readonly Import[]
}

interface Import {
  /** Path from the root, or the package's name. */
  to: string
  isPackage: boolean
  isType: boolean
  written: string
}

const sources = ['server', 'webhooks', 'config', 'sidebar', 'tests'].flatMap(filesUnder).map(read)
const product = sources.filter(({ path }) => !path.startsWith('tests/'))

function filesUnder(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const code = names.filter((name) => /\.(ts|vue)$/.test(name) && !name.includes('node_modules'))
  return code.map((name) => `${folder}/${name}`)
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<![:'"`\\/])\/\/.*$/gm, '')
  const found = code.matchAll(/^\s*(?:import|export)\s+(?<type>type\s+)?(?:[^'"`;]*?\sfrom\s+)?'(?<written>[^']+)'/gm)
  const imports = [...found].map(({ groups }) => {
    const written = groups?.written ?? ''
    const isPackage = !written.startsWith('.')
    const to = isPackage ? packageOf(written) : normalize(join(dirname(path), written))
    return { to, isPackage, isType: groups?.type !== undefined, written }
  })
  return { path, text, code, imports }
}

function packageOf(written: string): string {
  return written.split('/').slice(0, written.startsWith('@') ? 2 : 1).join('/')
}

/** `server/domain`, `webhooks` …; `composition` is what stands in server/ itself, and the commands. */
function partOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  if (top !== 'server') return top
  return second.endsWith('.ts') || second === 'commands' ? 'composition' : `server/${second}`
}

/** Every `path: what`, for whatever breaks a rule. */
function breaking(list: readonly Source[], what: (source: Source) => readonly string[]): readonly string[] {
  return list.flatMap((source) => what(source).map((each) => `${source.path}: ${each}`))
}

describe('arrows between the parts', () => {
  const domain = 'server/domain'
  const ports = 'server/ports'
  const edge = 'server/edge'
  /** What each part may import besides itself; of `types` only the types. The composition sees all. */
  const arrows: Readonly<Record<string, { code: readonly string[]; types?: readonly string[] }>> = {
    [domain]: { code: [] },
    [ports]: { code: [domain] },
    [edge]: { code: [domain] },
    'server/usecases': { code: [domain, ports] },
    'server/adapters': { code: [domain, ports, edge], types: ['config'] },
    'server/http': { code: [domain, ports, edge, 'server/usecases'], types: ['config'] },
    'server/jobs': { code: [domain, ports, 'server/usecases'] },
    'server/embedded-mongo': { code: [] },
    webhooks: { code: [domain, ports, edge], types: ['config'] },
    config: { code: [domain] },
    sidebar: { code: [], types: ['server/http'] },
    composition: {
      code: [
        domain,
        ports,
        edge,
        'server/usecases',
        'server/adapters',
        'server/http',
        'server/jobs',
        'server/embedded-mongo',
        'webhooks',
        'config',
      ],
    },
  }

  test('each part imports only what it may', () => {
    const wrong = breaking(product, ({ path, imports }) => {
      const part = partOf(path)
      const allowed = arrows[part]
      if (!allowed) return ['is in no part that we know']
      const may = ({ to, isType }: Import) =>
        [part, ...allowed.code, ...(isType ? (allowed.types ?? []) : [])].includes(partOf(to))
      return imports.filter((one) => !one.isPackage && !may(one)).map(({ written }) => written)
    })
    expect(wrong).toEqual([])
    expect(product.flatMap(({ imports }) => imports).length).toBeGreaterThan(800)
  })

  test('no part, following its arrows, comes back to itself', () => {
    const next = new Map<string, Set<string>>()
    for (const { path, imports } of product) {
      const part = partOf(path)
      const to = imports.filter(({ isPackage }) => !isPackage).map((one) => partOf(one.to))
      next.set(part, new Set([...(next.get(part) ?? []), ...to.filter((each) => each !== part)]))
    }
    expect(circles(next)).toEqual([])
  })

  test('no file, following its imports, comes back to itself', () => {
    const code = (imports: readonly Import[]) => new Set(imports.filter(({ isType }) => !isType).map(({ to }) => to))
    const next = new Map(sources.map(({ path, imports }) => [path, code(imports)]))
    expect(circles(next)).toEqual([])
  })

  test('of the server the pages see only the shapes that cross the wire', () => {
    const pages = product.filter(({ path }) => path.startsWith('sidebar/'))
    const wrong = breaking(pages, ({ imports }) =>
      imports.map(({ to }) => to).filter((to) => to.startsWith('server/') && to !== 'server/http/contract.ts'),
    )
    expect(wrong).toEqual([])
  })

  test('the embedded store is reached by its launcher only, and only by the engine’s opener and tests', () => {
    const outside = sources.filter(({ path }) => !/^(server|tests)\/embedded-mongo\//.test(path))
    const wrong = breaking(outside, ({ path, imports }) =>
      imports
        .filter(({ to }) => to.startsWith('server/embedded-mongo/'))
        .filter(({ to }) => !to.endsWith('/launch.ts') || !(path === 'server/engine.ts' || path.startsWith('tests/')))
        .map(({ to }) => to),
    )
    expect(wrong).toEqual([])
  })

  test('nothing of the product imports tests', () => {
    const tests = breaking(product, ({ imports }) => imports.map(({ to }) => to).filter((to) => to.startsWith('tests/')))
    expect(tests).toEqual([])
  })
})

describe('who may know what', () => {
  test('domain, ports and use cases know no package', () => {
    const inner = product.filter(({ path }) => /^server\/(domain|ports|usecases)\//.test(path))
    expect(inner.length).toBeGreaterThan(60)
    const packages = breaking(inner, ({ imports }) => imports.filter(({ isPackage }) => isPackage).map(({ to }) => to))
    expect(packages).toEqual([])
  })

  const onlyIn: readonly (readonly [string, RegExp])[] = [
    ['@wecom/jssdk', /^sidebar\/src\/wecom\.ts$/],
    ['mongoose', /^server\/adapters\/mongo\//],
    ['bson', /^server\/embedded-mongo\//],
    ['lmdb', /^server\/embedded-mongo\//],
    ['wechatpay-node-v3', /^server\/adapters\/wechat-pay\//],
    ['node-cron', /^server\/jobs\//],
    ['pino', /^server\/log\.ts$/],
    ['xml2js', /^webhooks\/xml\.ts$/],
    ['markdown-it', /^webhooks\/links\//],
    ['csv-parse', /^server\/commands\//],
    ['vue', /^sidebar\//],
    ['vant', /^sidebar\//],
  ]
  test.each(onlyIn)('only its place imports %s', (name, place) => {
    const importers = product.filter(({ imports }) => imports.some(({ to }) => to === name)).map(({ path }) => path)
    expect(importers).not.toEqual([])
    expect(importers.filter((path) => !place.test(path))).toEqual([])
  })

  /** Scripts in these files are for a visitor's browser, which has a network and a clock of its own. */
  const pageScripts = /^webhooks\/(links\/reader-script\.ts|pay-page\/script\.ts|beacon\/client\/)/

  const words: readonly (readonly [string, RegExp, RegExp])[] = [
    [
      'the network',
      /(?<![.\w])fetch\((?!\))|\b(globalThis|window)\.fetch|^import (?!type).*'(node:)?https?'/m,
      /^server\/(listen\.ts|commands\/|adapters\/((tencent|wechat-pay|diagnosis)\/http\.ts|webhooks\/))|^sidebar\/src\/early\.ts|^webhooks\/raw-body\.ts/,
    ],
    ['the environment', /\bprocess\.env\b/, /^server\/(environment\.ts|embedded-mongo\/launch\.ts)/],
    // The worker compares it with the steady one, to notice that it was frozen or set.
    ['the machine’s clock', /\bDate\.now\(|\bnew Date\(\)/, /^server\/(main\.ts|jobs\/worker\.ts|commands\/|adapters\/mongo\/schema\.ts|embedded-mongo\/)/],
  ]
  test.each(words)('only its places touch %s', (_name, word, place) => {
    const touching = product.filter(({ path, code }) => word.test(code) && !pageScripts.test(path)).map((one) => one.path)
    expect(touching).not.toEqual([])
    expect(touching.filter((path) => !place.test(path))).toEqual([])
  })
})

describe('form', () => {
  test('every relative import names its file with the ending', () => {
    const relative = sources.flatMap(({ imports }) => imports.filter(({ isPackage }) => !isPackage))
    const bare = relative.map(({ written }) => written).filter((written) => !/\.(ts|vue|json|css|js|png|svg)(\?\w+)?$/.test(written))
    expect(bare).toEqual([])
  })

  test('no barrels, no enums, no classes but errors, no any', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['barrel', /^export \* from/m],
      ['enum', /^\s*(export )?(const )?enum /m],
      ['class', /^\s*(export )?(abstract )?class \w+\b(?! extends \w*Error)/m],
      ['any', /(:|<|\bas|\|)\s*any\b\s*([;,)>\]=|}]|\[\]|$)/m],
    ]
    expect(breaking(product, ({ code }) => wrong.filter(([, pattern]) => pattern.test(code)).map(([name]) => name))).toEqual([])
  })

  /** Longer than 300 lines, and why that is right. */
  const long: Readonly<Record<string, string>> = {
    'server/http/contract.ts': 'every shape that crosses the wire, on one page beside openapi.json',
    'tests/embedded-mongo/commands.test.ts': 'one test a command of the portable subset, read beside the manual',
    'tests/own-ears/links.test.ts': 'every way a visitor can arrive at a tracked link',
    'tests/browser/sidebar-chat.test.ts': 'what is done beside one chat, on a page that is opened once',
    'tests/fake-tencent/fake-tencent.test.ts': 'every answer of the stand-in held against the contracts',
  }

  test('no file is longer than 300 lines without a reason given here', () => {
    const longer = sources.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)
    expect(longer.filter((path) => !Object.hasOwn(long, path))).toEqual([])
    expect(Object.keys(long).filter((path) => !longer.includes(path))).toEqual([])
  })
})

/** Each way back to its start, as `a -> b -> a`. */
function circles(next: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const found: string[] = []
  const done = new Set<string>()
  const walk = (node: string, way: readonly string[]): void => {
    if (way.includes(node)) return void found.push([...way.slice(way.indexOf(node)), node].join(' -> '))
    if (done.has(node)) return
    for (const each of next.get(node) ?? []) walk(each, [...way, node])
    done.add(node)
  }
  for (const node of next.keys()) walk(node, [])
  return found
}
