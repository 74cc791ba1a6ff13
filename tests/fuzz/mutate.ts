import type { Random } from './random.ts'

/** What parsers, stores and pages stumble over. */
export const dictionary: readonly string[] = [
  '\u0000', '\uFEFF', '\uFFFD', '\u2028', '\u202E', '%00', '%', '%zz', '%ed%a0%80', '\\u0000', '\\ud800', '\\udfff', '\\',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '$where', '$gt', 'a.b', '$.a', '/', '..', '../../etc/passwd',
  '{', '}', '[', ']', '"', ',', ':', 'null', 'true', '[]', '{}', '""', '-0', '1e999', '-1', '0', '9007199254740993', '99999999999999999999',
  '1e-7', '0x10', 'NaN', 'Infinity', '12:00', '2026-02-30 10:00:00', '9999-12-31T23:59:59Z', '-271821-04-20T00:00:00Z',
  '<', '>', '<a>', '</a>', '<a/>', '<![CDATA[', ']]>', '<!DOCTYPE a [<!ENTITY b "c">]>', '<!--', '<?xml ?>', '&b;', '&#0;', '&#xD800;', '&lt;', '&amp;',
  '<xml>', '</xml>', '<Encrypt>', '</Encrypt>', '<script>alert(1)</script>', 'javascript:alert(1)', '//evil.example', 'http://169.254.169.254/',
  '\r\n', '\r\nSet-Cookie: a=b', '\t', ' ', '\u{1F469}\u200D\u{1F4BB}', 'é', '汉'.repeat(50), 'A'.repeat(300), '9'.repeat(400), '1234567890123456789',
]

/** Bytes that are no UTF-8: a lone surrogate, an overlong slash, a broken end, an impossible byte. */
const rawBytes: readonly (readonly number[])[] = [[0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xe2, 0x82], [0xff], [0xfe], [0xf4, 0x90, 0x80, 0x80], [0]]
const many = ['[', '{"a":', '<a>', '"', '\\', 'x', '汉', '&amp;', ' ', '1', '\u0000'] as const

type Change = (random: Random, bytes: Uint8Array, other: Uint8Array) => Uint8Array

const changes: readonly Change[] = [
  (random, bytes) => replaced(bytes, at(random, bytes), 1, Uint8Array.of(random.int(256))),
  (random, bytes) => {
    const place = at(random, bytes)
    return replaced(bytes, place, 1, Uint8Array.of((bytes[place] ?? 0) ^ (1 << random.int(8))))
  },
  (random, bytes) => bytes.subarray(0, at(random, bytes)),
  (random, bytes) => replaced(bytes, at(random, bytes), 1 + random.int(20), new Uint8Array()),
  (random, bytes) => inserted(random, bytes, Buffer.from(random.pick(dictionary))),
  (random, bytes) => inserted(random, bytes, Uint8Array.from(random.pick(rawBytes))),
  (random, bytes) => replaced(bytes, at(random, bytes), random.int(12), Buffer.from(random.pick(dictionary))),
  (random, bytes) => inserted(random, bytes, Buffer.from(random.pick(many).repeat(1 + random.int(random.chance(0.05) ? 30_000 : 200)))),
  (random, bytes) => inserted(random, bytes, part(random, bytes)),
  (random, bytes, other) => inserted(random, bytes, part(random, other)),
  (random, bytes, other) => Buffer.concat([bytes.subarray(0, at(random, bytes)), other.subarray(at(random, other))]),
  valueChanged,
  valueChanged,
  valueChanged,
]

/** A few changes to the bytes; `other` lends parts. Sometimes none at all: what is honest must go on working. */
export function mutate(random: Random, bytes: Uint8Array, other: Uint8Array = bytes): Uint8Array {
  let result = bytes
  for (let left = random.int(4); left > 0; left -= 1) result = random.pick(changes)(random, result, other)
  return result.length > 60_000 ? result.subarray(0, 60_000) : result
}

/** The same for text; what is no UTF-8 afterwards becomes U+FFFD. */
export function mutateText(random: Random, text: string, other = text): string {
  return Buffer.from(mutate(random, Buffer.from(text), Buffer.from(other))).toString()
}

const xmlValue = /(?<=<!\[CDATA\[)[^\]]*(?=\]\])|(?<=>)[^<>]+(?=<)/g
const jsonValue = /(?<=:\s*)(?:"(?:[^"\\]|\\.)*"|[\d.eE+-]+|true|false|null)/g

/** One value of the document becomes something else, the document around it stays whole. */
function valueChanged(random: Random, bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString()
  const isJson = /^\s*[{[]/.test(text)
  const found = [...text.matchAll(isJson ? jsonValue : xmlValue)]
  if (found.length === 0) return bytes
  const value = random.pick(found)
  const word = random.pick(dictionary)
  const instead = isJson && random.chance(0.7) ? JSON.stringify(random.chance(0.1) ? `${word}\ud83d` : word) : word
  return Buffer.from(text.slice(0, value.index) + instead + text.slice(value.index + value[0].length))
}

function at(random: Random, bytes: Uint8Array): number {
  return random.int(bytes.length + 1)
}

function part(random: Random, bytes: Uint8Array): Uint8Array {
  const from = at(random, bytes)
  return bytes.subarray(from, from + random.int(200))
}

function inserted(random: Random, bytes: Uint8Array, more: Uint8Array): Uint8Array {
  return replaced(bytes, at(random, bytes), 0, more)
}

function replaced(bytes: Uint8Array, from: number, count: number, by: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(from + count)])
}
