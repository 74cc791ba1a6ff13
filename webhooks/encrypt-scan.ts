const start = '<xml>'
const field = /[ \t\r\n]*<([A-Za-z]\w{0,63})>(?:<!\[CDATA\[([^\]]*)\]\]>|([^<&]*))<\/\1>/y
const end = /[ \t\r\n]*<\/xml>[ \t\r\n]*$/y
const notAscii = /[\u0080-\u00FF]/
const mostFields = 16

/**
 * `Encrypt` of an envelope exactly as Tencent writes it: `<xml>` around a few elements of text only, one of them
 * `Encrypt`. Null for anything else, which is then read with all care (`scanXml`): what is found here, is found there.
 * Source: official-account.md section 2, wecom-callback.md section 3.
 */
export function encryptOfUsual({ buffer, byteOffset, byteLength }: Uint8Array): string | null {
  // One character a byte: no byte of a longer UTF-8 character looks like a bracket or a letter of ours.
  const xml = Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
  if (!xml.startsWith(start)) return null
  let encrypt: string | null = null
  let at = start.length
  for (let fields = 0; fields < mostFields; fields += 1) {
    field.lastIndex = at
    const found = field.exec(xml)
    if (!found) break
    const [whole, name = '', quoted, bare] = found
    if (name in Object.prototype || (name === 'Encrypt' && encrypt !== null)) return null
    if (name === 'Encrypt') encrypt = quoted ?? bare ?? ''
    at += whole.length
  }
  end.lastIndex = at
  return encrypt !== null && !notAscii.test(encrypt) && end.test(xml) ? encrypt : null
}
