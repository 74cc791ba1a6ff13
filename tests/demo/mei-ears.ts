import type { StaffActor } from '../fake-tencent/staff.ts'

/**
 * Listens to the salesperson's own live stream, as her open sidebar does, to show when a rule has fired. Reads nothing
 * that would count as having looked at an alert.
 */
export function listenAsMei(mei: StaffActor, productUrl: string, onAlert: (key: string) => void): { close(): void } {
  const stop = new AbortController()
  void (async () => {
    while (!stop.signal.aborted) {
      await listenOnce().catch(() => null)
      await new Promise((go) => setTimeout(go, 1_000))
    }
  })()

  async function listenOnce(): Promise<void> {
    const init = { headers: { accept: 'text/event-stream' }, signal: stop.signal }
    let response = await mei.browser.request(`${productUrl}/api/live`, init)
    if (response.status === 401) {
      await response.body?.cancel()
      await mei.opens(`${productUrl}/api/session?return=${encodeURIComponent('/sidebar/')}`)
      response = await mei.browser.request(`${productUrl}/api/live`, init)
    }
    let rest = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (rest + chunk).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) hear(part)
    }
  }

  function hear(part: string): void {
    const data = /^data: (.*)$/m.exec(part)?.[1]
    if (!data || !/^event: alert$/m.test(part)) return
    onAlert((JSON.parse(data) as { subject: string }).subject)
  }

  return { close: () => stop.abort() }
}
