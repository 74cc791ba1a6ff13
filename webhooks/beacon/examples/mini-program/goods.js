module.exports = [
  { id: 'coat-01', title: '双面羊绒大衣', category: 'coats', price: 268000, picture: '🧥' },
  { id: 'scarf-02', title: '山羊绒围巾', category: 'scarves', price: 59900, picture: '🧣' },
  { id: 'boots-03', title: '小牛皮短靴', category: 'shoes', price: 129900, picture: '🥾' },
]
