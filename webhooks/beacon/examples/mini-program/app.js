const { init } = require('./lib/beacon.js')

// The beacon logs in by wx.login itself, keeps what cannot be sent, and asks nothing of the pages.
App({
  onLaunch() {
    this.beacon = init({
      server: 'https://crm.example.com',
      appId: wx.getAccountInfoSync().miniProgram.appId,
      onConsent: ({ consent }) => consent === 'needed' && this.ask(),
    })
  },

  // Only where the brand asks first (CONSENT_FIRST=beacon).
  ask() {
    wx.showModal({
      title: '为您服务的记录',
      content: '是否同意我们记录您在这里看了什么、加了什么，方便导购为您服务？不同意也能正常购物。',
      confirmText: '同意',
      cancelText: '不同意',
      success: ({ confirm }) => this.beacon.consent(confirm),
    })
  },
})
