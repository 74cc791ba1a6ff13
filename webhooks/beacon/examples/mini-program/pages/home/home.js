const goods = require('../../goods.js')
const { beacon } = getApp()

Page(
  beacon.page({
    data: { goods: goods.map((one) => ({ ...one, yuan: one.price / 100 })) },
    open({ currentTarget }) {
      wx.navigateTo({ url: `/pages/item/item?id=${currentTarget.dataset.id}` })
    },
  }),
)
