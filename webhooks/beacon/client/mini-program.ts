import type { Platform } from './types.ts'

/** What we use of a mini-program's `wx`. */
export interface Wx {
  login(options: { success: (result: { code?: string }) => void; fail: (error: unknown) => void }): void
  request(options: {
    url: string
    method: 'POST'
    data: unknown
    header: Record<string, string>
    timeout: number
    success: (result: { statusCode: number; data: unknown; header: Record<string, string> }) => void
    fail: (error: unknown) => void
  }): void
  getStorageSync(key: string): unknown
  setStorageSync(key: string, value: unknown): void
  onAppHide?(callback: () => void): void
  onNetworkStatusChange?(callback: (change: { isConnected: boolean }) => void): void
  /** Unverified: since which base library; without it `beacon.page()` reports the views. */
  onAppRoute?(callback: (route: { path?: string }) => void): void
}

/** A mini-program: wx.request, its storage, and the moments that WeChat tells of. */
export function miniProgramPlatform(wx: Wx): Platform {
  return {
    login: () => new Promise((resolve, reject) => wx.login({ success: ({ code }) => resolve(code ?? null), fail: reject })),
    read: (key) => {
      try {
        return wx.getStorageSync(key) || null
      } catch {
        return null
      }
    },
    write: (key, value) => {
      try {
        wx.setStorageSync(key, value)
      } catch {
        // A full storage: this launch still remembers.
      }
    },
    post: (url, data, token) =>
      new Promise((resolve, reject) =>
        wx.request({
          url,
          method: 'POST',
          data,
          header: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
          timeout: 10_000,
          success: ({ statusCode, data: body, header }) =>
            resolve({ status: statusCode, body, retryAfter: Number(header['Retry-After'] ?? header['retry-after']) || null }),
          fail: reject,
        }),
      ),
    onPage: (opened) => wx.onAppRoute?.(({ path }) => path && opened(path, '')),
    onMoment(send) {
      wx.onAppHide?.(send)
      wx.onNetworkStatusChange?.(({ isConnected }) => isConnected && send())
    },
    later: (work, ms) => void setTimeout(work, ms),
  }
}
