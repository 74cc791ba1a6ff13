import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listOf, toContent, type Content } from '../../webhooks/fields.ts'
import { readJson } from '../../webhooks/json.ts'
import { Unreadable } from '../../webhooks/unreadable.ts'
import { scanXml } from '../../webhooks/xml-scan.ts'
import { readXml } from '../../webhooks/xml.ts'

type Tree = string | { [name: string]: Tree }

const name = fc
  .stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/)
  .filter((text) => !(text in Object.prototype) && text !== 'cdata')
const printable = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/\r|[\uFFFE\uFFFF]/.test(text))
const { tree: anyTree } = fc.letrec<{ tree: Tree; parts: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, printable, tie('parts')),
  parts: fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
}))
const document = fc.dictionary(name, anyTree, { minKeys: 1, maxKeys: 5, noNullPrototype: true })

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&#62;', '"': '&quot;', "'": '&#x27;' }
const asCdata = (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (char) => escapes[char] ?? '')
const asText = (text: string) => (text.trim() === '' ? asCdata(text) : escaped(text))
const itemsOf = (content: Content) => listOf((content as Map<string, Map<string, Content>>).get('L') ?? new Map(), 'I')

function write(tree: Tree, text: (text: string) => string): string {
  if (typeof tree === 'string') return text(tree)
  return Object.entries(tree).map(([key, part]) => `<${key}>${write(part, text)}</${key}>`).join('')
}

describe('A1 XML', () => {
  test.each([['CDATA', asCdata], ['references', asText]])('whatever is written with %s is read', (_, how) => {
    fc.assert(
      fc.property(document, (tree) => {
        const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<xml>\n${write(tree, how)}\n</xml>\n`
        const content = readXml(xml)
        expect(new Map([...(content as Map<string, Content>)].filter(([key]) => key !== '_'))).toEqual(toContent(tree))
        const texts = Object.entries(tree).filter(([, part]) => typeof part === 'string')
        expect(scanXml(xml)).toEqual(texts.map(([key, text]) => ({ name: key, text })))
      }),
    )
  })

  test('elements of one name are a list, a single one is itself', () => {
    const one = readXml('<xml><L><I>a</I></L></xml>')
    const two = readXml('<xml><L><I>a</I><I>b</I></L></xml>')
    expect([itemsOf(one), itemsOf(two)]).toEqual([['a'], ['a', 'b']])
  })

  test.each([
    '<!DOCTYPE a><a/>',
    '<a><!DOCTYPE b></a>',
    '<a><!ENTITY b "c"></a>',
    '<?xml version="1.0"?><!doctype a><a/>',
    '<a>&b;</a>',
    '<a>&LT;</a>',
    '<a>&lt</a>',
    '<a>& b</a>',
    '<a>&#x110000;</a>',
    '<a>&#99999999;</a>',
    '<a b="&c;"/>',
    '<a b=&lt;/>',
    '<a><!-- b --></a>',
    '<a><?b c?></a>',
    '<?xml version="1.0"?><?xml version="1.0"?><a/>',
    '<a><toString>b</toString></a>',
    '<a><_>b</_></a>',
    '<a></b>',
    '<a><b></a></b>',
    '<a>',
    '</a>',
    '<a/><b/>',
    'text',
    '',
    '<a><![CDATA[b</a>',
    `${'<a>'.repeat(17)}${'</a>'.repeat(17)}`,
    `<a>${'<b/>'.repeat(10_000)}</a>`,
  ])('refuses %s', (xml) => {
    expect(() => scanXml(xml)).toThrow(Unreadable)
    expect(() => readXml(xml)).toThrow(Unreadable)
  })

  test('any text is read or refused, never a crash', () => {
    const piece = fc.oneof(
      fc.constantFrom('<a>', '</a>', '<a/>', '<![CDATA[', ']]>', '<!--', '-->', '<?', '?>'),
      fc.constantFrom('&lt;', '&x;', '<!DOCTYPE a>', '"', ' '),
      fc.string({ maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const xml = `<xml>${pieces.join('')}</xml>`
        let refused: unknown = null
        try {
          readXml(xml)
        } catch (error) {
          refused = error
        }
        expect(refused === null || refused instanceof Unreadable).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('A1 A3 JSON', () => {
  test('numbers of 64 bits stay what they were, quoted or not', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (id) => {
        const wanted = new Map([['id', String(id)]])
        expect(readJson(`{"id":${id}}`)).toEqual(wanted)
        expect(readJson(`{"id":"${id}"}`)).toEqual(wanted)
      }),
    )
  })

  test('half of a character, which JSON can escape and the store cannot hold, is U+FFFD at once', () => {
    const half = { openid: 'o\ud83dLin', 'na\udc00me': ['\ud83d\ude00 whole', '\ude00\ud83d'] }
    const whole = new Map<string, Content>([['openid', 'o\uFFFDLin'], ['na\uFFFDme', ['\u{1F600} whole', '\uFFFD\uFFFD']]])
    expect(readJson(JSON.stringify(half))).toEqual(whole)
  })

  test('whatever JSON.stringify writes is read', () => {
    fc.assert(
      fc.property(document, (tree) => {
        expect(readJson(JSON.stringify(tree))).toEqual(toContent(tree))
      }),
    )
  })

  test('a name that objects inherit reaches nothing', () => {
    const content = readJson('{"__proto__":{"a":"b"},"constructor":{"prototype":{"a":"b"}}}') as Map<string, Content>
    expect(content.get('a')).toBeUndefined()
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })

  test.each([
    '',
    '{',
    '{"a":}',
    '{"a":1}x',
    '{"a":01}',
    '{"a":NaN}',
    '{"a":"b","a":"c"}',
    `{"a":${'['.repeat(17)}`,
    `{"a":${'['.repeat(16)}${']'.repeat(16)}}`,
  ])('refuses %s', (json) => {
    expect(() => readJson(json)).toThrow(Unreadable)
  })
})
