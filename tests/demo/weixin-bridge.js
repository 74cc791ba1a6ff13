/*
 * Stands in for WeChat around a page on the customer's phone: its payment sheet, which asks the stand-in. Served by the
 * customer's proxy ahead of the page's own scripts.
 */
;(() => {
  async function pay(params) {
    const response = await fetch('/__host/pay', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    return (await response.json()).paid ? 'ok' : 'fail'
  }
  window.WeixinJSBridge = {
    invoke(name, params, callback) {
      const result = name === 'getBrandWCPayRequest' ? pay(params).catch(() => 'fail') : Promise.resolve('fail')
      const spelt = name === 'getBrandWCPayRequest' ? 'get_brand_wcpay_request' : name
      result.then((how) => setTimeout(() => callback({ err_msg: `${spelt}:${how}` })))
    },
    on() {},
  }
})()
