const goods = require('../../goods.js')
const { beacon } = getApp()

const reported = ({ id, title, category, price }) => ({ id, title, category, price })

Page(
  beacon.page({
    data: { one: null, yuan: 0 },
    onLoad({ id }) {
      const one = goods.find((each) => each.id === id) || goods[0]
      this.setData({ one, yuan: one.price / 100 })
      beacon.track('view-item', { item: reported(one) })
    },
    addToCart() {
      beacon.track('add-to-cart', { item: reported(this.data.one) })
      wx.showToast({ title: '已加入购物袋' })
    },
    onShareAppMessage() {
      beacon.track('share', { item: reported(this.data.one) })
      return { title: this.data.one.title }
    },
  }),
)
