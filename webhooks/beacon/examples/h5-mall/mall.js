/* An H5 mall in WeChat that reports to the product: two lines to start, one per thing that a customer does. */
const goods = [
  { id: 'coat-01', title: '双面羊绒大衣', category: 'coats', price: 268000, picture: '🧥' },
  { id: 'scarf-02', title: '山羊绒围巾', category: 'scarves', price: 59900, picture: '🧣' },
  { id: 'boots-03', title: '小牛皮短靴', category: 'shoes', price: 129900, picture: '🥾' },
]
const { server, appId, weChatOpen } = window.mall
const byId = (id) => document.getElementById(id)
const itemOf = ({ id, title, category, price }) => ({ id, title, category, price })
let beacon = null

const script = document.createElement('script')
script.src = `${server}/beacon.js`
script.onload = () => {
  const { init, weChatCode } = window.leadBeacon
  beacon = init({ server, appId, login: () => weChatCode({ appId, open: weChatOpen }), onConsent: askIfNeeded })
}
document.head.append(script)

/** Only where the brand asks first: the words come from the server, so that their version is the one agreed to. */
async function askIfNeeded({ consent }) {
  if (consent !== 'needed' || byId('ask').open) return
  const words = await (await fetch(`${server}/beacon/${appId}/notice`)).json()
  byId('words').textContent = words.consent?.zh ?? words.notice?.zh ?? ''
  byId('ask').showModal()
}

for (const button of byId('ask').querySelectorAll('button')) {
  button.onclick = () => {
    byId('ask').close()
    beacon?.consent(button.value === 'yes')
  }
}
byId('stop').onclick = (event) => {
  beacon?.consent(false)
  event.target.textContent = '已停止记录 · Stopped'
}

let inCart = 0
for (const one of goods) {
  const card = document.createElement('article')
  card.innerHTML = `<a href="#/${one.id}"><div class="picture">${one.picture}</div><h2></h2><p class="price">¥${(one.price / 100).toLocaleString('zh-CN')}</p></a><button type="button">加入购物袋</button>`
  card.querySelector('h2').textContent = one.title
  card.querySelector('h2').style.fontSize = '15px'
  card.querySelector('a').onclick = () => beacon?.track('view-item', { item: itemOf(one) })
  card.querySelector('button').onclick = () => {
    inCart += 1
    byId('cart').querySelector('b').textContent = inCart
    beacon?.track('add-to-cart', { item: itemOf(one) })
  }
  byId('goods').append(card)
}
byId('cart').onclick = () => beacon?.track('checkout')
