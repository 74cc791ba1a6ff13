import { Parser } from 'xml2js'
import { toContent, type Content } from './fields.ts'
import { Unreadable } from './unreadable.ts'
import { scanXml } from './xml-scan.ts'

/**
 * The content of an XML message. It is scanned first (`scanXml`), so that the parser never meets a DOCTYPE or an entity
 * of the sender's. Elements of one name become a list; numbers stay text, since ids exceed 2^53.
 * @throws Unreadable
 */
export function readXml(xml: string): Content {
  scanXml(xml)
  const parser = new Parser({ explicitArray: false, explicitRoot: false, ignoreAttrs: true, emptyTag: '' })
  let failure: Error | null = null
  let parsed: unknown = null
  parser.parseString(xml, (error, result: unknown) => {
    failure = error
    parsed = result
  })
  if (failure) throw new Unreadable('not XML', { cause: failure })
  return toContent(parsed)
}
