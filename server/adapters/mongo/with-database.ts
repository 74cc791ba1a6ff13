/**
 * The same server with another database. Several hosts make a URI that `URL` cannot read; and the database of the path
 * is also where the user is looked up unless `authSource` says otherwise, so that is kept.
 */
export function withDatabase(uri: string, name: string): string {
  const parts = /^(?<hosts>mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/(?<database>[^?]*))?(?:\?(?<options>.*))?$/.exec(uri)?.groups
  if (!parts?.hosts) throw new Error('MONGODB_URI is not a MongoDB URI')
  const options = new URLSearchParams(parts.options ?? '')
  if (parts.hosts.includes('@') && !options.has('authSource')) options.set('authSource', parts.database || 'admin')
  return `${parts.hosts}/${name}${options.size > 0 ? `?${options.toString()}` : ''}`
}
