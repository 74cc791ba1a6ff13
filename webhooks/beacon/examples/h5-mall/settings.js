// What a brand puts here: where the product runs, and the appid of its Official Account.
window.mall = { server: 'https://crm.example.com', appId: 'wx0123456789abcdef', weChatOpen: 'https://open.weixin.qq.com' }
