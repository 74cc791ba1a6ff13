import { BlockList, isIP } from 'node:net'

/** Nowhere a receiver can be: this host, links, multicast, documentation, protocols, and ways around to IPv4. */
const never = listOf(
  ['0.0.0.0', 8], ['169.254.0.0', 16], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['198.18.0.0', 15],
  ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
  ['::', 128], ['::ffff:0:0:0', 96], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 23], ['2001:db8::', 32], ['2002::', 16],
  ['fe80::', 10], ['fec0::', 10], ['ff00::', 8],
)
const inside = listOf(
  ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['::1', 128], ['fc00::', 7],
)

/**
 * Whether we may speak to this address. Link-local ones (a cloud's metadata among them) never; loopback and private ones
 * only where the receiver's configuration says so. Source: IANA's special-purpose address registries.
 */
export function isAllowed(address: string, allowPrivate: boolean): boolean {
  const plain = withoutMapping(address)
  const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6'
  if (isIP(plain) === 0 || never.check(plain, family)) return false
  return allowPrivate || !inside.check(plain, family)
}

/** `::ffff:10.0.0.1`, in either spelling, is 10.0.0.1, and so is the outdated `::10.0.0.1`. */
function withoutMapping(address: string): string {
  const text = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '').toLowerCase()
  const dotted = /^(?:::ffff:|::)(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  if (dotted) return dotted
  const hex = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text)
  if (!hex) return text
  const [high, low] = [parseInt(hex[1] ?? '', 16), parseInt(hex[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function listOf(...networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, bits] of networks) list.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4')
  return list
}
