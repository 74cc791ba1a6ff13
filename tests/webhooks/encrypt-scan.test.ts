import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encryptOfUsual } from '../../webhooks/encrypt-scan.ts'
import { scanXml } from '../../webhooks/xml-scan.ts'
import { Unreadable } from '../../webhooks/unreadable.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** What the careful walk says: `Encrypt`, null without one, or that it is refused. */
function carefully(text: string): string | null | 'refused' {
  try {
    const found = scanXml(text).filter(({ name }) => name === 'Encrypt')
    return found.length > 1 ? 'refused' : (found[0]?.text ?? null)
  } catch (error) {
    if (error instanceof Unreadable) return 'refused'
    throw error
  }
}

const name = fc.constantFrom('Encrypt', 'ToUserName', 'AgentID', 'constructor', 'a', '中')
const inner = fc.oneof(fc.constantFrom('AAAA', '<a>b</a>', '&amp;', '&nope;', ']]>', '中文', '<![CDATA[x', ''), fc.string({ maxLength: 6 }))
const element = fc.tuple(name, inner, fc.boolean()).map(([tag, text, quoted]) => `<${tag}>${quoted ? `<![CDATA[${text}]]>` : text}</${tag}>`)
const piece = fc.oneof({ weight: 6, arbitrary: element }, { weight: 1, arbitrary: fc.constantFrom(' ', '\n', '\u00A0', '<!-- -->', '<Encrypt/>', 'x', '</xml>', '<xml>') })
const envelope = fc.tuple(fc.constantFrom('<xml>', '<xml >', ' <xml>', '<?xml version="1.0"?><xml>'), fc.array(piece, { maxLength: 5 }), fc.constantFrom('</xml>', '</xml>\n', '</xml>x', ''))

describe('B4 the short way to Encrypt', () => {
  test('what it finds, the careful walk finds too', () => {
    const agrees = fc.property(envelope, ([head, parts, tail]) => {
      const text = head + parts.join('') + tail
      const found = encryptOfUsual(bytes(text))
      return found === null || carefully(text) === found
    })
    expect(fc.check(agrees, { numRuns: 3_000 }).counterexample).toBeNull()
  })

  test('envelopes as Tencent writes them take it', () => {
    const outer = '<ToUserName><![CDATA[gh_中]]></ToUserName><Encrypt><![CDATA[AAAA+/==]]></Encrypt>'
    expect(encryptOfUsual(bytes(`<xml>${outer}</xml>`))).toBe('AAAA+/==')
    expect(encryptOfUsual(bytes(`<xml>\n  ${outer}\n<AgentID><![CDATA[1]]></AgentID></xml>\n`))).toBe('AAAA+/==')
  })

  test.each(['<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>', '<xml></xml>', '{"Encrypt":"a"}', ''])('%s is left to the careful walk', (text) => {
    expect(encryptOfUsual(bytes(text))).toBeNull()
  })
})
