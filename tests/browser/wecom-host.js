// Stands where WeCom's client stands: answers the unmodified @wecom/jssdk over window.WeixinJSBridge.
// Before it runs, window.__host may set any of the fields below; afterwards __host.calls tells what was asked.
// Plain JavaScript, since it runs in the page before everything else.
;(() => {
  const host = Object.assign(
    { entry: 'single_chat_tools', userId: 'wmLIN0001', chatId: null, ticket: null, silent: false, hopMs: 0, fail: {}, calls: [] },
    window.__host,
  )
  window.__host = host
  const chats = ['single_chat_tools', 'group_chat_tools', 'chat_attachment', 'single_kf_tools']
  const withCustomer = ['contact_profile', 'single_chat_tools', 'single_kf_tools']

  async function signed({ timestamp, nonceStr, signature }) {
    if (host.ticket === null) return true
    const url = location.href.split('#')[0]
    const text = `jsapi_ticket=${host.ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`
    const hash = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('') === signature
  }
  function only(entries, fields = {}) {
    return entries.includes(host.entry) ? { said: 'ok', ...fields } : { said: 'fail without context of external contact' }
  }
  const answers = {
    agentConfig: async (params) => ({ said: (await signed(params)) ? 'ok' : 'fail_invalid signature', checkResult: {} }),
    getContext: () => ({ said: 'ok', entry: host.entry }),
    getCurExternalContact: () => (host.userId === null ? only([]) : only(withCustomer, { userId: host.userId })),
    getCurExternalChat: () => (host.chatId === null ? only([]) : only(['group_chat_tools'], { chatId: host.chatId })),
    sendChatMessage: () => only(chats),
  }
  window.WeixinJSBridge = {
    async invoke(name, params, callback) {
      host.calls.push({ name, params: JSON.parse(JSON.stringify(params ?? {})) })
      if (host.silent) return
      const answer = host.fail[name] ? { said: host.fail[name] } : await (answers[name]?.(params) ?? { said: 'ok' })
      const { said, ...fields } = answer
      setTimeout(() => callback({ err_msg: `${name}:${said}`, ...fields }), host.hopMs)
    },
    on() {},
  }
  document.dispatchEvent(new Event('WeixinJSBridgeReady'))
})()
