/*
 * Stands in for WeCom's client around a page: the bridge that @wecom/jssdk talks to. Served by an actor's proxy ahead
 * of the page's own scripts, with `settings` written into it. Signatures are checked by the stand-in, against its
 * current ticket. Names of APIs and forms of answers: contracts of the JS-SDK, sections 5 and 6.
 */
;(() => {
  const settings = window.__host
  const inChat = ['contact_profile', 'single_chat_tools']
  const pages = ['single_chat_tools', 'group_chat_tools', 'chat_attachment']
  const ok = (name, more) => ({ err_msg: `${name}:ok`, ...more })
  const outside = (name) => ({ err_msg: `${name}:fail without context of external contact` })
  const all = (list) => Object.fromEntries((list || []).map((name) => [name, true]))
  Object.defineProperty(navigator, 'userAgent', { get: () => settings.userAgent, configurable: true })

  async function tell(what, params) {
    const response = await fetch(`/__host/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...params, entry: settings.entry, chat: settings.chat }),
    })
    return response.json()
  }

  async function configured(name, params, list) {
    const url = location.href.split('#')[0]
    const signed = {
      timestamp: String(params.timestamp ?? params.verifyTimestamp),
      nonceStr: params.nonceStr ?? params.verifyNonceStr,
      signature: params.signature ?? params.verifySignature,
    }
    const { right } = await tell('check', { ...signed, url, kind: name === 'agentConfig' ? 'agent' : 'corp' })
    return right ? ok(name, { checkResult: all(list) }) : { err_msg: `${name}:fail_invalid signature` }
  }

  const answers = {
    agentConfig: (params) => configured('agentConfig', params, params.jsApiList),
    preVerifyJSAPI: (params) => configured('preVerifyJSAPI', params, params.verifyJsApiList),
    checkJsApi: (params) => ok('checkJsApi', { checkResult: all(params.jsApiList) }),
    getContext: () => ok('getContext', { entry: settings.entry }),
    getCurExternalContact: () =>
      inChat.includes(settings.entry) && settings.externalUserId
        ? ok('getCurExternalContact', { userId: settings.externalUserId })
        : outside('getCurExternalContact'),
    getCurExternalChat: () => (settings.chatId ? ok('getCurExternalChat', { chatId: settings.chatId }) : outside('getCurExternalChat')),
    async sendChatMessage(params) {
      if (!pages.includes(settings.entry)) return outside('sendChatMessage')
      await tell('send', { message: params })
      return ok('sendChatMessage')
    },
    async openEnterpriseChat(params) {
      await tell('open-chat', {
        externalUserIds: params.externalUserIds || '',
        userIds: params.userIds || params.useridlist || '',
      })
      return ok('openEnterpriseChat', { chatId: 'wrMIRA' })
    },
    async setClipboardData(params) {
      await tell('clipboard', { data: params.data })
      return ok('setClipboardData')
    },
  }

  window.WeixinJSBridge = {
    invoke(name, params, callback) {
      const plain = JSON.parse(JSON.stringify(params || {}))
      const answer = answers[name] ? answers[name](plain) : ok(name)
      Promise.resolve(answer)
        .catch(() => ({ err_msg: `${name}:fail host unreachable` }))
        .then((result) => setTimeout(() => callback(result)))
    },
    on() {},
  }
  document.dispatchEvent(new Event('WeixinJSBridgeReady'))

  // The played story taps what a finger would tap; only the page around this frame may ask.
  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || typeof event.data?.tap !== 'string') return
    const wanted = event.data.tap
    const buttons = [...document.querySelectorAll('button, [role="button"], a')]
    const found = buttons.find((one) => one.textContent.trim() === wanted && !one.disabled)
    found?.click()
    event.source.postMessage({ tapped: found !== undefined }, event.origin)
  })
})()
