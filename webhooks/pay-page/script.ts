/**
 * Calls WeChat's payment sheet and waits until our server knows: what the sheet reports is no proof of payment.
 * Old web views run it too. Source: wechat-pay.md section 6 (WeixinJSBridge, getBrandWCPayRequest).
 */
export const payScript = `
(function () {
  var data = JSON.parse(document.getElementById('payment').textContent)
  var button = document.getElementById('pay')
  var said = document.getElementById('said')
  var asked = 0
  function say(text, again) {
    said.textContent = text
    button.disabled = !again
  }
  function wait() {
    asked += 1
    if (asked > 60) return say('还没有收到微信的确认，稍后会自动更新，请不要重复付款。', false)
    fetch(data.statePath, { credentials: 'same-origin' })
      .then(function (answer) { return answer.json() })
      .then(function (answer) {
        if (answer.state === 'paid') return say('付款成功，谢谢您。', false)
        if (answer.state === 'over') return say('这笔付款已经结束，请让导购再发一次。', false)
        setTimeout(wait, 1000)
      }, function () { setTimeout(wait, 2000) })
  }
  function pay() {
    say('', false)
    window.WeixinJSBridge.invoke('getBrandWCPayRequest', data.parameters, function (result) {
      if (result.err_msg === 'get_brand_wcpay_request:ok') {
        say('正在等待微信确认…', false)
        wait()
      } else if (result.err_msg === 'get_brand_wcpay_request:cancel') say('您取消了付款，可以再点一次。', true)
      else say('微信没有打开付款，请再点一次；不行的话请联系导购。', true)
    })
  }
  button.addEventListener('click', function () {
    if (window.WeixinJSBridge) return pay()
    say('正在打开微信支付…', false)
    document.addEventListener('WeixinJSBridgeReady', pay, { once: true })
    setTimeout(function () {
      if (!window.WeixinJSBridge) say('没有打开微信支付，请在微信里打开这个链接。', true)
    }, 5000)
  })
})()
`
